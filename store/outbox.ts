import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { toldText } from '@offhook/shared/callflow/told-of-call.ts'
import { SignedFor } from '@offhook/shared/callflow/vocabulary.ts'
import { Instant } from '@offhook/shared/model/id.ts'
import { WebUrl } from '@offhook/shared/model/web-url.ts'
import * as z from 'zod'
import { auditEntry } from './audit.ts'
import { entity } from './entity.ts'
import { once } from './once.ts'
import { accountTemplates } from './table.ts'
import type { Table } from './table-client.ts'

/** A URL that is still to be told of a call. */
export const ToTell = z.object({
  /** Of the record: what the URL knows it by. */
  id: z.string().max(128),
  callId: z.string().max(64),
  at: Instant,
  url: WebUrl,
  signedFor: SignedFor,
  /** JSON as text: the table keeps no order of fields, and what is signed must be the same each time. */
  text: z.string(),
  /** Times it was tried, and when it is tried again, ms since 1970. */
  tries: z.int().min(0),
  nextAtMs: z.number(),
})
export type ToTell = z.infer<typeof ToTell>

const toTell = entity(ToTell, accountTemplates.outbox)

/** What was not told in this time is not told any more, seconds. */
const keptSeconds = 86_400
/** Read at once. */
const listMax = 100

/** In the order of the times they are due, as text. */
const keyOf = (accountId: string, { nextAtMs, id }: Pick<ToTell, 'nextAtMs' | 'id'>) => ({
  accountId,
  dueMs: String(Math.floor(nextAtMs)).padStart(15, '0'),
  id,
})

/** What calls have to tell URLs: kept until it is told or given up, so that no process that dies takes it along. */
export class Outbox {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Once a record, however often it comes. */
  async add({
    accountId,
    id,
    callId,
    at,
    url,
    signedFor,
    body,
  }: Extract<CallRecord, { kind: 'tell-url' }>): Promise<void> {
    const text = toldText(id, body)
    const item = { id, callId, at, url, signedFor, text, tries: 0, nextAtMs: 0 }
    await this.#table.transact([
      once(this.#table, accountId, id),
      this.#table.putting(toTell.item(keyOf(accountId, item), item, this.#table.expiry(keptSeconds))),
    ])
  }

  /** Up to a hundred, what is due first at first. */
  async list(accountId: string): Promise<ToTell[]> {
    return (await this.#table.query(toTell, { accountId }, { limit: listMax, consistent: true })).items
  }

  async told(accountId: string, item: ToTell): Promise<void> {
    await this.#table.transact([this.#table.deleting(toTell.key(keyOf(accountId, item)))])
  }

  /** Did not work: another time. */
  async later(accountId: string, item: ToTell, nextAtMs: number): Promise<void> {
    const next = { ...item, tries: item.tries + 1, nextAtMs }
    await this.#table.transact([
      this.#table.deleting(toTell.key(keyOf(accountId, item))),
      this.#table.putting(toTell.item(keyOf(accountId, next), next, this.#table.expiry(keptSeconds))),
    ])
  }

  /** Is not tried again. The audit log says so once an hour for each module, not for each of its calls. */
  async giveUp(accountId: string, item: ToTell, at: string, why: string): Promise<void> {
    const { id, callId, signedFor } = item
    const name = `untold/${signedFor.callflowId ?? ''}/${signedFor.nodeId}/${at.slice(0, 13)}`
    const entry = {
      id: `untold-${id}`.slice(0, 64),
      at,
      by: 'system',
      act: 'webhook-failed' as const,
      kind: 'callflow',
      targetId: signedFor.callflowId ?? signedFor.nodeId,
      summary:
        `Webhook ${signedFor.nodeId} was given up, for call ${callId} and perhaps others of this hour: ${why}`.slice(
          0,
          512,
        ),
    }
    await this.#table.transact([
      once(this.#table, accountId, name),
      this.#table.putting(auditEntry.item({ accountId, at, id: entry.id }, entry)),
    ])
    await this.told(accountId, item)
  }
}
