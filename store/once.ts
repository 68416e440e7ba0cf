import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'
import type { Table } from './table-client.ts'
import type { Write } from './transaction.ts'

/** What happened is known for this long; nothing is repeated later than that, seconds. */
const knownSeconds = 7 * 86_400

const done = entity(z.object({ id: z.string() }), accountTemplates.done)

/** The write that lets its transaction happen once, however often it is tried. */
export const once = (table: Table, accountId: string, id: string): Write =>
  table.putting(done.item({ accountId, id }, { id }, table.expiry(knownSeconds)), {
    condition: 'attribute_not_exists(pk)',
  })

export const happened = async (table: Table, accountId: string, id: string): Promise<boolean> =>
  (await table.get(done, { accountId, id }, { consistent: true })) !== undefined
