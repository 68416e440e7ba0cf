import type { AccountHead } from './accounts.ts'
import { Calls } from './calls.ts'
import { Cdrs } from './cdrs.ts'
import { Errands } from './errands.ts'
import { Facts } from './facts.ts'
import { head } from './head.ts'
import { Messages } from './messages.ts'
import { Numbers } from './numbers.ts'
import { Outbox } from './outbox.ts'
import type { StoreOptions } from './store.ts'
import { Table } from './table-client.ts'
import { Versions } from './versions.ts'

/** What calls read and write, and no more. */
export interface CallStore {
  readonly accounts: { head(accountId: string): Promise<AccountHead | undefined> }
  readonly numbers: Numbers
  readonly documents: Pick<Versions, 'fetch'>
  readonly facts: Facts
  readonly calls: Calls
}

/** The store of a function that answers calls: without what administrators need, it starts sooner. */
export function createCallStore({
  client,
  tableName,
  objects,
  now = Date.now,
  onNotify = async () => {},
  onMail = () => {},
  onToTell = () => undefined,
}: StoreOptions): CallStore {
  const table = new Table(client, tableName, now)
  const versions = new Versions(table, objects)
  const isOldestFirst = async (accountId: string, boxId: string) =>
    (await versions.latest(accountId, 'voicemail-box', boxId))?.document.oldestFirst ?? false
  const messages = new Messages(table, objects, isOldestFirst, onMail)
  const facts = new Facts(table, messages, now)
  return {
    accounts: { head: (accountId) => table.get(head, { accountId }, { consistent: true }) },
    numbers: new Numbers(table),
    documents: versions,
    facts,
    calls: new Calls({
      table,
      cdrs: new Cdrs(table),
      facts,
      messages,
      errands: new Errands(objects),
      onNotify,
      onMail,
      outbox: new Outbox(table),
      onToTell,
      now,
    }),
  }
}
