import * as z from 'zod'
import type { SmaActionInput } from './actions.ts'
import type { Attributes } from './events.ts'

/**
 * What the function answers. `Actions`: a list replaces the queue, `[]` means nothing more to do, absent keeps what is queued.
 * `TransactionAttributes`: an object replaces the whole map, absent leaves it (invoke-on-call-leg, transaction-attributes).
 */
export interface SmaResponse {
  readonly SchemaVersion: '1.0'
  readonly Actions?: readonly SmaActionInput[]
  readonly TransactionAttributes?: Attributes
}

/** The envelope alone: each action is checked when its turn comes, as the service does. */
export const ResponseEnvelope = z.looseObject({
  SchemaVersion: z.string(),
  Actions: z.array(z.looseObject({ Type: z.string() })).nullish(),
  TransactionAttributes: z.record(z.string(), z.unknown()).nullish(),
})
export type ResponseEnvelope = z.infer<typeof ResponseEnvelope>

/** Nothing to say: what is queued goes on. */
export const keepQueue: SmaResponse = { SchemaVersion: '1.0' }
