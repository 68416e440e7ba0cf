import * as z from 'zod'
import { Id, Instant } from './id.ts'

/** One contact of an AOR with its expiry (RFC 3261 §10). A registration is an AOR with at least one live binding. */
export const Binding = z.object({
  /** Stable per contact: instance and reg-id (RFC 5626) or the contact URI. */
  id: z.string().max(256),
  accountId: Id,
  deviceId: Id,
  username: z.string().max(64),
  contact: z.string().max(1_024),
  path: z.array(z.string().max(1_024)).max(10).default([]),
  q: z.number().min(0).max(1).default(1),
  transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
  remoteAddress: z.string().max(64),
  remotePort: z.int().min(0).max(65_535),
  userAgent: z.string().max(256).optional(),
  sipCallId: z.string().max(256),
  cseq: z.int().min(0),
  registeredAt: Instant,
  expiresAt: Instant,
  /** The edge task that holds the connection. */
  edgeId: z.string().max(64).default('local'),
})
export type Binding = z.infer<typeof Binding>
