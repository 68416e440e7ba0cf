import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import type * as z from 'zod'
import { type Bounds, cursorOf, readCursor } from './cursor.ts'
import type { Entity, Item, Key, Params } from './entity.ts'
import { type Templates, tableDescription } from './table.ts'
import { backOff, patiently, type Refusal, refusalOf, type Write } from './transaction.ts'

export type { Write } from './transaction.ts'

export interface Page<T> {
  readonly items: T[]
  /** Absent on the last page. */
  readonly cursor?: string
}

/** Bounds are of sort keys, `to` included. */
export interface QueryOptions extends Bounds {
  readonly newestFirst?: boolean
  readonly limit?: number
  readonly cursor?: string | undefined
  readonly consistent?: boolean
}

export interface UpdateOptions {
  readonly set: string
  readonly names?: Readonly<Record<string, string>>
  readonly values?: Readonly<Record<string, unknown>>
  readonly condition?: string
}

const batchGetMax = 100
const batchWriteMax = 25
const pageMax = 1_000
/** Rounds of asking again for what a batch left over. */
const leftoverRounds = 8

/** The few verbs this product uses of DynamoDB. Every item read is parsed, expired ones are never answered, every page is bounded. */
export class Table {
  readonly name: string
  readonly #client: DynamoDBDocumentClient
  readonly #now: () => number

  constructor(client: DynamoDBClient, name: string, now: () => number = Date.now) {
    this.name = name
    // Without a logger to log to, it still goes through every item that comes and goes, a tenth of the work.
    client.middlewareStack.remove('loggerMiddleware')
    this.#client = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
    this.#now = now
  }

  /** The store's clock. */
  get nowMs(): number {
    return this.#now()
  }

  /** TTL of something that is to be forgotten after `seconds`. */
  expiry(seconds: number): number {
    return Math.floor(this.#now() / 1_000) + seconds
  }

  #isAlive(item: Readonly<Record<string, unknown>>): boolean {
    const expiry = item.expiresAtEpochSeconds
    return typeof expiry !== 'number' || expiry * 1_000 > this.#now()
  }

  async get<S extends z.ZodType, T extends Templates>(
    entity: Entity<S, T>,
    params: Params<T['pk'] | T['sk']>,
    options: { readonly consistent?: boolean } = {},
  ): Promise<z.output<S> | undefined> {
    const { Item: item } = await this.#client.send(
      new GetCommand({ TableName: this.name, Key: entity.key(params), ConsistentRead: options.consistent ?? false }),
    )
    return item === undefined || !this.#isAlive(item) ? undefined : entity.parse(item as Item)
  }

  /** One answer for each key, in their order. One request up to 100 different keys. */
  async getMany<S extends z.ZodType, T extends Templates>(
    entity: Entity<S, T>,
    wanted: readonly Params<T['pk'] | T['sk']>[],
    options: { readonly consistent?: boolean } = {},
  ): Promise<(z.output<S> | undefined)[]> {
    const keys = wanted.map((params) => entity.key(params))
    const nameOf = ({ pk, sk }: Key) => `${pk}\n${sk}`
    const distinct = [...new Map(keys.map((key) => [nameOf(key), key])).values()]
    const found = new Map<string, Item>()
    for (let start = 0; start < distinct.length; start += batchGetMax)
      for (const item of await this.#batchGet(distinct.slice(start, start + batchGetMax), options.consistent ?? false))
        found.set(nameOf(item), item)
    return keys.map((key) => {
      const item = found.get(nameOf(key))
      return item === undefined ? undefined : entity.parse(item)
    })
  }

  async #batchGet(keys: Key[], consistent: boolean): Promise<Item[]> {
    const found: Item[] = []
    let left: Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }))
    for (let round = 0; left.length > 0; round += 1) {
      if (round === leftoverRounds) throw new Error('the table did not answer a batch')
      if (round > 0) await backOff(round)
      const answer = await this.#client.send(
        new BatchGetCommand({ RequestItems: { [this.name]: { Keys: left, ConsistentRead: consistent } } }),
      )
      for (const item of answer.Responses?.[this.name] ?? []) if (this.#isAlive(item)) found.push(item as Item)
      left = answer.UnprocessedKeys?.[this.name]?.Keys ?? []
    }
    return found
  }

  /** One page of a partition, at most 1,000 items. Throws bad-cursor (400) for a cursor that was not given out here. */
  async query<S extends z.ZodType, T extends Templates>(
    entity: Entity<S, T>,
    params: Params<T['pk']>,
    options: QueryOptions = {},
  ): Promise<Page<z.output<S>>> {
    const pk = entity.partition(params)
    const start = options.cursor === undefined ? undefined : readCursor(options.cursor, options)
    const { items, last } = await this.#page(
      'pk',
      'sk',
      pk,
      options,
      start === undefined ? undefined : { pk, sk: start },
    )
    const cursor = last === undefined ? {} : { cursor: cursorOf(String(last.sk)) }
    return { items: items.map((item) => entity.parse(item)), ...cursor }
  }

  /** All of a partition, `max` at the most. */
  async queryAll<S extends z.ZodType, T extends Templates>(
    entity: Entity<S, T>,
    params: Params<T['pk']>,
    options: QueryOptions,
    max: number,
  ): Promise<z.output<S>[]> {
    const found: z.output<S>[] = []
    let cursor: string | undefined
    do {
      const page: Page<z.output<S>> = await this.query(entity, params, {
        ...options,
        limit: Math.min(pageMax, max - found.length),
        cursor,
      })
      found.push(...page.items)
      cursor = page.cursor
    } while (cursor !== undefined && found.length < max)
    return found
  }

  /** Walks a partition of the index, page by page; the reader stops when it has enough. */
  async *walkIndex<S extends z.ZodType, T extends Templates>(
    entity: Entity<S, T>,
    params: Params<T['gsi1pk']>,
    options: Omit<QueryOptions, 'cursor' | 'consistent'> = {},
  ): AsyncGenerator<z.output<S>> {
    let start: Record<string, unknown> | undefined
    do {
      const page = await this.#page('gsi1pk', 'gsi1sk', entity.indexPartition(params), options, start)
      for (const item of page.items) yield entity.parse(item)
      start = page.last
    } while (start !== undefined)
  }

  async #page(
    pkName: 'pk' | 'gsi1pk',
    skName: 'sk' | 'gsi1sk',
    partition: string,
    { from, to, prefix, newestFirst = false, limit = 100, consistent = false }: QueryOptions,
    start: Record<string, unknown> | undefined,
  ): Promise<{ readonly items: Item[]; readonly last: Record<string, unknown> | undefined }> {
    const hasRange = from !== undefined || to !== undefined
    const range =
      prefix !== undefined ? ' AND begins_with(#sk, :prefix)' : hasRange ? ' AND #sk BETWEEN :from AND :to' : ''
    const { Items = [], LastEvaluatedKey } = await this.#client.send(
      new QueryCommand({
        TableName: this.name,
        ...(pkName === 'pk' ? { ConsistentRead: consistent } : { IndexName: tableDescription.indexes[0].name }),
        KeyConditionExpression: `#pk = :pk${range}`,
        ExpressionAttributeNames: { '#pk': pkName, ...(range === '' ? {} : { '#sk': skName }) },
        ExpressionAttributeValues: {
          ':pk': partition,
          ...(prefix !== undefined ? { ':prefix': prefix } : {}),
          ...(prefix === undefined && hasRange ? { ':from': from ?? ' ', ':to': to ?? '\uffff' } : {}),
        },
        ScanIndexForward: !newestFirst,
        Limit: Math.max(1, Math.min(limit, pageMax)),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    )
    return { items: Items.filter((item) => this.#isAlive(item)) as Item[], last: LastEvaluatedKey }
  }

  /** Writes an item; false when `condition` does not hold. */
  async put(item: Item, condition?: string, values?: Readonly<Record<string, unknown>>): Promise<boolean> {
    return this.#conditionally(() =>
      this.#client.send(
        new PutCommand({
          TableName: this.name,
          Item: item,
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
          ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
        }),
      ),
    )
  }

  /** Changes an item in place, making it where it is missing; false when `condition` does not hold. */
  async update(key: Key, options: UpdateOptions): Promise<boolean> {
    return this.#conditionally(() => this.#client.send(new UpdateCommand(this.#updateOf(key, options))))
  }

  async writeMany(puts: readonly Item[], removals: readonly Key[]): Promise<void> {
    const requests = [
      ...puts.map((item) => ({ PutRequest: { Item: item } })),
      ...removals.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
    ]
    for (let start = 0; start < requests.length; start += batchWriteMax) {
      let left: Record<string, unknown>[] = requests.slice(start, start + batchWriteMax)
      for (let round = 0; left.length > 0; round += 1) {
        if (round === leftoverRounds) throw new Error('the table did not take a batch')
        if (round > 0) await backOff(round)
        const answer = await this.#client.send(new BatchWriteCommand({ RequestItems: { [this.name]: left } }))
        left = answer.UnprocessedItems?.[this.name] ?? []
      }
    }
  }

  /** Condition for changing or deleting what has expired, and has not been renewed since it was read. */
  get expired(): { readonly condition: string; readonly values: Readonly<Record<string, unknown>> } {
    return { condition: 'expiresAtEpochSeconds <= :now', values: { ':now': this.expiry(0) } }
  }

  /** False when it has been renewed meanwhile. */
  async removeExpired({ pk, sk }: Key): Promise<boolean> {
    const { condition, values } = this.expired
    return this.#conditionally(() =>
      this.#client.send(
        new DeleteCommand({
          TableName: this.name,
          Key: { pk, sk },
          ConditionExpression: condition,
          ExpressionAttributeValues: { ...values },
        }),
      ),
    )
  }

  /** Some items of the whole table that have expired, with their keys. For `sweep` alone: no access pattern scans. */
  async scanExpired(
    start: Key | undefined,
    limit: number,
  ): Promise<{ readonly items: Item[]; readonly next: Key | undefined }> {
    const { Items = [], LastEvaluatedKey } = await this.#client.send(
      new ScanCommand({
        TableName: this.name,
        Limit: limit,
        FilterExpression: this.expired.condition,
        ExpressionAttributeValues: { ...this.expired.values },
        ...(start === undefined ? {} : { ExclusiveStartKey: { ...start } }),
      }),
    )
    return { items: Items as Item[], next: LastEvaluatedKey as Key | undefined }
  }

  #updateOf(
    key: Key,
    { set, names, values, condition }: UpdateOptions,
  ): UpdateCommandInput & { UpdateExpression: string } {
    return {
      TableName: this.name,
      Key: { pk: key.pk, sk: key.sk },
      UpdateExpression: set,
      ...(names === undefined ? {} : { ExpressionAttributeNames: { ...names } }),
      ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
    }
  }

  putting(
    item: Item,
    options: {
      readonly condition?: string
      readonly values?: Readonly<Record<string, unknown>>
      readonly refused?: Write['refused']
    } = {},
  ): Write {
    const { condition, values, refused } = options
    return {
      action: {
        Put: {
          TableName: this.name,
          Item: item,
          ...(condition === undefined
            ? {}
            : { ConditionExpression: condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
          ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
        },
      },
      ...(refused === undefined ? {} : { refused }),
    }
  }

  updating(key: Key, options: UpdateOptions & { readonly refused?: Write['refused'] }): Write {
    return {
      action: { Update: { ...this.#updateOf(key, options), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
      ...(options.refused === undefined ? {} : { refused: options.refused }),
    }
  }

  /** The transaction only happens while there is no such item. */
  absent({ pk, sk }: Key): Write {
    return {
      action: {
        ConditionCheck: {
          TableName: this.name,
          Key: { pk, sk },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
    }
  }

  deleting({ pk, sk }: Key, condition?: string, values?: Readonly<Record<string, unknown>>): Write {
    return {
      action: {
        Delete: {
          TableName: this.name,
          Key: { pk, sk },
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
          ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
        },
      },
    }
  }

  /** All of it or nothing: answers with the first write whose condition did not hold, nothing when all is written. */
  async transact(writes: readonly Write[]): Promise<Refusal | undefined> {
    const TransactItems = writes.map(({ action }) => action)
    try {
      await patiently(() => this.#client.send(new TransactWriteCommand({ TransactItems })))
      return undefined
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) throw error
      return refusal
    }
  }

  async #conditionally(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await patiently(write)
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
  }
}
