import type { Directory } from '../model/directory.ts'
import { fullName, type User } from '../model/user.ts'
import { unspellable } from './search.ts'

/** Something an administrator should know of a directory or a ring group; it may be saved all the same. */
export interface Warning {
  readonly field: string
  readonly message: string
}

/** Entries nobody can reach, or that are heard twice. */
export function checkDirectory(directory: Directory, users: readonly User[]): Warning[] {
  const byId = new Map(users.map((user) => [user.id, user]))
  const seen = new Set<string>()
  const { digitsMin, digitsMax } = directory
  const entries = directory.entries.flatMap(({ userId, callflowId }, index) => {
    const user = byId.get(userId)
    const warn = (message: string): Warning => ({ field: `entries.${index}.userId`, message })
    if (user === undefined) return []
    const isTwice = seen.has(userId)
    seen.add(userId)
    return [
      ...(unspellable([{ user, callflowId }]).length > 0
        ? [warn(`${fullName(user)} has no letters that a keypad has, so no caller can spell the name.`)]
        : []),
      ...(isTwice ? [warn(`${fullName(user)} is listed twice, so callers hear the name twice.`)] : []),
    ]
  })
  return [
    ...(digitsMax !== 0 && digitsMax < digitsMin
      ? [
          {
            field: 'digitsMax',
            message: `Fewer than the ${digitsMin} that are asked for at least; ${digitsMin} are taken.`,
          },
        ]
      : []),
    ...entries,
  ]
}
