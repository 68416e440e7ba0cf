import * as z from 'zod'
import { Id, Name, ref } from './id.ts'

const ConferencePin = z.string().regex(/^\d{3,16}$/)

/** A bridge (R-163…R-171). */
export const Conference = z.object({
  id: Id,
  name: Name,
  ownerId: ref('user', 'Assigned to').optional(),
  numbers: z
    .array(z.string().regex(/^\d{1,16}$/))
    .max(10)
    .default([]),
  pins: z.array(ConferencePin).max(20).default([]),
  moderatorPins: z.array(ConferencePin).max(20).default([]),
  entryTone: z.boolean().default(true),
  exitTone: z.boolean().default(false),
  joinMuted: z.boolean().default(false),
  joinDeaf: z.boolean().default(false),
  waitForModerator: z.boolean().default(false),
  membersMax: z.int().min(2).max(250).default(50),
})
export type Conference = z.infer<typeof Conference>
