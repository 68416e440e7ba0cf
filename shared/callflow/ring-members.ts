import type { Device } from '../model/device.ts'
import type { RingGroupMember } from '../model/ring-group.ts'
import type { User } from '../model/user.ts'
import type { CallView } from './define-module.ts'

export type Member = Pick<RingGroupMember, 'kind' | 'id' | 'delaySeconds' | 'timeoutSeconds'> & {
  readonly weight?: number
  /** Draws who of its people comes first, when it is a group. */
  readonly drawn?: boolean
  /** Its turn where members ring one after another; all devices of one person have the same. */
  readonly stage?: number
}

/** Depth of groups inside groups, and how many members and devices are taken in all: more than one plan can ring. */
const groupDepthMax = 5
const membersMax = 150
const candidatesMax = 120

/** A device that may ring, for whom, and when. */
export interface Candidate {
  readonly device: Device
  /** Whose calls it takes: its owner, or who is logged in at it. */
  readonly user: User | undefined
  readonly member: Member
  /** True when `user` is logged in there and does not own it (hot desk). */
  readonly isGuest: boolean
}

export interface Called {
  readonly candidates: readonly Candidate[]
  readonly users: readonly { readonly user: User; readonly member: Member }[]
}

/** Members in an order drawn by weight, heavier ones earlier more often; the people of their groups are drawn too. */
export function drawnByWeight<M extends Pick<Member, 'kind' | 'id'> & { readonly weight: number }>(
  view: CallView,
  members: readonly M[],
): (M & { readonly drawn: true })[] {
  const keyed = members.map((member) => ({
    member: { ...member, drawn: true as const },
    key: view.random(`${member.kind}/${member.id}`) ** (1 / member.weight),
  }))
  return keyed.toSorted((a, b) => b.key - a.key).map(({ member }) => member)
}

/** Users and devices behind members, groups opened; a group inside itself is opened once. */
function expand(view: CallView, members: readonly Member[]): Member[] {
  const out: Member[] = []
  const opened = new Set<string>()
  const visit = (list: readonly Member[], depth: number) => {
    const ids = list.flatMap((member) => (member.kind === 'group' ? [member.id] : []))
    const groups = new Map(view.findAll('group', ids).map((group) => [group?.id, group]))
    for (const member of list) {
      if (out.length >= membersMax) return
      if (member.kind !== 'group') out.push({ ...member, stage: member.stage ?? out.length })
      else if (depth < groupDepthMax && !opened.has(member.id)) {
        opened.add(member.id)
        const { delaySeconds, timeoutSeconds } = member
        const inner = groups.get(member.id)?.members ?? []
        visit(
          (member.drawn === true ? drawnByWeight(view, inner) : inner).map((one) => ({
            ...one,
            delaySeconds,
            timeoutSeconds,
          })),
          depth + 1,
        )
      }
    }
  }
  visit(members, 0)
  return out
}

/** Everybody whom members lead to. No device twice, however many lead to it: the first to start keeps it. */
export function calledBy(view: CallView, members: readonly Member[]): Called {
  const expanded = expand(view, members)
  const userIds = expanded.flatMap((member) => (member.kind === 'user' ? [member.id] : []))
  const found = new Map(view.findAll('user', userIds).map((user) => [user?.id, user]))
  const owned = new Map(view.findAll('ownership', userIds).map((ownership) => [ownership?.id, ownership?.deviceIds]))
  const wanted = expanded
    .flatMap((member) =>
      (member.kind === 'device' ? [member.id] : (owned.get(member.id) ?? [])).map((id) => ({ id, member })),
    )
    .slice(0, candidatesMax)
  return {
    candidates: candidatesOf(view, wanted),
    users: expanded.flatMap((member) => {
      const user = member.kind === 'user' ? found.get(member.id) : undefined
      return user === undefined ? [] : [{ user, member }]
    }),
  }
}

function candidatesOf(view: CallView, wanted: readonly { id: string; member: Member }[]): Candidate[] {
  const devices = view.findAll(
    'device',
    wanted.map(({ id }) => id),
  )
  const ownerIds = devices.flatMap((device) => device?.ownerId ?? [])
  const owners = new Map(view.findAll('user', [...new Set(ownerIds)]).map((owner) => [owner?.id, owner]))
  const candidates = new Map<string, Candidate>()
  for (const [index, { member }] of wanted.entries()) {
    const device = devices[index]
    if (device === undefined) continue
    const before = candidates.get(device.id)
    if (before !== undefined && before.member.delaySeconds <= member.delaySeconds) continue
    const user = device.ownerId === undefined ? undefined : owners.get(device.ownerId)
    candidates.set(device.id, { device, user, member, isGuest: false })
  }
  return [...candidates.values()]
}

/** Phones at which called users are logged in besides their own. Reads live facts of the users. */
export function guestsOf(view: CallView, users: Called['users']): Candidate[] {
  const wanted = users.flatMap(({ user, member }) =>
    (view.fact('user', user.id).hotDeskDeviceIds ?? []).map((id) => ({ id, member, user })),
  )
  const devices = view.findAll(
    'device',
    wanted.map(({ id }) => id),
  )
  return wanted
    .flatMap(({ member, user }, index) => {
      const device = devices[index]
      return device === undefined || device.ownerId === user.id ? [] : [{ device, user, member, isGuest: true }]
    })
    .slice(0, candidatesMax)
}
