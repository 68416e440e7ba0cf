import { randomUUID } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTable } from '../create-table.ts'
import { startEmbedded } from '../embedded/dynoxide.ts'
import { localClient } from '../embedded/local-client.ts'
import { createStore, type Store, type StoreOptions } from '../store.ts'

export interface TestEngine {
  readonly endpoint: string
  readonly client: DynamoDBClient
  /** A store on a table of its own. */
  store(options?: Partial<StoreOptions>): Promise<Store>
  stop(): Promise<void>
}

/** One engine in memory for a test file (DYNAMODB_ENDPOINT takes its place); a fresh table for each store asked for. */
export async function testEngine(): Promise<TestEngine> {
  const given = process.env.DYNAMODB_ENDPOINT
  const embedded = given === undefined ? await startEmbedded() : undefined
  const endpoint = embedded?.endpoint ?? given ?? ''
  const client = localClient(endpoint)
  return {
    endpoint,
    client,
    async store(options = {}) {
      const tableName = `test-${randomUUID()}`
      await createTable(client, tableName)
      return createStore({ client, tableName, ...options })
    },
    async stop() {
      client.destroy()
      await embedded?.stop()
    },
  }
}
