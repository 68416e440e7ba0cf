import * as z from 'zod'
import { Id, Name, ref } from './id.ts'

/** A greeting and how keys are taken (R-080…R-084). What each key does is drawn in the callflow. */
export const Menu = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  greeting: ref('media', 'Greeting').optional(),
  /** Times the greeting is played before the default branch (D7: 1 by default, 3 recommended). */
  attempts: z.int().min(1).max(10).default(1).meta({ title: 'Attempts' }),
  keyTimeoutMs: z.int().min(500).max(60_000).default(10_000).meta({ title: 'Wait for a key', unit: 'ms' }),
  nextKeyTimeoutMs: z.int().min(500).max(10_000).default(2_000).meta({ title: 'Wait for the next key', unit: 'ms' }),
  dialExtensions: z.boolean().default(false).meta({ title: 'Callers may dial extensions' }),
  extensionDigitsMax: z.int().min(1).max(7).default(4).meta({ title: 'Longest extension' }),
  /** Linear-time regular expressions on the dialled extension; empty: all. */
  allow: z.string().max(256).optional(),
  deny: z.string().max(256).optional(),
  recordPin: z
    .string()
    .regex(/^\d{3,6}$/)
    .optional()
    .meta({ title: 'PIN to record the greeting by phone' }),
  recordFromOutside: z.boolean().default(false),
  /** Played in place of the prompt, before a dialled extension is called, and when the tries are used up. */
  invalidMedia: ref('media', 'Instead of "invalid entry"').optional(),
  transferMedia: ref('media', 'Before a dialled extension').optional(),
  exitMedia: ref('media', 'When the tries are used up').optional(),
  suppressInvalid: z.boolean().default(false).meta({ title: 'Do not play "invalid entry"' }),
})
export type Menu = z.infer<typeof Menu>
