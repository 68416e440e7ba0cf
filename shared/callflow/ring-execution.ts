import type { LegResult, RingOutcome, RingPlan } from './ring-plan.ts'

/** Seconds an answering party has to press the key before its leg is given up. */
export const keyPressSeconds = 7

export type RingInput =
  /** The leg's phone rings (180). */
  | { readonly type: 'alerting'; readonly legId: string }
  /** Picked up. With a key press asked for, it has not won yet. */
  | { readonly type: 'answered'; readonly legId: string }
  | { readonly type: 'key'; readonly legId: string; readonly digit: string }
  | {
      readonly type: 'failed'
      readonly legId: string
      readonly result: Exclude<LegResult, 'answered' | 'cancelled'>
      readonly sipStatus?: number
    }
  /** The clock reached a deadline. */
  | { readonly type: 'timer' }
  | { readonly type: 'cancel' }

export type RingOutput =
  | { readonly type: 'start'; readonly legId: string }
  | { readonly type: 'ask-key'; readonly legId: string }
  /** `elsewhere`: another leg won, so phones show no missed call (RFC 3326). */
  | { readonly type: 'stop'; readonly legId: string; readonly why: 'elsewhere' | 'time-out' | 'cancelled' }
  | { readonly type: 'finished'; readonly outcome: RingOutcome }

interface LegState {
  readonly status: 'waiting' | 'ringing' | 'asked' | 'done'
  readonly startAtMs?: number
  readonly endAtMs?: number
  readonly alertedAtMs?: number
  readonly result?: LegResult
  readonly sipStatus?: number
}

/** A ring plan under way. Immutable; nothing here waits or sends. */
export interface RingExecution {
  readonly plan: RingPlan
  readonly startedAtMs: number
  readonly legs: ReadonlyMap<string, LegState>
  readonly outcome?: RingOutcome
  /** When to come back with `timer`; absent when finished. */
  readonly nextAtMs?: number
}

type Step = readonly [RingExecution, RingOutput[]]

/** What tells the caller most, first (R-030: busy and declined are not "no answer"). */
const telling: readonly LegResult[] = [
  'busy',
  'declined',
  'no-answer',
  'no-key',
  'failed',
  'no-trunk',
  'unregistered',
  'cancelled',
]

export const mostTelling = (results: readonly LegResult[]): LegResult =>
  telling.find((result) => results.includes(result)) ?? 'no-answer'

const outcomeOf = (
  plan: RingPlan,
  legs: ReadonlyMap<string, LegState>,
  answered?: RingOutcome['answered'],
): RingOutcome => {
  const results = plan.legs.map((leg) => {
    const state = legs.get(leg.id)
    return {
      legId: leg.id,
      result: state?.result ?? ('cancelled' as const),
      ...(state?.sipStatus === undefined ? {} : { sipStatus: state.sipStatus }),
      ...(state?.alertedAtMs === undefined ? {} : { alertedAtMs: state.alertedAtMs }),
    }
  })
  const reason = answered === undefined ? mostTelling(results.map(({ result }) => result)) : 'answered'
  return { planId: plan.id, ...(answered === undefined ? {} : { answered }), reason, legs: results }
}

/** Starts a plan; legs without delay start at once. A plan without legs is over before it began. */
export function startRinging(plan: RingPlan, nowMs: number): Step {
  const legs = new Map<string, LegState>()
  for (const leg of plan.legs)
    legs.set(
      leg.id,
      plan.mode === 'together'
        ? { status: 'waiting', startAtMs: nowMs + leg.delaySeconds * 1_000 }
        : { status: 'waiting' },
    )
  return settle({ plan, startedAtMs: nowMs, legs }, nowMs, [])
}

/** The next state after something happened. Inputs for legs that are over, or after the end, change nothing. */
export function ringInput(execution: RingExecution, input: RingInput, nowMs: number): Step {
  if (execution.outcome !== undefined) return [execution, []]
  if (input.type === 'timer') return settle(execution, nowMs, [])
  if (input.type === 'cancel') return finish(execution, 'cancelled', [])
  const state = execution.legs.get(input.legId)
  const leg = execution.plan.legs.find((one) => one.id === input.legId)
  if (state === undefined || leg === undefined || state.status === 'done' || state.status === 'waiting')
    return [execution, []]
  const put = (next: LegState): RingExecution => ({
    ...execution,
    legs: new Map(execution.legs).set(input.legId, next),
  })
  switch (input.type) {
    case 'alerting':
      return settle(put({ ...state, alertedAtMs: state.alertedAtMs ?? nowMs - execution.startedAtMs }), nowMs, [])
    case 'answered':
      if (!leg.keyPress) return win(execution, input.legId)
      if (state.status === 'asked') return [execution, []]
      return settle(put({ ...state, status: 'asked', endAtMs: nowMs + keyPressSeconds * 1_000 }), nowMs, [
        { type: 'ask-key', legId: input.legId },
      ])
    case 'key':
      // Other keys are slips; the caller keeps ringing the others meanwhile.
      return state.status === 'asked' && input.digit === '1' ? win(execution, input.legId) : [execution, []]
    case 'failed': {
      const next = put({
        ...state,
        status: 'done',
        result: input.result,
        ...(input.sipStatus === undefined ? {} : { sipStatus: input.sipStatus }),
      })
      if (input.result === 'declined' && execution.plan.stopOnDecline) return finish(next, 'time-out', [])
      return settle(next, nowMs, [])
    }
  }
}

function win(execution: RingExecution, legId: string): Step {
  const { plan } = execution
  const target = plan.legs.find((leg) => leg.id === legId)?.target
  const outputs: RingOutput[] = []
  const legs = new Map(execution.legs)
  for (const [id, state] of legs) {
    if (id !== legId && (state.status === 'ringing' || state.status === 'asked'))
      outputs.push({ type: 'stop', legId: id, why: 'elsewhere' })
    legs.set(id, { ...state, status: 'done', result: id === legId ? 'answered' : (state.result ?? 'cancelled') })
  }
  const { deviceId, userId } = target === undefined || target.kind === 'echo' ? {} : target
  const answered = {
    legId,
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(userId === undefined ? {} : { userId }),
    ...(target?.kind === 'trunk' ? { number: target.number } : {}),
  }
  const outcome = outcomeOf(plan, legs, answered)
  return [{ plan, startedAtMs: execution.startedAtMs, legs, outcome }, [...outputs, { type: 'finished', outcome }]]
}

function finish(execution: RingExecution, why: 'time-out' | 'cancelled', before: RingOutput[]): Step {
  const outputs = [...before]
  const legs = new Map(execution.legs)
  for (const [id, state] of legs) {
    if (state.status === 'ringing' || state.status === 'asked') outputs.push({ type: 'stop', legId: id, why })
    if (state.status !== 'done')
      legs.set(id, {
        ...state,
        status: 'done',
        result:
          why === 'cancelled' || state.status === 'waiting'
            ? 'cancelled'
            : state.status === 'asked'
              ? 'no-key'
              : 'no-answer',
      })
  }
  const outcome = outcomeOf(execution.plan, legs)
  return [
    { plan: execution.plan, startedAtMs: execution.startedAtMs, legs, outcome },
    [...outputs, { type: 'finished', outcome }],
  ]
}

/** Ends legs whose time is up, starts those whose time has come, and finds the next deadline. */
function settle(execution: RingExecution, nowMs: number, outputs: RingOutput[]): Step {
  const { plan, startedAtMs } = execution
  const legs = new Map(execution.legs)
  const endAtMs = startedAtMs + plan.timeoutSeconds * 1_000
  if (nowMs >= endAtMs && plan.legs.length > 0) return finish({ ...execution, legs }, 'time-out', outputs)
  for (const leg of plan.legs) {
    const state = legs.get(leg.id)
    if (state === undefined || state.endAtMs === undefined || nowMs < state.endAtMs || state.status === 'done') continue
    outputs.push({ type: 'stop', legId: leg.id, why: 'time-out' })
    legs.set(leg.id, { ...state, status: 'done', result: state.status === 'asked' ? 'no-key' : 'no-answer' })
  }
  const begin = (id: string, timeoutSeconds: number, state: LegState) => {
    outputs.push({ type: 'start', legId: id })
    legs.set(id, { ...state, status: 'ringing', endAtMs: nowMs + timeoutSeconds * 1_000 })
  }
  if (plan.mode === 'together') {
    for (const leg of plan.legs) {
      const state = legs.get(leg.id)
      if (state?.status === 'waiting' && nowMs >= (state.startAtMs ?? 0)) begin(leg.id, leg.timeoutSeconds, state)
    }
  } else if (![...legs.values()].some((state) => state.status === 'ringing' || state.status === 'asked')) {
    const next = plan.legs.find((leg) => legs.get(leg.id)?.status === 'waiting')
    for (const leg of plan.legs) {
      const state = legs.get(leg.id)
      const hasTurn = leg === next || (leg.stage !== undefined && leg.stage === next?.stage)
      if (hasTurn && state?.status === 'waiting') begin(leg.id, leg.timeoutSeconds, state)
    }
  }
  if ([...legs.values()].every((state) => state.status === 'done'))
    return finish({ ...execution, legs }, 'time-out', outputs)
  const deadlines = [...legs.values()].flatMap((state) =>
    state.status === 'waiting' ? (state.startAtMs ?? []) : state.status === 'done' ? [] : (state.endAtMs ?? []),
  )
  return [{ plan, startedAtMs, legs, nextAtMs: Math.min(endAtMs, ...deadlines) }, outputs]
}
