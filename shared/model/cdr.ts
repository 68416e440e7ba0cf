import * as z from 'zod'
import { Id, Instant } from './id.ts'

export const Disposition = z.enum([
  'answered',
  'voicemail',
  'no-answer',
  'busy',
  'declined',
  'blocked',
  'refused',
  'failed',
  'cancelled',
  'completed',
])
export type Disposition = z.infer<typeof Disposition>

export const EndedBy = z.enum(['caller', 'callee', 'carrier', 'us'])
export type EndedBy = z.infer<typeof EndedBy>

/** One decision of a call: the node passed, the way out taken, and why. */
export const PathStep = z.object({
  callflowId: Id.optional(),
  nodeId: Id.optional(),
  module: z.string().max(64).optional(),
  exit: z.string().max(64).optional(),
  reason: z.string().max(200).optional(),
})
export type PathStep = z.infer<typeof PathStep>

/** Exactly one per call (shown as Call History). `eventLog` replays to the full trace with the engine that made it. */
export const Cdr = z.object({
  callId: z.string().max(64),
  accountId: Id,
  at: Instant,
  endedAt: Instant,
  direction: z.enum(['inbound', 'outbound', 'internal']),
  from: z.string().max(64),
  fromName: z.string().max(64).optional(),
  to: z.string().max(64),
  /** User whose call it was, when one is known. */
  ownerId: Id.optional(),
  deviceId: Id.optional(),
  answeredBy: z
    .object({ deviceId: Id.optional(), userId: Id.optional(), number: z.string().max(64).optional() })
    .optional(),
  answeredAt: Instant.optional(),
  durationSeconds: z.int().min(0),
  talkSeconds: z.int().min(0),
  disposition: Disposition,
  endedBy: EndedBy,
  reason: z.string().max(200),
  /** Text put before the caller ID, for counting calls by department. */
  prefix: z.string().max(64).optional(),
  voicemailBoxId: Id.optional(),
  emergency: z.boolean().default(false),
  linkedCallIds: z.array(z.string().max(64)).max(20).default([]),
  configRevision: z.int().min(0),
  engineVersion: z.string().max(32),
  path: z.array(PathStep).max(100).default([]),
  /** JSON of the events; absent when it was too long and lies in the object store under `eventLogKey`. */
  eventLog: z.string().max(200_000).optional(),
  eventLogKey: z.string().max(1_024).optional(),
})
export type Cdr = z.infer<typeof Cdr>
