import * as z from 'zod'
import { pastedMax } from '../blacklist/pasted-numbers.ts'
import { Blacklist } from '../model/blacklist.ts'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'

const tag = 'Blacklists'
const ById = z.object({ id: Id })

export const addToBlacklist = contract({
  method: 'post',
  path: '/blacklists/{id}/numbers',
  tag,
  summary: 'Add numbers as they were pasted: in any format, any number of them, or one of a call',
  params: ById,
  body: z.strictObject({ text: z.string().min(1).max(pastedMax), note: z.string().max(128).optional() }),
  reply: z.object({
    blacklist: Blacklist,
    added: z.int(),
    /** Numbers that were on the list before. */
    known: z.int(),
    /** Pieces of the text in which there is no number. */
    refused: z.array(z.string()),
  }),
  status: 200,
  may: 'config:write',
  etag: 'shown',
  refusals: [409],
})

/** A list blocks nobody until the account names it; this is that second step at a press (D15). */
export const activateBlacklist = contract({
  method: 'put',
  path: '/blacklists/{id}/active',
  tag,
  summary: 'Make a list take effect, or not any more, in the account details',
  params: ById,
  body: z.strictObject({ active: z.boolean() }),
  reply: z.object({ active: z.boolean(), blacklists: z.array(Id) }),
  status: 200,
  may: 'account:write',
  refusals: [409],
})

export const isBlacklistActive = contract({
  method: 'get',
  path: '/blacklists/{id}/active',
  tag,
  summary: 'Whether a list takes effect, and which do',
  params: ById,
  reply: z.object({ active: z.boolean(), blacklists: z.array(Id) }),
  status: 200,
  may: 'config:read',
})
