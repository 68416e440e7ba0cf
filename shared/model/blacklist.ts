import * as z from 'zod'
import { Id, Name } from './id.ts'

/** Callers to refuse, once the list is active in the account (R-172…R-177). Numbers are compared normalised. */
export const Blacklist = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  numbers: z
    .array(z.object({ number: z.string().trim().min(2).max(36), note: z.string().max(128).optional() }))
    .max(5_000)
    .default([]),
  /** Caller names, compared without case. */
  names: z.array(z.string().trim().min(1).max(64)).max(500).default([]),
  blockAnonymous: z.boolean().default(false).meta({ title: 'Block anonymous callers' }),
})
export type Blacklist = z.infer<typeof Blacklist>
