import { isForwardType } from '../model/device.ts'
import { singletonId } from '../model/document.ts'
import { fullName } from '../model/user.ts'
import { forcedByPhone, isOn } from '../schedule/decide.ts'
import type { CallView } from './define-module.ts'
import { resolveNumber } from './dialled.ts'
import { extensionUser, type Forward, forwardOfDevice, outsideTarget, userForward } from './forwarding.ts'
import { type Called, type Candidate, calledBy, guestsOf, type Member } from './ring-members.ts'
import { endpointOf, planLegsMax, type RingLeg } from './ring-plan.ts'
import type { FactKey } from './vocabulary.ts'

type Leg = Omit<RingLeg, 'id'>

export interface Targets {
  readonly legs: readonly Leg[]
  /** Why somebody does not ring, for the trace. */
  readonly left: readonly string[]
  /** A number of the account that the one user called has forwarded everything to: the call goes on there. */
  readonly goesOnAt?: string
}

/** Live facts of everybody called, the caller's phone and the account among them, so that one look-up serves. */
function factKeysOf(view: CallView, { candidates, users }: Called): FactKey[] {
  const keys = new Map<string, FactKey>()
  const want = (kind: FactKey['kind'], id: string | undefined) => {
    if (id !== undefined) keys.set(`${kind}/${id}`, { kind, id })
  }
  want('account', singletonId)
  want('device', view.callingDevice?.id)
  for (const { user } of users) want('user', user.id)
  for (const { device, user } of candidates) {
    want('device', device.id)
    want('user', user?.id)
    want('schedule', device.followMeSchedule)
  }
  return [...keys.values()]
}

/** Whether a Follow-Me schedule lets a device ring now; one that is gone does not keep it from ringing. */
function followsNow(view: CallView, { device, user }: Candidate): boolean {
  const id = device.followMeSchedule
  const schedule = id === undefined ? undefined : view.find('schedule', id)
  if (schedule === undefined) return true
  const zone = device.timeZone ?? user?.timeZone ?? view.account.timeZone
  return isOn(schedule, view.at, zone, forcedByPhone([[schedule.id, view.fact('schedule', schedule.id)]]))
}

/** Why a device does not ring; `undefined` when it does. In the order the ancestor rules endpoints out. */
function ruledOut(view: CallView, candidate: Candidate): string | undefined {
  const { device, user, member, isGuest } = candidate
  const live = view.fact('device', device.id)
  if (device.id === view.callingDevice?.id) return 'it is the calling device'
  if (!device.enabled) return 'disabled'
  if (member.kind === 'user' && !isGuest && (live.hotDeskUserIds ?? []).length > 0)
    return 'somebody else is logged in at it'
  if (user !== undefined && !user.enabled) return 'its owner is disabled'
  if (live.doNotDisturb ?? device.doNotDisturb) return 'do not disturb'
  if (user !== undefined && (view.fact('user', user.id).doNotDisturb ?? user.doNotDisturb))
    return 'its owner is on do not disturb'
  if (!(live.followMe ?? device.followMe)) return 'Follow-Me is off'
  return followsNow(view, candidate) ? undefined : 'Follow-Me is off at this time'
}

const timing = ({ delaySeconds, timeoutSeconds, stage }: Member) => ({
  delaySeconds,
  timeoutSeconds,
  keyPress: false,
  ...(stage === undefined ? {} : { stage }),
})

/** The phone itself, or the outside number that it is. */
function legOf(view: CallView, { device, user, member }: Candidate): Leg | { readonly why: string } {
  const owner = user === undefined ? {} : { userId: user.id }
  if (isForwardType(device.type)) {
    const outside = outsideTarget(view, device.number ?? '', { user, device }, true)
    return 'why' in outside ? outside : { ...timing(member), ...outside, keyPress: device.requireKeyPress }
  }
  const deviceId = device.id
  return device.type === 'sip-uri'
    ? { ...timing(member), target: { kind: 'uri', uri: device.uri ?? '', deviceId, ...owner } }
    : { ...timing(member), target: { kind: 'device', deviceId, username: device.username ?? '', ...owner } }
}

/** A person's phones, without their cell phones and forwards: what a forward to an extension rings, so that there are no chains. */
export function insideLegs(view: CallView, userId: string, member: Member): Leg[] {
  const called = calledBy(view, [{ ...member, kind: 'user', id: userId }])
  view.facts(factKeysOf(view, called))
  return called.candidates.flatMap((candidate) => {
    if (ruledOut(view, candidate) !== undefined || isForwardType(candidate.device.type)) return []
    const leg = legOf(view, candidate)
    return 'why' in leg ? [] : [leg]
  })
}

/** Legs that a forward asks for, or why there are none. */
export function forwardLegs(
  view: CallView,
  forward: Forward,
  { user, device, member }: Omit<Candidate, 'device' | 'isGuest'> & Partial<Pick<Candidate, 'device'>>,
): readonly Leg[] | { readonly why: string } {
  const insideId = extensionUser(view, forward.number)
  if (insideId !== undefined) return insideLegs(view, insideId, member)
  const outside = outsideTarget(view, forward.number, { user, device }, forward.keepCallerId)
  return 'why' in outside ? outside : [{ ...timing(member), ...outside, keyPress: forward.requireKeyPress }]
}

/** Where a call for one user alone goes on, when all their calls are forwarded to a callflow of the account such as the main line. */
function handedOn(view: CallView, { users, candidates }: Called, throughGroup: boolean): string | undefined {
  const [only, ...others] = users
  if (only === undefined || others.length > 0 || candidates.some(({ member }) => member !== only.member))
    return undefined
  const { user } = only
  const forward = userForward(view, user, throughGroup)
  const isQuiet = view.fact('user', user.id).doNotDisturb ?? user.doNotDisturb
  if (forward?.bypassPhones !== true || isQuiet || !user.enabled || user.id === view.callingUser?.id) return undefined
  const isPersons = extensionUser(view, forward.number) !== undefined
  return !isPersons && resolveNumber(view, forward.number) === 'callflow' ? forward.number : undefined
}

/** No endpoint rings twice, by whatever ways it was reached: the first to start keeps it. */
function eachOnce(legs: readonly Leg[]): Leg[] {
  const byEndpoint = new Map<string, Leg>()
  for (const leg of legs) {
    const endpoint = endpointOf(leg.target)
    const before = byEndpoint.get(endpoint)
    if (before === undefined || leg.delaySeconds < before.delaySeconds) byEndpoint.set(endpoint, leg)
  }
  return [...byEndpoint.values()]
}

/**
 * Everybody who rings for these members, and who does not and why: devices that may be called, cell phones and landlines as outside
 * legs, forwarding, hot desks, all from one look-up of live facts. `throughGroup` is for forwards that take direct calls only.
 */
export function ringTargets(view: CallView, members: readonly Member[], throughGroup: boolean): Targets {
  const called = calledBy(view, members)
  view.facts(factKeysOf(view, called))
  const guests = guestsOf(view, called.users)
  if (guests.length > 0) view.facts(factKeysOf(view, { candidates: guests, users: [] }))
  const goesOnAt = handedOn(view, called, throughGroup)
  if (goesOnAt !== undefined) return { legs: [], left: [], goesOnAt }
  const left: string[] = []
  const legs: Leg[] = []
  const add = (name: string, found: readonly Leg[] | { readonly why: string }) => {
    if ('why' in found) left.push(`${name}: ${found.why}`)
    else legs.push(...found)
  }
  const bypassed = new Set<string>()
  for (const { user, member } of called.users) {
    const isQuiet = view.fact('user', user.id).doNotDisturb ?? user.doNotDisturb
    const forward = userForward(view, user, throughGroup)
    if (forward === undefined || isQuiet || !user.enabled || user.id === view.callingUser?.id) continue
    if (forward.bypassPhones) bypassed.add(user.id)
    add(`${fullName(user)}'s forward`, forwardLegs(view, forward, { user, member }))
  }
  for (const candidate of [...called.candidates, ...guests]) {
    const { device, user, member } = candidate
    const isBypassed = member.kind === 'user' && user !== undefined && bypassed.has(user.id)
    const why = isBypassed ? 'calls are forwarded' : ruledOut(view, candidate)
    if (why !== undefined) {
      left.push(`${device.name}: ${why}`)
      continue
    }
    // A member that is a user has been forwarded above, as one; what is left is the device's own.
    const forward = forwardOfDevice(view, device, member.kind === 'user' ? undefined : user, throughGroup)
    if (forward !== undefined) add(`${device.name}'s forward`, forwardLegs(view, forward, candidate))
    if (forward?.bypassPhones === true) continue
    const leg = legOf(view, candidate)
    add(device.name, 'why' in leg ? leg : [leg])
  }
  // In the order of the members, whichever of them are forwarded or sit elsewhere.
  const inTurn = legs.toSorted((a, b) => (a.stage ?? 0) - (b.stage ?? 0))
  return { legs: eachOnce(inTurn).slice(0, planLegsMax), left }
}
