import * as z from 'zod'
import { DialString } from './number.ts'

/** Where calls go instead of, or as well as, the phones. */
export const CallForward = z.object({
  enabled: z.boolean().default(false).meta({ title: 'Forward calls' }),
  number: DialString.optional().meta({ title: 'Redirect calls to' }),
  /** True: only the target rings; false: the phones ring too. */
  bypassPhones: z.boolean().default(true).meta({ title: "Bypass the user's phones" }),
  requireKeyPress: z.boolean().default(true).meta({ title: 'Require Key Press' }),
  keepCallerId: z.boolean().default(true).meta({ title: 'Keep caller ID' }),
  /** True: calls through ring groups and queues do not follow. */
  directCallsOnly: z.boolean().default(false).meta({ title: 'Direct calls only' }),
})
export type CallForward = z.infer<typeof CallForward>
