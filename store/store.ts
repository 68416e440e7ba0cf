import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { Accounts } from './accounts.ts'
import { Audit } from './audit.ts'
import { Bindings } from './bindings.ts'
import { Calls } from './calls.ts'
import { Cdrs } from './cdrs.ts'
import { Credentials } from './credentials.ts'
import { Documents } from './documents.ts'
import { Extensions } from './extensions.ts'
import { Facts } from './facts.ts'
import { Messages } from './messages.ts'
import { Numbers } from './numbers.ts'
import { People } from './people.ts'
import { Table } from './table-client.ts'

export interface StoreOptions {
  readonly client: DynamoDBClient
  readonly tableName: string
  readonly now?: () => number
  /** Somebody is to be told: mail on AWS and on one machine. Called once a record. */
  readonly onNotify?: (record: CallRecord) => Promise<void>
}

/** All access patterns over one table. */
export interface Store {
  readonly table: Table
  readonly accounts: Accounts
  readonly documents: Documents
  readonly extensions: Extensions
  readonly credentials: Credentials
  readonly numbers: Numbers
  readonly facts: Facts
  readonly calls: Calls
  readonly cdrs: Cdrs
  readonly messages: Messages
  readonly bindings: Bindings
  readonly people: People
  readonly audit: Audit
}

export function createStore({ client, tableName, now = Date.now, onNotify = async () => {} }: StoreOptions): Store {
  const table = new Table(client, tableName, now)
  const messages = new Messages(table)
  const facts = new Facts(table, messages, now)
  const documents = new Documents(table, now)
  const credentials = new Credentials(table)
  return {
    table,
    messages,
    facts,
    documents,
    credentials,
    accounts: new Accounts(table, now),
    extensions: new Extensions(documents, credentials),
    numbers: new Numbers(table),
    calls: new Calls(table, facts, messages, onNotify, now),
    cdrs: new Cdrs(table),
    bindings: new Bindings(table, now),
    people: new People(table, now),
    audit: new Audit(table, now),
  }
}
