import * as z from 'zod'
import { callerIdFor, insideCallerId } from '../caller-id/caller-id.ts'
import { type CallView, exit, jump, type Outcome, talk, wait } from './define-module.ts'
import { type Shown, withPrefixes } from './prefixes.ts'
import { mostTelling } from './ring-execution.ts'
import type { Member } from './ring-members.ts'
import { LegResult, planSecondsMax, RingLeg, type RingPlan } from './ring-plan.ts'
import { ringTargets, type Targets } from './ring-targets.ts'
import type { CallEvent, Speech } from './vocabulary.ts'

/** Plans of one ringing, all rounds together: 40 minutes of the longest. */
const plansMax = 20

/** One plan of a ringing, without its name. */
const Part = z.object({ legs: z.array(RingLeg), mode: z.enum(['together', 'in-order']), timeoutSeconds: z.int() })
type Part = z.infer<typeof Part>

/** What a ringing node remembers: the plans of one round while any are still to come, and what the last ones said. */
export const RingMemo = z.object({
  /** Plans rung so far, and how many there are in all rounds. */
  rung: z.int(),
  plans: z.int().max(plansMax),
  round: z.array(Part).max(plansMax),
  /** The most telling result so far. */
  worst: LegResult,
  /** Who does not ring, and why. */
  left: z.string().max(200),
})
export type RingMemo = z.infer<typeof RingMemo>

/** The longest that anything rings, seconds. */
const ringSecondsMax = 600

export interface RingOptions {
  readonly mode: 'together' | 'in-order'
  /** Bound on the whole, seconds; absent: what the members ask for. */
  readonly timeoutSeconds?: number | undefined
  readonly repeats?: number
  readonly ringback?: Speech | undefined
  readonly stopOnDecline?: boolean
  readonly throughGroup?: boolean
  /** Asks phones to answer by themselves. */
  readonly answersItself?: boolean
  /** Rings nobody when this user calls: somebody who calls their own extension wants their messages. */
  readonly unlessCalledBy?: string
}

/** What every plan of a ringing has in common. */
type RingManner = Pick<RingOptions, 'ringback' | 'stopOnDecline' | 'answersItself'>

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
      const { stage: _, ...rest } = leg
      return end - start >= 1 ? [{ ...rest, delaySeconds: start - from, timeoutSeconds: end - start }] : []
    })
    if (inside.length > 0)
      parts.push({ legs: inside, mode: 'together', timeoutSeconds: Math.max(1, Math.round(to - from)) })
  }
  return parts
}

/** Legs that have their turn together: those of one stage, in the order of the stages. */
function stagesOf(legs: readonly RingLeg[]): RingLeg[][] {
  const stages = new Map<string, RingLeg[]>()
  for (const leg of legs) {
    const stage = leg.stage === undefined ? leg.id : `stage ${leg.stage}`
    stages.set(stage, [...(stages.get(stage) ?? []), leg])
  }
  return [...stages.values()]
}

function cutInOrder(legs: readonly RingLeg[], boundSeconds: number): Part[] {
  const parts: Part[] = []
  let left = boundSeconds
  for (const stage of stagesOf(legs)) {
    const stageSeconds = Math.min(Math.max(...stage.map((leg) => leg.timeoutSeconds)), left)
    if (stageSeconds < 1) break
    left -= stageSeconds
    const last = parts.at(-1)
    const turn = stage.map((leg) => ({
      ...leg,
      delaySeconds: 0,
      timeoutSeconds: Math.min(leg.timeoutSeconds, stageSeconds),
    }))
    if (last !== undefined && last.timeoutSeconds + stageSeconds <= planSecondsMax)
      parts[parts.length - 1] = {
        ...last,
        legs: [...last.legs, ...turn],
        timeoutSeconds: Math.round(last.timeoutSeconds + stageSeconds),
      }
    else parts.push({ legs: turn, mode: 'in-order', timeoutSeconds: Math.max(1, Math.round(stageSeconds)) })
  }
  return parts
}

/** Name and number of the caller before any prefix: what a call back goes to. */
export function callableIdentity(view: CallView): { name?: string; number?: string } {
  const { caller, origin, traits } = view.call
  // Whom DISA let in is seen as who they call as, unless they keep their own.
  const isOutsider = origin.kind === 'trunk' && traits.actsAs?.shows !== 'account'
  const isHidden = traits.hidesCaller === true || (isOutsider && caller.anonymous && traits.callerId === undefined)
  const own = isOutsider ? caller : internalIdentity(view)
  const name = isHidden ? 'Anonymous' : (traits.callerId?.name ?? own.name)
  const number = isHidden ? undefined : (traits.callerId?.number ?? own.number)
  return {
    ...(name === undefined ? {} : { name: name.slice(0, 64) }),
    ...(number === undefined ? {} : { number: number.slice(0, 64) }),
  }
}

/** What the called party is shown: prefixes, then the identity for this kind of call. */
export const displayOf = (view: CallView): Shown => withPrefixes(view.call.traits.prefixes, callableIdentity(view))

function internalIdentity(view: CallView): { name?: string; number?: string } {
  const { callingDevice: device, callingUser: user, account } = view
  const inside = insideCallerId({ device, user, account })
  if (user !== undefined || view.call.traits.actsAs === undefined) return inside
  // Who calls as the account by DISA has neither phone nor person.
  const { name, number } = callerIdFor('external', { account })
  return { ...(name === undefined ? {} : { name }), ...(number === undefined ? {} : { number }), ...inside }
}

function ringNext(view: CallView, memo: RingMemo, options: RingManner): Outcome<RingMemo> {
  const next = memo.rung < memo.plans ? memo.round[memo.rung % memo.round.length] : undefined
  if (next === undefined) return exit('no-answer', because(memo.worst, memo.left))
  const plan: RingPlan = {
    ...next,
    id: `${view.call.callId.slice(0, 40)}-${view.call.turn}-${memo.rung}`,
    display: displayOf(view),
    stopOnDecline: options.stopOnDecline ?? false,
    ...(options.answersItself === true ? { answersItself: true } : {}),
  }
  const rung = memo.rung + 1
  // The last plan needs no successor, so nothing of it travels with the call.
  return wait(
    { ...memo, rung, round: rung < memo.plans ? memo.round : [] },
    {
      type: 'ring',
      plan,
      callerId: callableIdentity(view),
      ...(options.ringback === undefined ? {} : { ringback: options.ringback }),
    },
  )
}

const because = (reason: string, left: string): string => (left === '' ? reason : `${reason}; ${left}`.slice(0, 200))

/** Rings members; nobody who may ring leaves at once by `no-answer` with the reasons. */
export function ring(view: CallView, members: readonly Member[], options: RingOptions): Outcome<RingMemo> {
  const targets = ringTargets(view, members, options.throughGroup ?? false)
  if (options.unlessCalledBy !== undefined && view.callingUser?.id === options.unlessCalledBy)
    return exit('no-answer', 'the caller is the user')
  if (targets.goesOnAt !== undefined) return jump(`number:${targets.goesOnAt}`, `forwarded to ${targets.goesOnAt}`)
  return ringAll(view, targets, options)
}

/** Rings legs that are known; none leaves at once. */
export function ringAll(
  view: CallView,
  { legs, left: who }: Pick<Targets, 'legs' | 'left'>,
  options: RingOptions,
): Outcome<RingMemo> {
  const left = who.length === 0 ? '' : `not rung: ${who.join('; ')}`.slice(0, 200)
  const round = cutPlans(legs, options.mode, options.timeoutSeconds ?? ringSecondsMax).slice(0, plansMax)
  if (round.length === 0) return exit('no-answer', because('nobody to ring', left))
  const plans = Math.min(round.length * (options.repeats ?? 1), plansMax)
  return ringNext(view, { rung: 0, plans, round, worst: 'cancelled', left }, options)
}

/** Goes on after a plan is over: talk, the next plan, or `no-answer` with the most telling result as the reason. */
export function ringAgain(view: CallView, event: CallEvent, memo: RingMemo, options: RingManner): Outcome<RingMemo> {
  if (event.type === 'failed') return exit('no-answer', event.reason)
  if (event.type !== 'rang') return exit('no-answer', `unexpected ${event.type}`)
  const { answered, reason, legs } = event.outcome
  if (answered !== undefined) return { ...talk(answered), ...(memo.left === '' ? {} : { reason: memo.left }) }
  const isDeclined = reason === 'declined' || legs.some(({ result }) => result === 'declined')
  if (options.stopOnDecline === true && isDeclined) return exit('no-answer', because('declined', memo.left))
  return ringNext(view, { ...memo, worst: mostTelling([memo.worst, reason]) }, options)
}
