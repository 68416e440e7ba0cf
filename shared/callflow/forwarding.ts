import { callerIdFor } from '../caller-id/caller-id.ts'
import { classifyEmergency } from '../emergency/emergency.ts'
import { CallForward } from '../model/call-forward.ts'
import type { Device } from '../model/device.ts'
import { singletonId } from '../model/document.ts'
import { numberRouteId } from '../model/number-route.ts'
import type { User } from '../model/user.ts'
import { classify, isService } from '../numbers/classify.ts'
import { isPublic, normaliseNumber } from '../numbers/normalise.ts'
import { isAllowed } from '../restriction/restriction.ts'
import type { CallView } from './define-module.ts'
import { type Shown, withPrefixes } from './prefixes.ts'
import type { RingLeg } from './ring-plan.ts'

/** Where calls go instead of, or besides, the phones. */
export type Forward = CallForward & { readonly number: string }

/** In whose name, and under whose restrictions, a leg leaves the building. */
export interface Forwarder {
  readonly user?: User | undefined
  readonly device?: Device | undefined
}

/** A device forwarded by phone says no more than where to: the rest is as forwards are by default. */
const deviceForward = CallForward.parse({})

const active = (forward: CallForward, throughGroup: boolean): Forward | undefined =>
  forward.enabled && forward.number !== undefined && !(throughGroup && forward.directCallsOnly)
    ? { ...forward, number: forward.number }
    : undefined

/** A user's forward, as set by phone, else as saved. One to the user's own extension is none. */
export function userForward(view: CallView, user: User, throughGroup: boolean): Forward | undefined {
  const forward = active({ ...user.callForward, ...view.fact('user', user.id).forward }, throughGroup)
  return forward?.number === user.extension ? undefined : forward
}

/** A device's own forward where one is on, else its user's. */
export function forwardOfDevice(
  view: CallView,
  device: Device,
  user: User | undefined,
  throughGroup: boolean,
): Forward | undefined {
  const own = active({ ...deviceForward, ...view.fact('device', device.id).forward }, throughGroup)
  return own ?? (user === undefined ? undefined : userForward(view, user, throughGroup))
}

/** What the far end of an outside leg sees: the caller where that is kept, else who forwards. */
function outsideIdentity(view: CallView, { user, device }: Forwarder, keepCaller: boolean): Shown {
  const { caller, direction } = view.call
  const { prefixes } = view.call.traits
  const { name, number } =
    keepCaller && direction === 'inbound' && caller.number !== undefined
      ? caller
      : callerIdFor('external', { device, user, account: view.account })
  const shown = { ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) }
  const identity = chosenOutside(view, shown)
  // Whoever takes the call on a cell phone wants to know for which department it is, too.
  return prefixes.length === 0 ? identity : withPrefixes(prefixes, identity)
}

/**
 * What modules chose to show in place of an identity (Set Caller ID, Privacy). A number leaves the building only where it is one of the
 * account: carriers believe what they are told.
 */
export function chosenOutside(view: CallView, shown: Shown): Shown {
  const { hidesCaller, callerId } = view.call.traits
  if (hidesCaller === true) return {}
  const { name, number } = callerId ?? {}
  const wanted = number === undefined ? undefined : normaliseNumber(number, view.account.country)
  const isOwned = wanted !== undefined && isPublic(wanted) && view.find('phone-number', wanted.slice(1)) !== undefined
  return { ...shown, ...(name === undefined ? {} : { name }), ...(isOwned ? { number: wanted } : {}) }
}

/**
 * A leg to an outside number in somebody's name, under that somebody's restrictions and the account's cap, or why there is none. A
 * number for help is never a place to forward to, and neither is a number of the account itself: that call would come back for ever.
 */
export function outsideTarget(
  view: CallView,
  dialled: string,
  forwarder: Forwarder,
  keepCaller: boolean,
): { readonly target: RingLeg['target'] } | { readonly why: string } {
  const { account } = view
  if (classifyEmergency(dialled, account.emergency.prefix) !== undefined)
    return { why: `${dialled} is an emergency number and cannot be a target` }
  const number = normaliseNumber(dialled, account.country)
  if (!isPublic(number) && !isService(number)) return { why: `${dialled} is no outside number` }
  if (view.find('number-route', numberRouteId(number)) !== undefined)
    return { why: `${dialled} is a number of this account` }
  const permission = isAllowed(classify(number), { account, ...forwarder })
  if (!permission.allowed)
    return { why: `calls to ${classify(number)} numbers are denied by the ${permission.deniedBy}` }
  const { outboundUp = 0 } = view.fact('account', singletonId)
  // A call that is outside already is one of those counted.
  if (view.call.outside !== true && outboundUp >= account.caps.outboundMax)
    return { why: 'outside call cap of the account reached' }
  const { user, device } = forwarder
  return {
    target: {
      kind: 'trunk',
      number,
      callerId: outsideIdentity(view, forwarder, keepCaller),
      ...(device === undefined ? {} : { deviceId: device.id }),
      ...(user === undefined ? {} : { userId: user.id }),
    },
  }
}

/** Whose phones ring when calls are forwarded to an extension of the account; nobody's when it is none. */
export function extensionUser(view: CallView, dialled: string): string | undefined {
  const number = normaliseNumber(dialled, view.account.country)
  if (!/^\d{2,7}$/.test(number) || view.find('number-route', numberRouteId(number)) === undefined) return undefined
  return view.find('extension', number)?.userId
}
