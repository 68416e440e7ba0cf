import { randomUUID } from 'node:crypto'
import { AuditEntry } from '@offhook/shared/model/audit-entry.ts'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'
import type { Page, Table } from './table-client.ts'

export const auditEntry = entity(AuditEntry, accountTemplates.audit)

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
    entry: Omit<AuditEntry, 'id' | 'at' | 'summary'> & { readonly summary?: string },
  ): Promise<void> {
    const at = new Date(this.#now()).toISOString()
    const parsed = AuditEntry.parse({ ...entry, id: randomUUID(), at, summary: entry.summary?.slice(0, 512) ?? '' })
    await this.#table.put(auditEntry.item({ accountId, at, id: parsed.id }, parsed))
  }

  /** Newest first, at most 200 a page. */
  async list(accountId: string, page: { cursor?: string | undefined; limit?: number } = {}): Promise<Page<AuditEntry>> {
    return this.#table.query(
      auditEntry,
      { accountId },
      { newestFirst: true, limit: Math.min(page.limit ?? 50, 200), cursor: page.cursor },
    )
  }
}
