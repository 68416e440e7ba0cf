import * as z from 'zod'
import { Id, Instant, ref } from './id.ts'
import { E164 } from './number.ts'

/** A DID the account owns. Its id is the number without the plus sign; one account owns it at a time. */
export const PhoneNumber = z.object({
  id: Id,
  number: E164,
  state: z.enum(['ordering', 'in-service', 'porting', 'releasing', 'released']).default('in-service'),
  /** Where it rings; a number belongs to one callflow only. */
  callflowId: ref('callflow', 'Callflow').optional(),
  /** Look a missing caller name up. */
  inboundNames: z.boolean().default(false),
  emergencyAddressId: ref('emergency-address', 'Emergency address').optional(),
  acquiredAt: Instant.optional(),
})
export type PhoneNumber = z.infer<typeof PhoneNumber>
