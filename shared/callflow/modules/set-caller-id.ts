import * as z from 'zod'
import { CallerIdentity } from '../../model/caller-id.ts'
import { defineModule } from '../define-module.ts'

export const setCallerId = defineModule({
  type: 'set-caller-id',
  title: 'Set Caller ID',
  summary: "Shows another name or number than the caller's to whoever rings from here on.",
  params: z.object({
    name: CallerIdentity.shape.name,
    /** Shown outside only where it is a number of the account: a carrier believes what it is told. */
    number: CallerIdentity.shape.number,
  }),
  exits: ['next'],
  answers: false,
  editor: {
    category: 'Caller ID',
    icon: 'caller-id-set',
    caption: (p) => [p.name, p.number].filter((part) => part !== undefined).join(' '),
  },
  start({ name, number }) {
    const callerId = { ...(name === undefined ? {} : { name }), ...(number === undefined ? {} : { number }) }
    const reason =
      name === undefined && number === undefined ? "the caller's own" : `shown as ${name ?? ''} ${number ?? ''}`
    return { kind: 'exit', exit: 'next', reason, traits: { callerId } }
  },
  examples: [
    {
      says: 'The call goes on under another name and number.',
      params: { name: 'Front door', number: '1000' },
      events: [],
      leavesBy: 'next',
    },
    { says: 'A name alone leaves the number as it is.', params: { name: 'Front door' }, events: [], leavesBy: 'next' },
    { says: "Nothing set brings the caller's own back.", params: {}, events: [], leavesBy: 'next' },
  ],
})
