import { callerIdFor } from '../caller-id/caller-id.ts'
import { classifyEmergency } from '../emergency/emergency.ts'
import { type Device, isForwardType } from '../model/device.ts'
import { numberRouteId } from '../model/number-route.ts'
import type { RingGroupMember } from '../model/ring-group.ts'
import { fullName, type User } from '../model/user.ts'
import { classify } from '../numbers/classify.ts'
import { isPublic, normaliseNumber } from '../numbers/normalise.ts'
import { isAllowed } from '../restriction/restriction.ts'
import { forcedByPhone, isOn } from '../schedule/decide.ts'
import type { CallView } from './define-module.ts'
import { planLegsMax, type RingLeg } from './ring-plan.ts'
import type { FactKey } from './vocabulary.ts'

export type Member = Pick<RingGroupMember, 'kind' | 'id' | 'delaySeconds' | 'timeoutSeconds'> & {
  readonly weight?: number
}

/** Depth of groups inside groups, and members taken in all. */
const groupDepthMax = 5
const membersMax = 500

export interface Targets {
  readonly legs: readonly Omit<RingLeg, 'id'>[]
  /** Why somebody does not ring, for the trace. */
  readonly left: readonly string[]
}

interface Candidate {
  readonly device: Device
  readonly user: User | undefined
  readonly member: Member
}

/** Users and devices behind members, groups opened; each once. */
function expand(view: CallView, members: readonly Member[]): Member[] {
  const out: Member[] = []
  const seen = new Set<string>()
  const visit = (list: readonly Member[], depth: number) => {
    const groups = view.findAll(
      'group',
      list.flatMap((member) => (member.kind === 'group' ? [member.id] : [])),
    )
    let next = 0
    for (const member of list) {
      if (member.kind === 'group') {
        const group = groups[next]
        next += 1
        if (group === undefined || depth >= groupDepthMax || seen.has(`group/${member.id}`)) continue
        seen.add(`group/${member.id}`)
        visit(
          group.members.map((inner) => ({
            ...inner,
            delaySeconds: member.delaySeconds,
            timeoutSeconds: member.timeoutSeconds,
          })),
          depth + 1,
        )
      } else if (out.length < membersMax) out.push(member)
    }
  }
  visit(members, 0)
  return out
}

function candidatesOf(
  view: CallView,
  members: readonly Member[],
): { candidates: Candidate[]; users: { user: User; member: Member }[] } {
  const userMembers = members.filter((member) => member.kind === 'user')
  const users = view.findAll(
    'user',
    userMembers.map((member) => member.id),
  )
  const ownerships = view.findAll(
    'ownership',
    userMembers.map((member) => member.id),
  )
  const deviceIds = members.flatMap((member) => {
    if (member.kind === 'device') return [{ id: member.id, member }]
    return (ownerships[userMembers.indexOf(member)]?.deviceIds ?? []).map((id) => ({ id, member }))
  })
  const devices = view.findAll(
    'device',
    deviceIds.map(({ id }) => id),
  )
  const owners = view.findAll(
    'user',
    devices.flatMap((device) => (device?.ownerId === undefined ? [] : [device.ownerId])),
  )
  const ownerOf = (device: Device) => owners.find((owner) => owner?.id === device.ownerId)
  const candidates: Candidate[] = []
  for (const [index, device] of devices.entries()) {
    const member = deviceIds[index]?.member
    // No endpoint rings twice, however many members lead to it: the first to start keeps it.
    const before = device === undefined ? -1 : candidates.findIndex((one) => one.device.id === device.id)
    if (device === undefined || member === undefined) continue
    const candidate = { device, user: ownerOf(device), member }
    if (before < 0) candidates.push(candidate)
    else if ((candidates[before]?.member.delaySeconds ?? 0) > member.delaySeconds) candidates[before] = candidate
  }
  return {
    candidates,
    users: userMembers.flatMap((member, index) => (users[index] === undefined ? [] : [{ user: users[index], member }])),
  }
}

/** The number shown for a call that leaves the building in somebody's name. */
function outsideIdentity(
  view: CallView,
  user: User | undefined,
  device: Device | undefined,
  keepCaller: boolean,
): { number?: string; name?: string } {
  const { caller, direction } = view.call
  if (keepCaller && direction === 'inbound' && caller.number !== undefined)
    return { number: caller.number, ...(caller.name === undefined ? {} : { name: caller.name }) }
  const { name, number } = callerIdFor('external', { device, user, account: view.account })
  return { ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) }
}

type TrunkLeg = { readonly target: RingLeg['target'] } | { readonly why: string }

/** A leg to an outside number in somebody's name, under that somebody's restrictions. A number for help is never a place to forward to. */
function outsideLeg(
  view: CallView,
  dialled: string,
  user: User | undefined,
  device: Device | undefined,
  keepCaller: boolean,
): TrunkLeg {
  if (classifyEmergency(dialled, view.account.emergency.prefix) !== undefined)
    return { why: `${dialled} is an emergency number and cannot be a target` }
  const number = normaliseNumber(dialled, view.account.country)
  if (!isPublic(number)) return { why: `${dialled} is no outside number` }
  const permission = isAllowed(classify(number), { account: view.account, user, device })
  if (!permission.allowed)
    return { why: `calls to ${classify(number)} numbers are denied by the ${permission.deniedBy}` }
  const ids = {
    ...(device === undefined ? {} : { deviceId: device.id }),
    ...(user === undefined ? {} : { userId: user.id }),
  }
  return { target: { kind: 'trunk', number, callerId: outsideIdentity(view, user, device, keepCaller), ...ids } }
}

const on = (at: string, zone: string, view: CallView, scheduleId: string): boolean => {
  const schedule = view.find('schedule', scheduleId)
  return (
    schedule === undefined || isOn(schedule, at, zone, forcedByPhone([[scheduleId, view.fact('schedule', scheduleId)]]))
  )
}

/** Why a device does not ring; `undefined` when it does. In the order the ancestor rules endpoints out. */
function ruledOut(view: CallView, { device, user }: Candidate): string | undefined {
  if (device.id === view.callingDevice?.id) return 'it is the calling device'
  if (!device.enabled) return 'disabled'
  if (user !== undefined && !user.enabled) return 'its owner is disabled'
  if (view.fact('device', device.id).doNotDisturb ?? device.doNotDisturb) return 'do not disturb'
  if (user !== undefined && (view.fact('user', user.id).doNotDisturb ?? user.doNotDisturb))
    return 'its owner is on do not disturb'
  if (!device.followMe) return 'Follow-Me is off'
  if (
    device.followMeSchedule !== undefined &&
    !on(view.at, device.timeZone ?? user?.timeZone ?? view.account.timeZone, view, device.followMeSchedule)
  )
    return 'Follow-Me is off at this time'
  return undefined
}

/** Where a user's calls go instead of, or besides, the phones; as set by phone, else as saved. */
function forwardOf(
  view: CallView,
  user: User,
  throughGroup: boolean,
): (User['callForward'] & { number: string }) | undefined {
  const forward = { ...user.callForward, ...view.fact('user', user.id).forward }
  if (!forward.enabled || forward.number === undefined || (throughGroup && forward.directCallsOnly)) return undefined
  return { ...forward, number: forward.number }
}

/** A forward target that is an extension rings that person's phones, without their own forwarding: no chains. */
function insideForward(view: CallView, number: string, member: Member): Omit<RingLeg, 'id'>[] {
  if (isPublic(number) || view.find('number-route', numberRouteId(number)) === undefined) return []
  const extension = view.find('extension', number)
  if (extension === undefined) return []
  const { candidates } = candidatesOf(view, [
    { kind: 'user', id: extension.userId, delaySeconds: member.delaySeconds, timeoutSeconds: member.timeoutSeconds },
  ])
  view.facts(factKeysOf(candidates))
  return candidates
    .filter((candidate) => ruledOut(view, candidate) === undefined && !isForwardType(candidate.device.type))
    .flatMap((candidate) => deviceLeg(view, candidate, []))
}

const factKeysOf = (candidates: readonly Candidate[]): FactKey[] => {
  const keys = new Map<string, FactKey>()
  for (const { device, user } of candidates) {
    keys.set(`d${device.id}`, { kind: 'device', id: device.id })
    if (user !== undefined) keys.set(`u${user.id}`, { kind: 'user', id: user.id })
    if (device.followMeSchedule !== undefined)
      keys.set(`s${device.followMeSchedule}`, { kind: 'schedule', id: device.followMeSchedule })
  }
  return [...keys.values()].slice(0, 60)
}

function deviceLeg(view: CallView, { device, user, member }: Candidate, left: string[]): Omit<RingLeg, 'id'>[] {
  const timing = {
    delaySeconds: member.delaySeconds,
    timeoutSeconds: member.timeoutSeconds,
    keyPress: device.requireKeyPress,
  }
  const owner = user === undefined ? {} : { userId: user.id }
  if (isForwardType(device.type)) {
    const leg = outsideLeg(view, device.number ?? '', user, device, true)
    if ('why' in leg) left.push(`${device.name}: ${leg.why}`)
    return 'why' in leg ? [] : [{ ...timing, target: leg.target }]
  }
  if (device.type === 'sip-uri')
    return [
      { ...timing, keyPress: false, target: { kind: 'uri', uri: device.uri ?? '', deviceId: device.id, ...owner } },
    ]
  return [
    {
      ...timing,
      keyPress: false,
      target: { kind: 'device', deviceId: device.id, username: device.username ?? '', ...owner },
    },
  ]
}

/**
 * Everybody who rings for these members, and who does not and why: devices that may be called, cell phones and landlines as outside
 * legs, forwarding, all from one look-up of live facts. `throughGroup` is for forwards that take direct calls only.
 */
export function ringTargets(view: CallView, members: readonly Member[], throughGroup: boolean): Targets {
  const { candidates, users } = candidatesOf(view, expand(view, members))
  const userKeys = users.map(({ user }) => ({ kind: 'user' as const, id: user.id }))
  view.facts(
    [...factKeysOf(candidates), ...userKeys.filter((key) => !candidates.some((one) => one.user?.id === key.id))].slice(
      0,
      60,
    ),
  )
  const left: string[] = []
  const legs: Omit<RingLeg, 'id'>[] = []
  const bypassed = new Set<string>()
  for (const { user, member } of users) {
    const forward = forwardOf(view, user, throughGroup)
    if (
      forward === undefined ||
      (view.fact('user', user.id).doNotDisturb ?? user.doNotDisturb) ||
      user.id === view.callingUser?.id
    )
      continue
    if (forward.bypassPhones) bypassed.add(user.id)
    const number = normaliseNumber(forward.number, view.account.country)
    const inside = insideForward(view, number, member)
    legs.push(...inside)
    if (inside.length > 0) continue
    const leg = outsideLeg(view, forward.number, user, undefined, forward.keepCallerId)
    if ('why' in leg) left.push(`${fullName(user)}'s forward: ${leg.why}`)
    else
      legs.push({
        target: leg.target,
        delaySeconds: member.delaySeconds,
        timeoutSeconds: member.timeoutSeconds,
        keyPress: forward.requireKeyPress,
      })
  }
  for (const candidate of candidates) {
    const why =
      candidate.user !== undefined && bypassed.has(candidate.user.id) && candidate.member.kind === 'user'
        ? 'calls are forwarded'
        : ruledOut(view, candidate)
    if (why !== undefined) left.push(`${candidate.device.name}: ${why}`)
    else legs.push(...deviceLeg(view, candidate, left))
  }
  return { legs: legs.slice(0, planLegsMax), left }
}
