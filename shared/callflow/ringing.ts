import { z } from 'zod'
import { callerIdFor } from '../caller-id/caller-id.ts'
import { fullName } from '../model/user.ts'
import { type CallView, exit, type Outcome, talk, wait } from './define-module.ts'
import { planSecondsMax, RingLeg, type RingPlan } from './ring-plan.ts'
import { type Member, ringTargets } from './ring-targets.ts'
import type { CallEvent, Speech } from './vocabulary.ts'

/** What a ringing node remembers: the plans still to come, and what the last ones said. */
export const RingMemo = z.object({
  plan: z.int(),
  rest: z
    .array(z.object({ legs: z.array(RingLeg), mode: z.enum(['together', 'in-order']), timeoutSeconds: z.int() }))
    .max(60),
  worst: z.string(),
})
export type RingMemo = z.infer<typeof RingMemo>

export interface RingOptions {
  readonly mode: 'together' | 'in-order'
  /** Bound on the whole, seconds; absent: what the members ask for. */
  readonly timeoutSeconds?: number | undefined
  readonly repeats?: number
  readonly ringback?: Speech | undefined
  readonly stopOnDecline?: boolean
  readonly throughGroup?: boolean
}

type Part = RingMemo['rest'][number]

/** Cuts ringing into plans of at most 120 s, the longest bridge there is. Each keeps the legs that ring inside it. */
export function cutPlans(
  legs: readonly Omit<RingLeg, 'id'>[],
  mode: 'together' | 'in-order',
  boundSeconds: number,
): Part[] {
  const named = legs.map((leg, index) => ({ ...leg, id: String(index + 1) }))
  return mode === 'together' ? cutTogether(named, boundSeconds) : cutInOrder(named, boundSeconds)
}

function cutTogether(legs: readonly RingLeg[], boundSeconds: number): Part[] {
  const total = Math.min(boundSeconds, Math.max(0, ...legs.map((leg) => leg.delaySeconds + leg.timeoutSeconds)))
  const parts: Part[] = []
  for (let from = 0; from < total; from += planSecondsMax) {
    const to = Math.min(total, from + planSecondsMax)
    const inside = legs.flatMap((leg) => {
      const start = Math.max(from, leg.delaySeconds)
      const end = Math.min(to, leg.delaySeconds + leg.timeoutSeconds)
      return end - start >= 1 ? [{ ...leg, delaySeconds: start - from, timeoutSeconds: end - start }] : []
    })
    parts.push({ legs: inside, mode: 'together', timeoutSeconds: Math.max(1, Math.round(to - from)) })
  }
  return parts
}

function cutInOrder(legs: readonly RingLeg[], boundSeconds: number): Part[] {
  const parts: Part[] = []
  let left = boundSeconds
  for (const leg of legs) {
    const timeoutSeconds = Math.min(leg.timeoutSeconds, left)
    if (timeoutSeconds < 1) break
    left -= timeoutSeconds
    const last = parts.at(-1)
    const one = { ...leg, delaySeconds: 0, timeoutSeconds }
    if (last !== undefined && last.timeoutSeconds + timeoutSeconds <= planSecondsMax)
      parts[parts.length - 1] = {
        ...last,
        legs: [...last.legs, one],
        timeoutSeconds: Math.round(last.timeoutSeconds + timeoutSeconds),
      }
    else parts.push({ legs: [one], mode: 'in-order', timeoutSeconds: Math.max(1, Math.round(timeoutSeconds)) })
  }
  return parts
}

/** Who the called party sees: prefixes, then the identity for this kind of call. The number is never changed by a name's prefix. */
export function displayOf(view: CallView): { name?: string; number?: string } {
  const { caller, origin, traits } = view.call
  const own = origin.kind === 'trunk' ? caller : internalIdentity(view)
  const name = traits.callerId?.name ?? own.name
  const number = traits.callerId?.number ?? own.number
  const prefixed = [...traits.prefixes.map((prefix) => prefix.name), name ?? number ?? '']
    .filter((part) => part !== '')
    .join(' ')
  const numbered = `${traits.prefixes.map((prefix) => prefix.number).join('')}${number ?? ''}`
  if (origin.kind === 'trunk' && caller.anonymous && traits.callerId === undefined)
    return {
      name: [...traits.prefixes.map((prefix) => prefix.name), 'Anonymous'].filter((part) => part !== '').join(' '),
    }
  return {
    ...(prefixed === '' ? {} : { name: prefixed.slice(0, 64) }),
    ...(numbered === '' ? {} : { number: numbered.slice(0, 64) }),
  }
}

function internalIdentity(view: CallView): { name?: string; number?: string } {
  const device = view.callingDevice
  const user = view.callingUser
  const chosen = callerIdFor('internal', { device, user, account: { callerId: {} } })
  // A person without an identity of their own is shown by name and extension; the account's comes last.
  const account = callerIdFor('internal', { account: view.account })
  const name = chosen.name ?? account.name ?? (user === undefined ? device?.name : fullName(user))
  const number = chosen.number ?? account.number ?? user?.extension
  return { ...(name === undefined ? {} : { name }), ...(number === undefined ? {} : { number }) }
}

function ringNext(
  view: CallView,
  memo: RingMemo,
  options: Pick<RingOptions, 'ringback' | 'stopOnDecline'>,
  left: string,
): Outcome<RingMemo> {
  const [next, ...rest] = memo.rest
  if (next === undefined) return { ...exit('no-answer', `${memo.worst}${left}`.slice(0, 200)) }
  const display = displayOf(view)
  const plan: RingPlan = {
    id: `${view.call.callId.slice(0, 40)}-${view.call.turn}-${memo.plan}`,
    mode: next.mode,
    legs: next.legs,
    timeoutSeconds: next.timeoutSeconds,
    display,
    stopOnDecline: options.stopOnDecline ?? false,
  }
  return wait(
    { ...memo, plan: memo.plan + 1, rest },
    {
      type: 'ring',
      plan,
      callerId: display,
      ...(options.ringback === undefined ? {} : { ringback: options.ringback }),
    },
  )
}

/** Rings members; nobody who may ring leaves at once by `no-answer` with the reasons. */
export function ring(view: CallView, members: readonly Member[], options: RingOptions): Outcome<RingMemo> {
  const { legs, left } = ringTargets(view, members, options.throughGroup ?? false)
  const why = left.length === 0 ? '' : `; not rung: ${left.join('; ')}`
  if (legs.length === 0) return exit('no-answer', `nobody to ring${why}`.slice(0, 200))
  const parts = cutPlans(legs, options.mode, options.timeoutSeconds ?? 600)
  const repeated = Array.from({ length: options.repeats ?? 1 }, () => parts)
    .flat()
    .slice(0, 20)
  return ringNext(view, { plan: 0, rest: repeated, worst: 'no-answer' }, options, why)
}

/** Goes on after a plan is over: talk, the next plan, or `no-answer` with the most telling result as the reason. */
export function ringAgain(
  view: CallView,
  event: CallEvent,
  memo: RingMemo,
  options: Pick<RingOptions, 'ringback' | 'stopOnDecline'>,
): Outcome<RingMemo> {
  if (event.type === 'failed') return exit('no-answer', event.reason)
  if (event.type !== 'rang') return exit('no-answer', `unexpected ${event.type}`)
  if (event.outcome.answered !== undefined) return talk(event.outcome.answered)
  if (options.stopOnDecline === true && event.outcome.reason === 'declined') return exit('no-answer', 'declined')
  return ringNext(view, { ...memo, worst: event.outcome.reason }, options, '')
}
