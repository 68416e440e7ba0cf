import { type RingInput, ringInput, startRinging } from '../callflow/ring-execution.ts'
import { endpointOf, type RingLeg, type RingOutcome, type RingPlan } from '../callflow/ring-plan.ts'

/** What somebody does with a phone that rings. Times are seconds after it began to ring. */
export type Phone =
  | { readonly does: 'nothing' }
  | {
      readonly does: 'answer'
      readonly afterSeconds?: number
      readonly presses?: { key: string; afterSeconds: number }
    }
  | { readonly does: 'decline' | 'be-busy'; readonly afterSeconds?: number }
  | { readonly does: 'be-off-line' }

/** By device id, outside number or SIP URI; a phone that is not here rings and nobody comes. */
export type Phones = Readonly<Record<string, Phone>>

/** A phone that rang: from when to when, milliseconds of the clock given, and what it showed. */
export interface Alert {
  readonly target: string
  readonly fromMs: number
  readonly toMs: number
  readonly display: RingPlan['display']
}

export const targetOf = ({ target }: RingLeg): string => endpointOf(target)

interface Happening {
  readonly atMs: number
  readonly input: RingInput
}

/** More inputs than any plan can take: legs, times what may happen to one. */
const inputsMax = 2_000

/** Carries a ring plan out with the real executor and phones that do as they are told, in no time at all. */
export function ringScripted(
  plan: RingPlan,
  phones: Phones,
  startMs: number,
): { readonly outcome: RingOutcome; readonly endMs: number; readonly alerts: readonly Alert[] } {
  const coming: Happening[] = []
  const started = new Map<string, number>()
  const alerts: Alert[] = []
  let nowMs = startMs
  let [execution, outputs] = startRinging(plan, nowMs)

  const over = (legId: string) => {
    const leg = plan.legs.find(({ id }) => id === legId)
    const fromMs = started.get(legId)
    if (leg === undefined || fromMs === undefined) return
    started.delete(legId)
    alerts.push({ target: targetOf(leg), fromMs, toMs: nowMs, display: plan.display })
  }
  const carryOut = () => {
    for (const output of outputs) {
      if (output.type === 'start') begin(output.legId)
      else if (output.type === 'stop') over(output.legId)
    }
  }
  function begin(legId: string): void {
    const leg = plan.legs.find(({ id }) => id === legId)
    const phone = (leg === undefined ? undefined : phones[targetOf(leg)]) ?? { does: 'nothing' }
    if (phone.does !== 'be-off-line') started.set(legId, nowMs)
    coming.push(...inputsOf(phone, legId).map(({ atMs, input }) => ({ atMs: nowMs + atMs, input })))
    coming.sort((a, b) => a.atMs - b.atMs)
  }

  carryOut()
  for (let inputs = 0; execution.outcome === undefined; inputs++) {
    if (inputs > inputsMax) throw new Error('a ring plan that does not end')
    const deadlineMs = execution.nextAtMs ?? Number.POSITIVE_INFINITY
    const next = coming[0] !== undefined && coming[0].atMs <= deadlineMs ? coming.shift() : undefined
    nowMs = next?.atMs ?? deadlineMs
    if (!Number.isFinite(nowMs)) throw new Error('a ring plan that waits for nothing')
    const input = next?.input ?? { type: 'timer' as const }
    ;[execution, outputs] = ringInput(execution, input, nowMs)
    if (input.type === 'failed') over(input.legId)
    carryOut()
  }
  for (const legId of [...started.keys()]) over(legId)
  return { outcome: execution.outcome, endMs: nowMs, alerts }
}

function inputsOf(phone: Phone, legId: string): Happening[] {
  const ringing: Happening = { atMs: 0, input: { type: 'alerting', legId } }
  switch (phone.does) {
    case 'nothing':
      return [ringing]
    case 'be-off-line':
      return [{ atMs: 0, input: { type: 'failed', legId, result: 'unregistered', sipStatus: 480 } }]
    case 'answer': {
      const answeredMs = (phone.afterSeconds ?? 2) * 1_000
      const { presses } = phone
      return [
        ringing,
        { atMs: answeredMs, input: { type: 'answered', legId } },
        ...(presses === undefined
          ? []
          : [
              {
                atMs: answeredMs + presses.afterSeconds * 1_000,
                input: { type: 'key' as const, legId, digit: presses.key },
              },
            ]),
      ]
    }
    default: {
      const [result, sipStatus] = phone.does === 'decline' ? (['declined', 603] as const) : (['busy', 486] as const)
      return [ringing, { atMs: (phone.afterSeconds ?? 1) * 1_000, input: { type: 'failed', legId, result, sipStatus } }]
    }
  }
}
