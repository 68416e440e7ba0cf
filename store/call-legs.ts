import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { LegNote, notedLegsMax } from '@offhook/shared/model/leg-note.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'
import type { Table } from './table-client.ts'

/** Parts that are read of one call; it has one or two, and a few more where legs came and went. */
const partsMax = 100

const LegsItem = z.object({ legs: z.array(LegNote).max(notedLegsMax) })
export const legsItem = entity(LegsItem, accountTemplates.legs)

const placeOf = ({ role, startedAt }: LegNote): string => `${role === 'caller' ? 0 : 1}${startedAt}`

/** Legs of calls, beside their records and kept as long as those: for ever. */
export class CallLegs {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Writes what was noted; a part told twice is written twice, the same. */
  async put(records: readonly Extract<CallRecord, { kind: 'legs' }>[]): Promise<void> {
    const items = records.map(({ accountId, callId, part, legs }) =>
      legsItem.item({ accountId, callId, part }, { legs }),
    )
    // One request must not name an item twice.
    const distinct = [...new Map(items.map((item) => [`${item.pk}\n${item.sk}`, item])).values()]
    if (distinct.length > 0) await this.#table.writeMany(distinct, [])
  }

  /** Of one call, at most 50: callers first, then as they were rung. Those of a process that died are not among them. */
  async of(accountId: string, callId: string): Promise<LegNote[]> {
    const page = await this.#table.query(legsItem, { accountId, callId }, { prefix: 'LEGS#', limit: partsMax })
    return page.items
      .flatMap(({ legs }) => legs)
      .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
      .slice(0, notedLegsMax)
  }
}
