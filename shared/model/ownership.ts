import * as z from 'zod'
import { Id } from './id.ts'

/** Derived when saved: what belongs to a user. Its id is the user's. Lets a call find somebody's phones in one read. */
export const Ownership = z.object({
  id: Id,
  deviceIds: z.array(Id).max(100).default([]),
  voicemailBoxIds: z.array(Id).max(20).default([]),
})
export type Ownership = z.infer<typeof Ownership>
