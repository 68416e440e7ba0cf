import * as z from 'zod'
import { type CallView, defineModule, exit, type Outcome, wait } from '../define-module.ts'
import { insideLegs } from '../ring-targets.ts'
import { RingMemo, ringAgain, ringAll } from '../ringing.ts'

/** Seconds a phone has to answer by itself. */
const timeoutSeconds = 10
const options = { mode: 'together', timeoutSeconds, answersItself: true } as const

const Memo = z.object({ ringing: RingMemo.optional() })
type Memo = z.infer<typeof Memo>

const kept = (outcome: Outcome<RingMemo>): Outcome<Memo> =>
  outcome.kind === 'wait' ? { ...outcome, memo: { ringing: outcome.memo } } : outcome

/** A person's own phones and nothing else: neither a cell phone nor a forward puts itself on loudspeaker. */
function callOut(view: CallView, userId: string): Outcome<Memo> {
  const member = { kind: 'user', id: userId, delaySeconds: 0, timeoutSeconds } as const
  const legs = insideLegs(view, userId, member).filter(({ target }) => target.kind === 'device')
  return kept(ringAll(view, { legs, left: [] }, options))
}

const key = { 'device/desk': { type: 'sip-phone', name: 'Desk', ownerId: 'alex', username: 'desk' } } as const
const sam = {
  ...key,
  'user/alex': { firstName: 'Alex' },
  'extension/1003': { number: '1003', userId: 'sam', deviceId: 'phone', voicemailBoxId: 'box', callflowId: 'flow' },
  'user/sam': { firstName: 'Sam' },
  'ownership/sam': { deviceIds: ['phone'] },
  'device/phone': { type: 'sip-phone', name: 'Phone', ownerId: 'sam', username: 'phone' },
} as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const

export const intercom = defineModule({
  type: 'intercom',
  title: 'Intercom',
  summary: "Calls a person's phones, which answer by themselves.",
  params: z.object({
    /** Set by the feature code: *0 and the extension. */
    digits: z.string().max(36).optional(),
  }),
  exits: ['no-answer'],
  memo: Memo,
  answers: false,
  editor: { category: 'Advanced', icon: 'intercom', hidden: true },
  start({ digits = '' }, view) {
    const extension = /^\d{2,7}$/.test(digits) ? view.find('extension', digits) : undefined
    if (extension === undefined) return wait<Memo>({}, { type: 'play', parts: [{ prompt: 'number-not-in-service' }] })
    return callOut(view, extension.userId)
  },
  resume: (_, event, { ringing }, view) =>
    ringing === undefined
      ? exit('no-answer', 'nobody has this extension')
      : kept(ringAgain(view, event, ringing, options)),
  examples: [
    {
      says: 'R-160: the phone of the person answers by itself.',
      params: { digits: '1003' },
      documents: sam,
      arrived: fromDesk,
      events: [
        {
          type: 'rang',
          outcome: { planId: 'p', answered: { legId: '1', deviceId: 'phone' }, reason: 'answered', legs: [] },
        },
      ],
      leavesBy: 'talks',
      commands: ['ring'],
    },
    {
      says: 'A phone that does not answer by itself is nobody there.',
      params: { digits: '1003' },
      documents: sam,
      arrived: fromDesk,
      events: [{ type: 'rang', outcome: { planId: 'p', reason: 'no-answer', legs: [] } }],
      leavesBy: 'no-answer',
      commands: ['ring'],
    },
    {
      says: 'An extension nobody has is said to be out of service.',
      params: { digits: '1099' },
      documents: key,
      arrived: fromDesk,
      events: [{ type: 'played' }],
      leavesBy: 'no-answer',
      commands: ['play'],
    },
  ],
})
