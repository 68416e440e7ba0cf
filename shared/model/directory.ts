import * as z from 'zod'
import { Id, Name, ref } from './id.ts'

/** Dial-by-name (R-251…R-260). Each entry says where the caller goes, which may be somebody's assistant. */
export const Directory = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  entries: z
    .array(z.object({ userId: ref('user', 'User'), callflowId: ref('callflow', 'Destination callflow') }))
    .max(2_000)
    .default([]),
  searchBy: z.enum(['first', 'last', 'either']).default('either').meta({ title: 'Search by' }),
  sortBy: z.enum(['first', 'last']).default('last').meta({ title: 'Sort by' }),
  confirmMatch: z.boolean().default(true).meta({ title: 'Confirm match' }),
  digitsMin: z.int().min(1).max(10).default(3).meta({ title: 'Fewest digits' }),
  /** 0: as many as the caller likes, ended by a pause or #. */
  digitsMax: z.int().min(0).max(30).default(0).meta({ title: 'Most digits' }),
})
export type Directory = z.infer<typeof Directory>
