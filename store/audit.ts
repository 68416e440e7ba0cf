import { randomUUID } from 'node:crypto'
import { AuditEntry } from '@offhook/shared/model/audit-entry.ts'
import { keys } from './table.ts'
import type { Page, Table } from './table-client.ts'

/** Who changed what, newest first. Saves write their own entry in their transaction; this is for everything else. */
export class Audit {
  readonly #table: Table
  readonly #now: () => number

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  async append(
    accountId: string,
    entry: Omit<AuditEntry, 'id' | 'at' | 'summary'> & { summary?: string },
  ): Promise<void> {
    const at = new Date(this.#now()).toISOString()
    const parsed = AuditEntry.parse({ ...entry, id: randomUUID(), at, summary: entry.summary?.slice(0, 512) ?? '' })
    await this.#table.put({ pk: keys.audit(accountId), sk: `${at}#${parsed.id}`, entry: parsed })
  }

  async list(accountId: string, page: { cursor?: string | undefined; limit?: number } = {}): Promise<Page<AuditEntry>> {
    const { items, cursor } = await this.#table.query(keys.audit(accountId), {
      newestFirst: true,
      limit: Math.min(page.limit ?? 50, 200),
      cursor: page.cursor,
    })
    return { items: items.map((item) => AuditEntry.parse(item.entry)), ...(cursor === undefined ? {} : { cursor }) }
  }
}
