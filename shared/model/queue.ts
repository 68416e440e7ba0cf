import * as z from 'zod'
import { Id, Name, ref } from './id.ts'

/** Holds callers for agents (R-117…R-121). */
export const Queue = z.object({
  id: Id,
  name: Name,
  members: z.array(ref('user', 'Agent')).max(500).default([]),
  strategy: z.enum(['round-robin', 'most-idle']).default('round-robin'),
  callerTimeoutSeconds: z.int().min(0).max(86_400).default(3_600),
  agentRingSeconds: z.int().min(1).max(120).default(15),
  wrapUpSeconds: z.int().min(0).max(3_600).default(0),
  sizeMax: z.int().min(0).max(1_000).default(0),
  enterWhenEmpty: z.boolean().default(true),
  holdMusic: ref('media', 'Music on hold').optional(),
  record: z.boolean().default(false),
})
export type Queue = z.infer<typeof Queue>
