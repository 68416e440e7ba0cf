import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Reference } from '@offhook/shared/api/references.ts'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { SavedKind } from '@offhook/shared/model/document.ts'
import { Accounts } from './accounts.ts'
import { Audit } from './audit.ts'
import { Bindings } from './bindings.ts'
import { CallLegs } from './call-legs.ts'
import { Calls } from './calls.ts'
import { CarrierPasswords } from './carrier-passwords.ts'
import { Cdrs } from './cdrs.ts'
import { Credentials } from './credentials.ts'
import { Documents } from './documents.ts'
import { Drafts } from './drafts.ts'
import { Errands } from './errands.ts'
import { Extensions } from './extensions.ts'
import { Facts } from './facts.ts'
import { Lamps, type MailChange } from './lamps.ts'
import { Messages } from './messages.ts'
import { Numbers } from './numbers.ts'
import type { ObjectStore } from './objects/object-store.ts'
import { Outbox } from './outbox.ts'
import { People } from './people.ts'
import { Provisioning } from './provisioning.ts'
import { findReferences, findReferencesByTarget } from './references.ts'
import { Sweeper } from './sweep.ts'
import { Table } from './table-client.ts'

export interface StoreOptions {
  readonly client: DynamoDBClient
  readonly tableName: string
  /**
   * Where long documents lie, recordings of messages that are deleted, and errands of calls. Without it documents end at 300 kB, what is
   * recorded by phone is not filed as media, and no message is forwarded.
   */
  readonly objects?: ObjectStore
  readonly now?: () => number
  /** Somebody is to be told: mail on AWS and on one machine. Called at least once a record. */
  readonly onNotify?: (record: CallRecord) => Promise<void>
  /** What phones show of voicemail may have changed; called after it has, and must not throw. */
  readonly onMail?: (change: MailChange) => void
  /** Somebody saved documents of these kinds, here; must not throw. What other processes save nobody is told of. */
  readonly onSaved?: (accountId: string, kinds: ReadonlySet<SavedKind>) => void
  /** The outbox of an account has something new in it; must not throw. */
  readonly onToTell?: (accountId: string) => void
}

/** All access patterns over one table. */
export interface Store {
  /** For what is written in the transaction of a save. */
  readonly table: Table
  readonly accounts: Accounts
  readonly documents: Documents
  readonly drafts: Drafts
  readonly extensions: Extensions
  readonly credentials: Credentials
  readonly numbers: Numbers
  readonly facts: Facts
  readonly calls: Calls
  readonly outbox: Outbox
  readonly carrierPasswords: CarrierPasswords
  readonly cdrs: Cdrs
  readonly legs: CallLegs
  readonly messages: Messages
  readonly lamps: Lamps
  readonly bindings: Bindings
  readonly people: People
  readonly provisioning: Provisioning
  readonly audit: Audit
  /** What refers to a document, to be shown before it is deleted; at most 200. */
  references(accountId: string, kind: SavedKind, id: string): Promise<Reference[]>
  /** The same for all documents of a kind, by their ids. */
  referencesByTarget(accountId: string, kind: SavedKind): Promise<ReadonlyMap<string, readonly Reference[]>>
  /** Deletes expired items in bounded steps, on engines that do not; answers with how many. Reads never show them anyhow. */
  sweep(): Promise<number>
}

export function createStore(options: StoreOptions): Store {
  const { client, tableName, objects, now = Date.now } = options
  const { onNotify = async () => {}, onMail = () => {}, onToTell = () => undefined } = options
  const table = new Table(client, tableName, now)
  const documents = new Documents(table, objects, now, options.onSaved)
  const isOldestFirst = async (accountId: string, boxId: string) =>
    (await documents.get(accountId, 'voicemail-box', boxId))?.document.oldestFirst ?? false
  const messages = new Messages(table, objects, isOldestFirst, onMail)
  const facts = new Facts(table, messages, now)
  const cdrs = new Cdrs(table)
  const outbox = new Outbox(table)
  const sweeper = new Sweeper(table, objects)
  return {
    table,
    accounts: new Accounts(table, now),
    documents,
    drafts: new Drafts(table),
    extensions: new Extensions(documents),
    credentials: new Credentials(table),
    numbers: new Numbers(table),
    facts,
    calls: new Calls({
      table,
      cdrs,
      facts,
      messages,
      errands: new Errands(objects),
      outbox,
      onNotify,
      onMail,
      onToTell,
      now,
    }),
    outbox,
    carrierPasswords: new CarrierPasswords(table, (accountId) => options.onSaved?.(accountId, new Set(['carrier']))),
    cdrs,
    legs: new CallLegs(table),
    messages,
    lamps: new Lamps(table, documents),
    bindings: new Bindings(table),
    people: new People(table, now),
    provisioning: new Provisioning(table, now),
    audit: new Audit(table, now),
    references: (accountId, kind, id) => findReferences(documents, accountId, kind, id),
    referencesByTarget: (accountId, kind) => findReferencesByTarget(documents, accountId, kind),
    sweep: () => sweeper.sweep(),
  }
}
