import * as z from 'zod'
import { Instant } from '../model/id.ts'
import { contract } from './contract.ts'

const tag = 'SIP traces'

export const SipTraceWish = z
  .object({
    minutes: z.int().min(1).max(60).meta({ title: 'Record for', unit: 'min' }),
  })
  .strict()

export const SipTrace = z.object({ until: Instant })
export type SipTrace = z.infer<typeof SipTrace>

export const startSipTrace = contract({
  method: 'post',
  path: '/sip-traces',
  tag,
  summary: "Record the SIP messages of the account's calls from now on; kept in memory, for an hour after the end",
  body: SipTraceWish,
  reply: SipTrace,
  status: 201,
  may: 'traces:write',
  refusals: [501],
})

/** One SIP message of a call. Proofs of passwords, keys of the audio and digits are taken out. */
export const LadderMessage = z.object({
  at: Instant,
  /** Seen from Offhook. */
  direction: z.enum(['in', 'out']),
  transport: z.string(),
  /** Address and port of the far end. */
  remote: z.string(),
  /** Who is there: `1001 (caller)`. */
  who: z.string(),
  sipCallId: z.string(),
  text: z.string(),
})
export type LadderMessage = z.infer<typeof LadderMessage>

const params = z.object({ callId: z.string().min(1).max(64) })

export const getLadder = contract({
  method: 'get',
  path: '/calls/{callId}/ladder',
  tag,
  summary: 'The SIP messages of all dialogs of a call, oldest first, as far as they were recorded',
  params,
  reply: z.object({ callId: z.string(), messages: z.array(LadderMessage) }),
  status: 200,
  may: 'traces:read',
  refusals: [501],
})

export const getLadderText = contract({
  method: 'get',
  path: '/calls/{callId}/ladder.txt',
  tag,
  summary: 'The same drawn as a ladder: who to whom, method or status, milliseconds since the first message',
  params,
  media: 'text/plain',
  status: 200,
  may: 'traces:read',
  refusals: [501],
})
