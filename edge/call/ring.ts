import {
  keyPressSeconds,
  type RingInput,
  type RingOutput,
  ringInput,
  startRinging,
} from '@offhook/shared/callflow/ring-execution.ts'
import { endpointOf, type RingOutcome, type RingPlan, type RingTarget } from '@offhook/shared/callflow/ring-plan.ts'
import type { AudioSource, Playing } from '../media/media-engine.ts'
import type { Leg, LegIdentity, Ringing } from './call-control.ts'
import { CallLeg } from './call-leg.ts'
import { EchoLeg } from './echo-leg.ts'
import { callerGaveUp, completedElsewhere, type Fork } from './fork.ts'
import type { NotedCall } from './leg-notes.ts'
import { resultOf } from './leg-result.ts'
import type { Party } from './party.ts'
import { type CallOut, ringTarget } from './ring-targets.ts'

/** Times the confirmation prompt may be heard while the key is awaited: it is short, the wait is `keyPressSeconds`. */
const promptRepeats = keyPressSeconds
const noAnswer = 'SIP;cause=408;text="No answer"'

export interface RingSettings extends CallOut {
  /** "Press 1 to take this call." */
  readonly confirmPrompt: AudioSource
}

export interface RingRequest {
  readonly accountId: string
  readonly callId: string
  readonly ringback?: AudioSource
}

/** Carries one ring plan out: the pure executor decides, this places forks, plays prompts and keeps its clock. */
export function ringPlan(settings: RingSettings, caller: CallLeg, plan: RingPlan, request: RingRequest): Ringing {
  const forks = new Map<string, Fork>()
  const parties = new Map<string, Party>()
  const settled = Promise.withResolvers<{ outcome: RingOutcome; leg?: Leg }>()
  const isForHelp = plan.legs.some(({ target }) => target.kind === 'trunk' && target.emergency !== undefined)
  let [execution, outputs] = startRinging(plan, settings.nowMs())
  let timer: NodeJS.Timeout | undefined
  let ringback: Playing | undefined
  /** The far end that won. */
  let taken: Party | undefined
  const { notes } = settings.registry
  const notedCall = (target: RingTarget): NotedCall => ({
    accountId: request.accountId,
    callId: () => request.callId,
    address: nameOf(target),
  })
  const wantedOf = (target: RingTarget): LegIdentity =>
    target.kind === 'device'
      ? { kind: 'device', accountId: request.accountId, deviceId: target.deviceId, username: target.username }
      : { kind: 'system', accountId: request.accountId }

  const feed = (input: RingInput) => {
    ;[execution, outputs] = ringInput(execution, input, settings.nowMs())
    carryOut(outputs)
  }

  function carryOut(todo: readonly RingOutput[]): void {
    clearTimeout(timer)
    const { nextAtMs } = execution
    if (nextAtMs !== undefined)
      timer = setTimeout(() => feed({ type: 'timer' }), Math.max(1, nextAtMs - settings.nowMs()))
    for (const output of todo) carry(output)
  }

  function carry(output: RingOutput): void {
    if (output.type === 'start') start(output.legId)
    else if (output.type === 'stop') stop(output.legId, output.why)
    else if (output.type === 'ask-key') askKey(output.legId)
    else conclude(output.outcome)
  }

  const alerted = (legId: string) => {
    if (caller.status === 'ringing') caller.ringing()
    feed({ type: 'alerting', legId })
  }

  function start(legId: string): void {
    const leg = plan.legs.find(({ id }) => id === legId)
    if (leg === undefined) return
    // After what else starts now: an answer ends the ringing.
    if (leg.target.kind === 'echo') return queueMicrotask(() => feed({ type: 'answered', legId }))
    const noted = notedCall(leg.target)
    const out = { ...settings, hops: Math.max(0, caller.hopsLeft - 1) }
    const fork = ringTarget(out, request.accountId, leg.target, plan, {
      attempt: notes.attempts(noted),
      ringing: () => alerted(legId),
      answered(party) {
        parties.set(legId, party)
        notes.answered(party)
        party.listen({
          ended(end) {
            notes.released(noted, party, end)
            feed({ type: 'failed', legId, result: leg.keyPress ? 'no-key' : 'failed' })
          },
        })
        feed({ type: 'answered', legId })
        // The plan was over when the answer came.
        if (execution.outcome !== undefined && taken !== party) party.bye('Call completed elsewhere')
      },
      failed(sipStatus, _reason, unreachable) {
        if (unreachable !== undefined) notes.unreachable(noted, wantedOf(leg.target), unreachable)
        feed({ type: 'failed', legId, result: unreachable ?? resultOf(sipStatus), sipStatus })
      },
    })
    forks.set(legId, fork)
  }

  function stop(legId: string, why: 'elsewhere' | 'time-out' | 'cancelled'): void {
    const fork = forks.get(legId)
    forks.delete(legId)
    fork?.cancel(why === 'elsewhere' ? completedElsewhere : why === 'time-out' ? noAnswer : callerGaveUp)
    const party = parties.get(legId)
    parties.delete(legId)
    party?.bye(why === 'elsewhere' ? 'Call completed elsewhere' : 'No key was pressed')
  }

  /** an answering machine presses nothing. */
  function askKey(legId: string): void {
    const party = parties.get(legId)
    const target = plan.legs.find(({ id }) => id === legId)?.target
    if (party === undefined || target === undefined) return
    const playing = party.session.play(settings.confirmPrompt, { repeat: promptRepeats })
    party.listen({
      digit(digit, how) {
        // An INFO digit comes by the media layer too.
        if (how === 'info') return
        if (digit === '1') playing.stop()
        feed({ type: 'key', legId, digit })
      },
      ended(end) {
        notes.released(notedCall(target), party, end)
        feed({ type: 'failed', legId, result: 'no-key' })
      },
    })
  }

  function conclude(outcome: RingOutcome): void {
    clearTimeout(timer)
    ringback?.stop()
    const winner = outcome.answered === undefined ? undefined : parties.get(outcome.answered.legId)
    taken = winner
    forks.clear()
    if (answeredTarget(plan, outcome)?.kind === 'echo')
      return settled.resolve({
        outcome,
        leg: new EchoLeg(settings.media, caller, request.accountId, settings.nowMs()),
      })
    if (winner === undefined) return settled.resolve({ outcome })
    const leg = settings.registry.add(
      new CallLeg(
        {
          direction: 'outbound',
          to: calledName(plan, outcome),
          from: plan.display.number ?? '',
          fromName: plan.display.name,
          identity: winner.identity,
          startedAtMs: settings.nowMs(),
          callId: request.callId,
        },
        settings.registry.hooks,
        { party: winner },
      ),
    )
    settings.registry.noteCall(leg, request.callId)
    if (isForHelp) settings.registry.noteHelp(leg)
    settled.resolve({ outcome, leg })
  }

  settings.registry.noteCall(caller, request.callId)
  if (isForHelp) settings.registry.noteHelp(caller)
  if (caller.status === 'connected' && request.ringback !== undefined)
    ringback = caller.play(request.ringback, { repeat: Number.POSITIVE_INFINITY })
  caller.onEnd(() => feed({ type: 'cancel' }))
  carryOut(outputs)
  return { done: settled.promise, cancel: () => feed({ type: 'cancel' }) }
}

const answeredTarget = (plan: RingPlan, outcome: RingOutcome): RingTarget | undefined =>
  plan.legs.find(({ id }) => id === outcome.answered?.legId)?.target

function calledName(plan: RingPlan, outcome: RingOutcome): string {
  const target = answeredTarget(plan, outcome)
  return target === undefined ? '' : nameOf(target)
}

const nameOf = (target: RingTarget): string => (target.kind === 'device' ? target.username : endpointOf(target))
