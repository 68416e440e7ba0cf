import * as z from 'zod'
import { defineModule, exit, wait } from '../define-module.ts'

const bob = {
  'number-route/n1002': { number: '1002', callflowId: 'bob' },
  'callflow/bob': { root: 'a', nodes: { a: { id: 'a', type: 'hang-up' } } },
} as const
const fromDesk = { origin: { kind: 'device', deviceId: 'desk' } } as const
const desk = { 'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' } } as const

export const privacy = defineModule({
  type: 'privacy',
  title: 'Privacy',
  summary: 'Hides who calls from here on; as a feature code, it calls the number after it.',
  params: z.object({
    /** Set by the feature code: *67 and the number. */
    digits: z.string().max(36).optional(),
    hide: z.boolean().default(true).meta({ title: 'Hide the caller' }),
  }),
  exits: ['next'],
  memo: z.literal('saying'),
  answers: false,
  editor: { category: 'Caller ID', icon: 'privacy', caption: (p) => (p.hide ? 'hidden' : 'shown') },
  start(p, view) {
    // A code without a number stands in no callflow and has nobody to call.
    if (p.digits === undefined && view.callflowId === undefined)
      return wait('saying', { type: 'play', parts: [{ prompt: 'number-not-in-service' }] })
    const traits = { hidesCaller: p.hide }
    return p.digits === undefined
      ? { kind: 'exit', exit: 'next', traits }
      : { kind: 'jump', callflowId: `number:${p.digits}`, reason: 'called without a number', traits }
  },
  resume: () => exit('next'),
  examples: [
    { says: 'The call goes on with its caller hidden.', params: {}, events: [], leavesBy: 'next' },
    { says: 'The caller is shown again.', params: { hide: false }, events: [], leavesBy: 'next' },
    {
      says: 'R-160: the number after the code is called.',
      params: { digits: '1002' },
      documents: { ...desk, ...bob },
      arrived: fromDesk,
      events: [],
      leavesBy: 'ends',
      commands: ['hang-up'],
    },
  ],
})
