import { Cdr } from '@offhook/shared/model/cdr.ts'
import { Id, Instant } from '@offhook/shared/model/id.ts'
import * as z from 'zod'

/** A call as the journal must know it to close its CDR without the handler. */
export const CallOpening = z.object({
  callId: z.string().max(64),
  accountId: Id,
  at: Instant,
  direction: Cdr.shape.direction,
  from: z.string().max(64),
  to: z.string().max(64),
  deviceId: Id.optional(),
})
export type CallOpening = z.infer<typeof CallOpening>
