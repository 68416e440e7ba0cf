import * as z from 'zod'
import { Id, Name } from './id.ts'

/** A trunk of the account's own choice (R-178…R-180). */
export const Carrier = z.object({
  id: Id,
  name: Name,
  enabled: z.boolean().default(true),
  direction: z.enum(['inbound', 'outbound', 'both']).default('both'),
  hosts: z
    .array(
      z.object({
        host: z.string().min(1).max(253),
        port: z.int().min(1).max(65_535).default(5060),
        transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
      }),
    )
    .min(1)
    .max(10),
  /** With the password that is set apart: it stands in no document. */
  username: z.string().max(64).optional(),
  callerIdFormat: z.enum(['e164', 'national']).default('e164'),
  /** Carries calls for help, as agreed with the carrier: only then may they go this way. */
  emergency: z.boolean().default(false),
  priority: z.int().min(0).max(100).default(50),
})
export type Carrier = z.infer<typeof Carrier>
