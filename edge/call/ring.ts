import type { RingOutcome, RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import type { AudioSource, Playing } from '../media/media-engine.ts'
import type { Ringing } from './call-control.ts'
import { CallLeg } from './call-leg.ts'
import type { CallRegistry } from './call-registry.ts'
import { callerGaveUp, completedElsewhere, type Fork } from './fork.ts'
import type { Party } from './party.ts'
import {
  continueRinging,
  type RingInput,
  type RingOutput,
  type RingStep,
  resultOf,
  startRinging,
} from './ring-execution.ts'
import { type CallOut, ringTarget } from './ring-targets.ts'

/** An answering party has this long to press 1 (kazoo-semantics §11.3), ms. */
export const keyPressMs = 7_000
const noAnswer = 'SIP;cause=408;text="No answer"'

export interface RingSettings extends CallOut {
  readonly registry: CallRegistry
  /** "Press 1 to take this call." */
  readonly confirmPrompt: AudioSource
  nowMs(): number
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
  const settled = Promise.withResolvers<{ outcome: RingOutcome; leg?: CallLeg }>()
  let step: RingStep = startRinging(plan, settings.nowMs())
  let timer: NodeJS.Timeout | undefined
  let ringback: Playing | undefined

  const feed = (input: RingInput) => {
    step = continueRinging(step.state, input, settings.nowMs())
    carryOut()
  }

  function carryOut(): void {
    const { outputs, nextMs } = step
    clearTimeout(timer)
    if (nextMs !== undefined) timer = setTimeout(() => feed({ type: 'tick' }), Math.max(1, nextMs - settings.nowMs()))
    for (const output of outputs) carry(output)
  }

  function carry(output: RingOutput): void {
    if (output.type === 'start') forks.set(output.leg.id, start(output.leg))
    else if (output.type === 'stop') stop(output.legId, output.why)
    else if (output.type === 'ask-key') askKey(output.legId)
    else conclude(output.outcome)
  }

  const alerted = (legId: string) => {
    if (caller.status === 'ringing') caller.ringing()
    feed({ type: 'alerting', legId })
  }

  function start(leg: RingPlan['legs'][number]): Fork {
    return ringTarget(settings, request.accountId, leg.target, plan.display, {
      ringing: () => alerted(leg.id),
      answered(party) {
        parties.set(leg.id, party)
        party.listen({
          ended: () => feed({ type: 'failed', legId: leg.id, result: leg.keyPress ? 'no-key' : 'failed' }),
        })
        feed({ type: 'answered', legId: leg.id })
        // The plan was over when the answer came.
        if (forks.get(leg.id) === undefined && !isTaken(party)) party.bye('Call completed elsewhere')
      },
      failed(sipStatus, _reason, unreachable) {
        feed({ type: 'failed', legId: leg.id, result: unreachable ?? resultOf(sipStatus), sipStatus })
      },
    })
  }

  let taken: Party | undefined
  const isTaken = (party: Party) => taken === party

  function stop(legId: string, why: 'elsewhere' | 'timeout' | 'cancelled'): void {
    const fork = forks.get(legId)
    forks.delete(legId)
    fork?.cancel(why === 'elsewhere' ? completedElsewhere : why === 'timeout' ? noAnswer : callerGaveUp)
    const party = parties.get(legId)
    parties.delete(legId)
    party?.bye(why === 'elsewhere' ? 'Call completed elsewhere' : 'No key was pressed')
  }

  /** an answering machine presses nothing. */
  function askKey(legId: string): void {
    const party = parties.get(legId)
    if (party === undefined) return
    const playing = party.session.play(settings.confirmPrompt, { repeat: 3 })
    const decide = (isRight: boolean) => {
      clearTimeout(patience)
      playing.stop()
      feed({ type: 'key', legId, isRight })
    }
    const patience = setTimeout(() => decide(false), keyPressMs)
    party.listen({
      digit: (digit, how) => void (how === 'rtp' && decide(digit === '1')),
      ended: () => decide(false),
    })
  }

  function conclude(outcome: RingOutcome): void {
    clearTimeout(timer)
    ringback?.stop()
    const winner = outcome.answered === undefined ? undefined : parties.get(outcome.answered.legId)
    taken = winner
    forks.clear()
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
        },
        settings.registry.hooks,
        { party: winner },
      ),
    )
    settings.registry.noteCall(leg, request.callId)
    settled.resolve({ outcome, leg })
  }

  settings.registry.noteCall(caller, request.callId)
  if (caller.status === 'connected' && request.ringback !== undefined)
    ringback = caller.play(request.ringback, { repeat: Number.POSITIVE_INFINITY })
  caller.onEnd(() => feed({ type: 'cancel' }))
  carryOut()
  return { done: settled.promise, cancel: () => feed({ type: 'cancel' }) }
}

function calledName(plan: RingPlan, outcome: RingOutcome): string {
  const target = plan.legs.find(({ id }) => id === outcome.answered?.legId)?.target
  return target === undefined
    ? ''
    : target.kind === 'device'
      ? target.username
      : target.kind === 'trunk'
        ? target.number
        : target.uri
}
