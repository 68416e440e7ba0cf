import type { LegResult, RingLeg, RingOutcome, RingPlan } from '@offhook/shared/callflow/ring-plan.ts'

/** What happens to the legs of a plan. Time is an input. */
export type RingInput =
  | { readonly type: 'alerting'; readonly legId: string }
  /** Picked up. A leg that asks for a key press has not won yet. */
  | { readonly type: 'answered'; readonly legId: string }
  /** The key press: 1 or anything else, or nothing in time. */
  | { readonly type: 'key'; readonly legId: string; readonly isRight: boolean }
  | { readonly type: 'failed'; readonly legId: string; readonly result: LegResult; readonly sipStatus?: number }
  /** A deadline is over. */
  | { readonly type: 'tick' }
  | { readonly type: 'cancel' }

/** What is to be done about it. After `done` nothing follows. */
export type RingOutput =
  | { readonly type: 'start'; readonly leg: RingLeg }
  | { readonly type: 'stop'; readonly legId: string; readonly why: 'elsewhere' | 'timeout' | 'cancelled' }
  | { readonly type: 'ask-key'; readonly legId: string }
  | { readonly type: 'done'; readonly outcome: RingOutcome }

interface LegState {
  readonly leg: RingLeg
  readonly phase: 'waiting' | 'ringing' | 'asking' | 'over'
  /** When it starts (waiting) or is given up (ringing). */
  readonly deadlineMs: number
  readonly result?: LegResult
  readonly sipStatus?: number
  readonly alertedAtMs?: number
}

export interface RingState {
  readonly plan: RingPlan
  readonly endsAtMs: number
  readonly legs: readonly LegState[]
  readonly isDone: boolean
}

export interface RingStep {
  readonly state: RingState
  readonly outputs: readonly RingOutput[]
  /** When `tick` is due; absent when nothing waits. */
  readonly nextMs?: number
}

/** Which failure tells most about why nobody was reached. */
const telling: readonly LegResult[] = [
  'declined',
  'busy',
  'no-key',
  'no-answer',
  'failed',
  'no-trunk',
  'unregistered',
  'cancelled',
  'answered',
]

const mostTelling = (legs: readonly LegState[]): LegResult =>
  telling.find((result) => legs.some((leg) => leg.result === result)) ?? 'unregistered'

/** Begins a plan: legs without delay start at once, in `in-order` only the first. Pure. */
export function startRinging(plan: RingPlan, nowMs: number): RingStep {
  const legs = plan.legs.map(
    (leg): LegState => ({
      leg,
      phase: 'waiting',
      deadlineMs: plan.mode === 'in-order' ? nowMs : nowMs + leg.delaySeconds * 1_000,
    }),
  )
  return advance({ plan, endsAtMs: nowMs + plan.timeoutSeconds * 1_000, legs, isDone: false }, nowMs, [])
}

/** The next state and what to do. Inputs of legs that are over, or after the end, change nothing. Pure. */
export function continueRinging(state: RingState, input: RingInput, nowMs: number): RingStep {
  if (state.isDone) return { state, outputs: [] }
  if (input.type === 'tick') return advance(state, nowMs, [])
  if (input.type === 'cancel') return finish(state, 'cancelled', undefined)
  const found = state.legs.find(({ leg }) => leg.id === input.legId)
  if (found === undefined || found.phase === 'over' || found.phase === 'waiting') return advance(state, nowMs, [])
  switch (input.type) {
    case 'alerting':
      return advance(change(state, input.legId, { alertedAtMs: found.alertedAtMs ?? nowMs }), nowMs, [])
    case 'answered':
      if (!found.leg.keyPress) return win(state, found)
      return advance(change(state, input.legId, { phase: 'asking' }), nowMs, [{ type: 'ask-key', legId: input.legId }])
    case 'key':
      if (input.isRight) return win(state, found)
      return advance(change(state, input.legId, { phase: 'over', result: 'no-key' }), nowMs, [
        { type: 'stop', legId: input.legId, why: 'timeout' },
      ])
    case 'failed': {
      const { result, sipStatus } = input
      const next = change(state, input.legId, {
        phase: 'over',
        result,
        ...(sipStatus === undefined ? {} : { sipStatus }),
      })
      return result === 'declined' && state.plan.stopOnDecline
        ? finish(next, 'elsewhere', undefined)
        : advance(next, nowMs, [])
    }
  }
}

const change = (state: RingState, legId: string, to: Partial<LegState>): RingState => ({
  ...state,
  legs: state.legs.map((each) => (each.leg.id === legId ? { ...each, ...to } : each)),
})

/** Starts what is due, ends what took too long, and the whole when nothing is left or its time is over. */
function advance(state: RingState, nowMs: number, before: readonly RingOutput[]): RingStep {
  const outputs = [...before]
  if (nowMs >= state.endsAtMs) return merge(outputs, finish(state, 'timeout', undefined))
  let next = state
  for (const each of next.legs) {
    if (each.phase !== 'ringing' || nowMs < each.deadlineMs) continue
    next = change(next, each.leg.id, { phase: 'over', result: 'no-answer' })
    outputs.push({ type: 'stop', legId: each.leg.id, why: 'timeout' })
  }
  for (const each of next.legs) {
    if (each.phase !== 'waiting' || nowMs < each.deadlineMs) continue
    if (next.plan.mode === 'in-order' && next.legs.some(({ phase }) => phase === 'ringing' || phase === 'asking')) break
    next = change(next, each.leg.id, { phase: 'ringing', deadlineMs: nowMs + each.leg.timeoutSeconds * 1_000 })
    outputs.push({ type: 'start', leg: each.leg })
  }
  if (next.legs.every(({ phase }) => phase === 'over')) return merge(outputs, finish(next, 'timeout', undefined))
  const inOrder = next.plan.mode === 'in-order'
  const deadlines = next.legs
    .filter(({ phase }) => phase === 'ringing' || (phase === 'waiting' && !inOrder))
    .map(({ deadlineMs }) => deadlineMs)
  return { state: next, outputs, nextMs: Math.min(next.endsAtMs, ...deadlines) }
}

const merge = (outputs: readonly RingOutput[], step: RingStep): RingStep => ({
  ...step,
  outputs: [...outputs, ...step.outputs],
})

function win(state: RingState, winner: LegState): RingStep {
  const next = change(state, winner.leg.id, { phase: 'over', result: 'answered', sipStatus: 200 })
  return finish(next, 'elsewhere', winner.leg)
}

function finish(state: RingState, why: 'elsewhere' | 'timeout' | 'cancelled', winner: RingLeg | undefined): RingStep {
  const outputs: RingOutput[] = []
  const left: LegResult = why === 'timeout' ? 'no-answer' : 'cancelled'
  const legs = state.legs.map((each): LegState => {
    if (each.phase === 'over') return each
    if (each.phase !== 'waiting') outputs.push({ type: 'stop', legId: each.leg.id, why })
    return { ...each, phase: 'over', result: each.phase === 'asking' && why === 'timeout' ? 'no-key' : left }
  })
  const reason = winner !== undefined ? 'answered' : why === 'cancelled' ? 'cancelled' : mostTelling(legs)
  outputs.push({ type: 'done', outcome: outcomeOf(state.plan, legs, reason, winner) })
  return { state: { ...state, legs, isDone: true }, outputs }
}

function outcomeOf(
  plan: RingPlan,
  legs: readonly LegState[],
  reason: LegResult,
  winner: RingLeg | undefined,
): RingOutcome {
  return {
    planId: plan.id,
    ...(winner === undefined ? {} : { answered: answeredBy(winner) }),
    reason,
    legs: legs.map(({ leg, result, sipStatus, alertedAtMs }) => ({
      legId: leg.id,
      result: result ?? 'cancelled',
      ...(sipStatus === undefined ? {} : { sipStatus }),
      ...(alertedAtMs === undefined ? {} : { alertedAtMs }),
    })),
  }
}

function answeredBy({ id, target }: RingLeg): NonNullable<RingOutcome['answered']> {
  return {
    legId: id,
    ...(target.deviceId === undefined ? {} : { deviceId: target.deviceId }),
    ...(target.userId === undefined ? {} : { userId: target.userId }),
    ...(target.kind === 'trunk' ? { number: target.number } : {}),
  }
}

/** What a final status says of the called party. R-030: a declined call is not a missed one. */
export function resultOf(sipStatus: number): LegResult {
  if (sipStatus === 486 || sipStatus === 600) return 'busy'
  if (sipStatus === 603 || sipStatus === 403 || sipStatus === 607) return 'declined'
  if (sipStatus === 408 || sipStatus === 480 || sipStatus === 487) return 'no-answer'
  return 'failed'
}
