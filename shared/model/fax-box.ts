import * as z from 'zod'
import { Email, Id, Name, ref, TimeZone } from './id.ts'
import { E164 } from './number.ts'

/** Where faxes arrive and leave from (R-213…R-231). */
export const FaxBox = z.object({
  id: Id,
  name: Name,
  ownerId: ref('user', 'Assigned to').optional(),
  notifyEmails: z.array(Email).max(20).default([]),
  receiptEmails: z.array(Email).max(20).default([]),
  number: E164.optional(),
  identity: z.string().max(20).optional(),
  callerName: z.string().max(35).optional(),
  header: z.string().max(64).optional(),
  /** Empty: mail to fax is refused. */
  permittedDomains: z
    .array(z.string().regex(/^[a-z0-9.-]+\.[a-z]{2,}$/))
    .max(50)
    .default([]),
  mailAddress: Email.optional(),
  t38: z.boolean().default(false),
  retries: z.int().min(0).max(4).default(1),
  timeZone: TimeZone.optional(),
})
export type FaxBox = z.infer<typeof FaxBox>
