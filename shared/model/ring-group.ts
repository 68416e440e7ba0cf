import * as z from 'zod'
import { Id, Name, ref } from './id.ts'

export const RingGroupMember = z.object({
  kind: z.enum(['user', 'device', 'group']),
  id: Id,
  delaySeconds: z.int().min(0).max(110).default(0).meta({ title: 'Delay', unit: 's' }),
  timeoutSeconds: z.int().min(1).max(120).default(20).meta({ title: 'Timeout', unit: 's' }),
  weight: z.int().min(1).max(100).default(20).meta({ title: 'Weight' }),
})
export type RingGroupMember = z.infer<typeof RingGroupMember>

/** Several users, devices and groups that ring (R-067…R-073). */
export const RingGroup = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  strategy: z.enum(['together', 'in-order', 'weighted']).default('together').meta({ title: 'Ring strategy' }),
  members: z.array(RingGroupMember).max(100).default([]),
  /** Bound on the whole ringing, seconds; absent: what the members ask for. */
  timeoutSeconds: z.int().min(1).max(600).optional().meta({ title: 'Ring for', unit: 's' }),
  repeats: z.int().min(1).max(10).default(1).meta({ title: 'Times to ring everybody' }),
  ringback: ref('media', 'What the caller hears').optional(),
  /** One decline ends the ringing of all. */
  stopOnDecline: z.boolean().default(false),
})
export type RingGroup = z.infer<typeof RingGroup>
