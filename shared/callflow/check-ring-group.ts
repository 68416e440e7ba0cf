import type { Warning } from '../directory/check-directory.ts'
import type { Device } from '../model/device.ts'
import type { Group } from '../model/group.ts'
import type { RingGroup } from '../model/ring-group.ts'
import { fullName, type User } from '../model/user.ts'

/** Those of the account whom a group could name. */
export interface Ringable {
  readonly users: readonly User[]
  readonly devices: readonly Device[]
  readonly groups: readonly Group[]
}

type Members = readonly { readonly kind: 'user' | 'device' | 'group'; readonly id: string }[]

/** Groups in groups that are opened; the engine opens as many. */
const depthMax = 5

/** Members of a ring group that reach the same phone, which rings once, and members whose turn never comes. */
export function checkRingGroup(group: RingGroup, { users, devices, groups }: Ringable): Warning[] {
  const nameOfUser = new Map(users.map((user) => [user.id, fullName(user)]))
  const deviceOf = new Map(devices.map((device) => [device.id, device]))
  const groupOf = new Map(groups.map((one) => [one.id, one]))
  /** Who is a member by being in a group, and in which. */
  const within = new Map<string, string>()
  const open = (members: Members, name: string, depth: number): void => {
    for (const { kind, id } of members) {
      const inner = kind === 'group' && depth < depthMax ? groupOf.get(id) : undefined
      if (inner !== undefined) open(inner.members, inner.name, depth + 1)
      else if (!within.has(`${kind}/${id}`)) within.set(`${kind}/${id}`, name)
    }
  }
  for (const { kind, id } of group.members)
    if (kind === 'group') open(groupOf.get(id)?.members ?? [], groupOf.get(id)?.name ?? id, 1)

  const seen = new Set<string>()
  const doubles = group.members.flatMap(({ kind, id }, index) => {
    const warn = (message: string): Warning => ({ field: `members.${index}`, message })
    const key = `${kind}/${id}`
    const isTwice = seen.has(key)
    seen.add(key)
    const device = kind === 'device' ? deviceOf.get(id) : undefined
    const name = device?.name ?? nameOfUser.get(id) ?? groupOf.get(id)?.name ?? id
    const owner = device?.ownerId
    const isOwnerIn =
      owner !== undefined &&
      (within.has(`user/${owner}`) || group.members.some((one) => one.kind === 'user' && one.id === owner))
    if (isTwice) return [warn(`${name} is a member twice and rings once.`)]
    if (isOwnerIn)
      return [warn(`${name} belongs to ${nameOfUser.get(owner) ?? owner}, who is a member already: it rings once.`)]
    const holder = within.get(key)
    return holder === undefined || kind === 'group' ? [] : [warn(`${name} is in ${holder} already and rings once.`)]
  })
  return [
    ...(group.members.length === 0 ? [{ field: 'members', message: 'Nobody is a member, so nobody rings.' }] : []),
    ...doubles,
    ...tooLate(group),
  ]
}

/** Members whose turn comes after the whole ringing is over. */
function tooLate({ strategy, members, timeoutSeconds }: RingGroup): Warning[] {
  if (timeoutSeconds === undefined) return []
  let startsAt = 0
  return members.flatMap(({ delaySeconds, timeoutSeconds: own }, index) => {
    const at = strategy === 'together' ? delaySeconds : startsAt
    startsAt += own
    // Whoever is drawn by weight may come first or last.
    return strategy !== 'weighted' && at >= timeoutSeconds
      ? [
          {
            field: `members.${index}`,
            message: `Rings after ${at} s at the earliest, but the group rings for ${timeoutSeconds} s.`,
          },
        ]
      : []
  })
}
