import * as z from 'zod'
import { Account } from '../model/account.ts'
import { contract } from './contract.ts'

const tag = 'Account'

/** What an account's own people may change; its address and whether it is open are the operator's. */
const Settings = Account.omit({ id: true, address: true, enabled: true })

export const getAccount = contract({
  method: 'get',
  path: '',
  tag,
  summary: 'Account details: settings that act as defaults for everything in the account',
  reply: Account,
  status: 200,
  may: 'account:read',
  etag: 'shown',
})

export const updateAccount = contract({
  method: 'put',
  path: '',
  tag,
  summary: 'Replace the account details',
  body: Settings.strict(),
  reply: Account,
  status: 200,
  may: 'account:write',
  etag: 'required',
  refusals: [412, 428],
})

/** Seats by kind: every extension, conference and fax box is one. */
export const Usage = z.object({
  seats: z.object({
    standard: z.int(),
    voicemailOnly: z.int(),
    callForward: z.int(),
    conference: z.int(),
    faxBox: z.int(),
    total: z.int(),
  }),
  /** Whether seats are enforced: off on one machine. */
  enforced: z.boolean(),
})
export type Usage = z.infer<typeof Usage>

export const getUsage = contract({
  method: 'get',
  path: '/usage',
  tag,
  summary: 'Seats in use, by kind',
  reply: Usage,
  status: 200,
  may: 'account:read',
})
