/** What the two carrier modules have in common: a number outside is called by trunks of one kind, and says how that ended. */
import * as z from 'zod'
import { classifyEmergency } from '../emergency/emergency.ts'
import { type CallView, exit, jump, type Outcome, talk, wait } from './define-module.ts'
import { resolveDialled } from './dialled.ts'
import { outsideTarget } from './forwarding.ts'
import { planSecondsMax, type RingOutcome, type TrunkChoice } from './ring-plan.ts'
import { VariableName } from './route-variable.ts'
import type { CallEvent } from './vocabulary.ts'

export const CarrierParams = z.object({
  /** Absent: what was dialled, without the digits a pattern leaves out. */
  number: z
    .string()
    .regex(/^\+?\d{2,15}$/, 'Write digits, with + and the country code or as they are dialled here.')
    .optional()
    .meta({ title: 'Call this number instead' }),
  /** Digits that were collected, or that a URL gave. */
  numberVariable: VariableName.optional().meta({ title: 'Call the number in this variable', advanced: true }),
  timeoutSeconds: z.int().min(5).max(planSecondsMax).default(60).meta({ title: 'Ring for', unit: 's' }),
  /** Carriers that do not know the caller's number may refuse it. */
  show: z.enum(['external', 'caller']).default('external').meta({ title: 'Show as caller' }),
})
export type CarrierParams = z.infer<typeof CarrierParams>

/** Whoever leaves by a way that is not wired goes by the last. */
export const carrierExits = ['busy', 'no-answer', 'declined', 'unavailable', 'failed'] as const
type CarrierExit = (typeof carrierExits)[number]

export const CarrierMemo = z.literal('ringing')

/** The number to call, as somebody would dial it, or why there is none. */
function wanted(p: CarrierParams, view: CallView): { readonly number: string } | { readonly why: string } {
  if (p.numberVariable !== undefined) {
    const value = view.call.traits.variables[p.numberVariable]?.value
    if (value === undefined) return { why: `variable ${p.numberVariable} not set` }
    return /^\+?\d{2,20}$/.test(value) ? { number: value } : { why: `variable ${p.numberVariable} is no number` }
  }
  if (p.number !== undefined) return { number: p.number }
  const { dialled } = view.call
  const found = resolveDialled(view, dialled)
  const capture = found.kind === 'callflow' ? found.capture : undefined
  return { number: capture === undefined || capture === '' ? dialled : capture }
}

/** Help first, then restrictions and the cap on outside calls, as for any number outside; then the trunks. */
export function callOut(p: CarrierParams, view: CallView, carrier: TrunkChoice): Outcome<'ringing'> {
  const called = wanted(p, view)
  if ('why' in called) return exit('failed', called.why)
  if (
    view.call.origin.kind !== 'trunk' &&
    classifyEmergency(called.number, view.account.emergency.prefix) !== undefined
  )
    return jump(`number:${called.number}`, 'a call for help')
  const caller = { user: view.callingUser, device: view.callingDevice }
  const found = outsideTarget(view, called.number, caller, p.show === 'caller')
  if ('why' in found) return exit('failed', found.why)
  if (found.target.kind !== 'trunk') return exit('failed', 'no outside number')
  const { timeoutSeconds } = p
  const { callerId } = found.target
  const id = `${view.call.callId.slice(0, 50)}-${view.call.turn}`
  const legs = [{ id: '1', target: { ...found.target, carrier }, timeoutSeconds }]
  return wait('ringing', { type: 'ring', callerId, plan: { id, legs, timeoutSeconds, display: callerId } })
}

/** How it ended, as a way out. */
export function calledOut(event: CallEvent): Outcome<'ringing'> {
  if (event.type === 'failed') return exit('unavailable', event.reason)
  if (event.type !== 'rang') return exit('failed', `unexpected ${event.type}`)
  const { answered, reason } = event.outcome
  return answered === undefined ? exit(exitOf(event.outcome), reason) : talk(answered)
}

function exitOf({ reason, legs }: RingOutcome): CarrierExit {
  switch (reason) {
    case 'busy':
    case 'declined':
    case 'no-answer':
      return reason
    case 'no-trunk':
      return 'unavailable'
    default:
      // The carrier's own failure is another thing than a number that does not exist.
      return legs.some(({ sipStatus = 0 }) => sipStatus >= 500 && sipStatus < 600) ? 'unavailable' : 'failed'
  }
}

const rang = (result: string, sipStatus?: number) =>
  ({
    type: 'rang',
    outcome: {
      planId: 'p',
      reason: result,
      legs: [{ legId: '1', result, ...(sipStatus === undefined ? {} : { sipStatus }) }],
      ...(result === 'answered' ? { answered: { legId: '1', number: '+12065550101' } } : {}),
    },
  }) as const

const params = { number: '2065550101' }

/** Sentences that hold for both. */
export const carrierExamples = [
  { says: 'Whoever is called answers.', params, events: [rang('answered')], leavesBy: 'talks', commands: ['ring'] },
  { says: 'A called party that is busy leaves by busy.', params, events: [rang('busy', 486)], leavesBy: 'busy' },
  { says: 'One that nobody answers leaves by no-answer.', params, events: [rang('no-answer')], leavesBy: 'no-answer' },
  { says: 'One that declines leaves by declined.', params, events: [rang('declined', 603)], leavesBy: 'declined' },
  {
    says: 'Without a trunk the call leaves by unavailable.',
    params,
    events: [rang('no-trunk')],
    leavesBy: 'unavailable',
  },
  { says: 'A carrier out of order is unavailable.', params, events: [rang('failed', 503)], leavesBy: 'unavailable' },
  { says: 'A number that does not exist leaves by failed.', params, events: [rang('failed', 404)], leavesBy: 'failed' },
  {
    says: 'What the account may not call is not called.',
    params: { number: '0115552065' },
    events: [],
    leavesBy: 'failed',
  },
  {
    says: 'A variable that was never set is no number.',
    params: { numberVariable: 'digits' },
    events: [],
    leavesBy: 'failed',
  },
] as const
