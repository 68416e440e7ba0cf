import * as z from 'zod'
import { Instant } from './id.ts'

/** Who changed what, or was locked out. Appended, never changed. */
export const AuditEntry = z.object({
  id: z.string().max(64),
  at: Instant,
  /** Subject of the token, `phone:<deviceId>`, or `system`. */
  by: z.string().max(128),
  act: z.enum([
    'create',
    'update',
    'delete',
    'publish',
    'roll-back',
    'sign-in',
    'lock-out',
    'reveal-secret',
    'emergency-call',
    'sip-trace',
    'webhook-failed',
  ]),
  kind: z.string().max(32),
  targetId: z.string().max(128),
  configRevision: z.int().min(0).optional(),
  summary: z.string().max(512).default(''),
})
export type AuditEntry = z.infer<typeof AuditEntry>
