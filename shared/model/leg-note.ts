import * as z from 'zod'
import { Id, Instant } from './id.ts'

/** Legs of one call that are noted; of more, the later ones are not. */
export const notedLegsMax = 50

/** What RTP and RTCP said of one leg. Lost and jitter are of what came from the far end. */
export const LegMedia = z.object({
  codec: z.string().max(32),
  /** How long the leg had media. */
  seconds: z.number().min(0),
  packetsSent: z.int().min(0),
  packetsReceived: z.int().min(0),
  packetsLost: z.int().min(0),
  lossPercent: z.number().min(0).max(100),
  jitterMs: z.number().min(0),
  roundTripMs: z.number().min(0).optional(),
  /** Mean opinion score by the E-model, 1.0 (unusable) to 4.5. */
  mos: z.number().min(1).max(5),
  /** `not-heard`: nothing came from the far end in 3 s and more; `hears-nothing`: nothing was sent to it. Absent: audio went both ways. */
  oneWay: z.enum(['not-heard', 'hears-nothing']).optional(),
  /** What the far end reported of what it heard of us; absent when it sent no report. */
  farEnd: z.object({ lossPercent: z.number().min(0).max(100), jitterMs: z.number().min(0) }).optional(),
})
export type LegMedia = z.infer<typeof LegMedia>

/**
 * One leg of a call as it was when it ended: who it was, what became of it, how it sounded. A phone that only rang, or could not be
 * reached, has no media; nor has a leg whose process died, which is not noted at all.
 */
export const LegNote = z.object({
  legId: z.string().max(64),
  role: z.enum(['caller', 'callee']),
  kind: z.enum(['device', 'trunk', 'other']),
  deviceId: Id.optional(),
  trunkId: z.string().max(64).optional(),
  /** SIP user name or number, `anonymous` for a caller who withholds it. */
  address: z.string().max(64),
  /** Call-ID of its SIP dialog (RFC 3261 §20.8); absent when no message was sent. */
  sipCallId: z.string().max(255).optional(),
  startedAt: Instant,
  answeredAt: Instant.optional(),
  endedAt: Instant,
  endedBy: z.enum(['far-end', 'us']),
  /** Final status of a leg that was not answered; 0 for one that was. */
  sipStatus: z.int().min(0).max(699),
  /** Why, in words: the phrase of the status, a Reason header (RFC 3326), or ours. */
  reason: z.string().max(200),
  transport: z.string().max(8).optional(),
  /** Kind of address the far end is reached at; the address itself is not kept. `name`: one that DNS resolves. */
  network: z.enum(['loopback', 'private', 'shared', 'public', 'name']).optional(),
  media: LegMedia.optional(),
})
export type LegNote = z.infer<typeof LegNote>
