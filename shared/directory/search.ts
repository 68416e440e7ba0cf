import type { Directory } from '../model/directory.ts'
import { fullName, type User } from '../model/user.ts'
import { keypadDigits } from './keypad.ts'

/** Somebody listed, and where callers who choose them go: to themselves or, say, to an assistant. */
export interface Listed {
  readonly user: User
  readonly callflowId: string
}

interface Keys {
  readonly first: string
  readonly last: string
  /** How the name sorts by either part: without case or accents, so that Éva stands among the E's. */
  readonly byFirst: string
  readonly byLast: string
}

/** Saved people never change, so a name is spelled once. */
const spelled = new WeakMap<User, Keys>()

const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

function keysOf(user: User): Keys {
  const known = spelled.get(user)
  if (known !== undefined) return known
  const { firstName, lastName } = user
  const keys = {
    first: keypadDigits(firstName),
    last: keypadDigits(lastName),
    byFirst: folded(`${firstName} ${lastName}`),
    byLast: folded(`${lastName} ${firstName}`),
  }
  spelled.set(user, keys)
  return keys
}

/** In the order they are read out; people of one name keep the order they are listed in. */
export function sorted(listed: readonly Listed[], sortBy: Directory['sortBy']): Listed[] {
  const part = sortBy === 'first' ? 'byFirst' : 'byLast'
  return listed.toSorted((a, b) => {
    const [left, right] = [keysOf(a.user)[part], keysOf(b.user)[part]]
    return left < right ? -1 : left > right ? 1 : 0
  })
}

/** Who is spelled by the keys, from the beginning of the name searched by or of either. With one name only, that is both. */
export function matching(listed: readonly Listed[], searchBy: Directory['searchBy'], digits: string): Listed[] {
  if (digits === '') return []
  return listed.filter(({ user }) => {
    const { first, last } = keysOf(user)
    const byFirst = `${first}${last}`.startsWith(digits)
    const byLast = `${last}${first}`.startsWith(digits)
    return searchBy === 'first' ? byFirst : searchBy === 'last' ? byLast : byFirst || byLast
  })
}

/** People nobody can spell on a keypad: shown as a warning where the directory is saved. */
export const unspellable = (listed: readonly Listed[]): string[] =>
  listed.filter(({ user }) => `${keysOf(user).first}${keysOf(user).last}` === '').map(({ user }) => fullName(user))
