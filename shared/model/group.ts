import * as z from 'zod'
import { Id, Name, ref } from './id.ts'

export const GroupMember = z.object({
  kind: z.enum(['user', 'device', 'group']),
  id: Id,
  weight: z.int().min(1).max(100).default(20),
})

/** People and devices under one name, reusable in many ring groups. */
export const Group = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  members: z.array(GroupMember).max(200).default([]),
  holdMusic: ref('media', 'Music on hold').optional(),
})
export type Group = z.infer<typeof Group>
