import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'

export type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string }
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/** Items of one transaction and of one batch, by the service's rules. */
export const transactionMax = 100
const batchGetMax = 100
const batchWriteMax = 25
/** Rounds of asking again for what a batch left over. */
const leftoverRounds = 8

export interface QueryOptions {
  readonly from?: string
  readonly to?: string
  readonly prefix?: string
  readonly newestFirst?: boolean
  readonly limit?: number
  readonly cursor?: string | undefined
  readonly index?: 'byAccount'
}

export interface Page<T> {
  readonly items: T[]
  readonly cursor?: string
}

const isConditionFailure = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException ||
  (error instanceof TransactionCanceledException &&
    error.CancellationReasons?.some((reason) => reason.Code === 'ConditionalCheckFailed') === true)
const isConflict = (error: unknown): boolean =>
  error instanceof TransactionCanceledException &&
  error.CancellationReasons?.some((reason) => reason.Code === 'TransactionConflict') === true

/** The table's few verbs. Expired items are never answered; every page is bounded. */
export class Table {
  readonly name: string
  readonly #client: DynamoDBDocumentClient
  readonly #now: () => number

  constructor(client: DynamoDBClient, name: string, now: () => number = Date.now) {
    this.name = name
    this.#client = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
    this.#now = now
  }

  #alive<T extends Record<string, unknown>>(item: T | undefined): T | undefined {
    const expiry = item?.expiresAtEpochSeconds
    return typeof expiry === 'number' && expiry * 1_000 <= this.#now() ? undefined : item
  }

  async get(pk: string, sk: string, consistent = false): Promise<Item | undefined> {
    const { Item: item } = await this.#client.send(
      new GetCommand({ TableName: this.name, Key: { pk, sk }, ConsistentRead: consistent }),
    )
    return this.#alive(item) as Item | undefined
  }

  async getMany(wanted: readonly { readonly pk: string; readonly sk: string }[]): Promise<Item[]> {
    const found: Item[] = []
    for (let start = 0; start < wanted.length; start += batchGetMax) {
      let keys: Record<string, unknown>[] | undefined = wanted
        .slice(start, start + batchGetMax)
        .map(({ pk, sk }) => ({ pk, sk }))
      for (let round = 0; keys !== undefined && keys.length > 0 && round < leftoverRounds; round += 1) {
        const answer: {
          Responses?: Record<string, Record<string, unknown>[]> | undefined
          UnprocessedKeys?: Record<string, { Keys?: Record<string, unknown>[] | undefined }> | undefined
        } = await this.#client.send(new BatchGetCommand({ RequestItems: { [this.name]: { Keys: keys } } }))
        for (const item of answer.Responses?.[this.name] ?? [])
          if (this.#alive(item) !== undefined) found.push(item as Item)
        keys = answer.UnprocessedKeys?.[this.name]?.Keys
      }
    }
    return found
  }

  async query(
    pk: string,
    { from, to, prefix, newestFirst = false, limit = 100, cursor, index }: QueryOptions = {},
  ): Promise<Page<Item>> {
    const [pkName, skName] = index === undefined ? ['pk', 'sk'] : ['gsi1pk', 'gsi1sk']
    const range =
      prefix !== undefined
        ? ' AND begins_with(#sk, :prefix)'
        : from !== undefined || to !== undefined
          ? ' AND #sk BETWEEN :from AND :to'
          : ''
    const { Items = [], LastEvaluatedKey } = await this.#client.send(
      new QueryCommand({
        TableName: this.name,
        ...(index === undefined ? {} : { IndexName: index }),
        KeyConditionExpression: `#pk = :pk${range}`,
        ExpressionAttributeNames: { '#pk': pkName, ...(range === '' ? {} : { '#sk': skName }) },
        ExpressionAttributeValues: {
          ':pk': pk,
          ...(prefix !== undefined
            ? { ':prefix': prefix }
            : range === ''
              ? {}
              : { ':from': from ?? ' ', ':to': to ?? '\uffff' }),
        },
        ScanIndexForward: !newestFirst,
        Limit: Math.min(limit, 1_000),
        ...(cursor === undefined ? {} : { ExclusiveStartKey: readCursor(cursor, pk, pkName) }),
      }),
    )
    const items = Items.filter((item) => this.#alive(item) !== undefined) as Item[]
    return {
      items,
      ...(LastEvaluatedKey === undefined
        ? {}
        : { cursor: Buffer.from(JSON.stringify(LastEvaluatedKey)).toString('base64url') }),
    }
  }

  /** All items of a query, `max` at the most. */
  async queryAll(pk: string, options: QueryOptions, max: number): Promise<Item[]> {
    const items: Item[] = []
    let cursor: string | undefined
    do {
      const page: Page<Item> = await this.query(pk, { ...options, limit: Math.min(1_000, max - items.length), cursor })
      items.push(...page.items)
      cursor = page.cursor
    } while (cursor !== undefined && items.length < max)
    return items
  }

  /** Writes an item under a condition; false when the condition does not hold. */
  async put(item: Item, condition?: string, values?: Record<string, unknown>): Promise<boolean> {
    return this.#conditionally(() =>
      this.#client.send(
        new PutCommand({
          TableName: this.name,
          Item: item,
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
          ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
        }),
      ),
    )
  }

  async update(input: Omit<UpdateCommandInput, 'TableName'>): Promise<Record<string, unknown> | undefined> {
    let attributes: Record<string, unknown> | undefined
    const done = await this.#conditionally(async () => {
      attributes = (await this.#client.send(new UpdateCommand({ ...input, TableName: this.name }))).Attributes
    })
    return done ? (attributes ?? {}) : undefined
  }

  async remove(pk: string, sk: string): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.name, Key: { pk, sk } }))
  }

  async writeMany(
    puts: readonly Item[],
    removals: readonly { readonly pk: string; readonly sk: string }[],
  ): Promise<void> {
    const requests = [
      ...puts.map((Item) => ({ PutRequest: { Item } })),
      ...removals.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
    ]
    for (let start = 0; start < requests.length; start += batchWriteMax) {
      let left: typeof requests | undefined = requests.slice(start, start + batchWriteMax)
      for (let round = 0; left !== undefined && left.length > 0 && round < leftoverRounds; round += 1) {
        const answer = await this.#client.send(new BatchWriteCommand({ RequestItems: { [this.name]: left } }))
        left = answer.UnprocessedItems?.[this.name] as typeof requests | undefined
      }
      if (left !== undefined && left.length > 0) throw new Error('the table did not take a batch')
    }
  }

  /** All of it or nothing; false when a condition does not hold. A conflict with another transaction is tried again a few times. */
  async transact(writes: readonly Write[]): Promise<boolean> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#conditionally(() =>
          this.#client.send(new TransactWriteCommand({ TransactItems: [...writes] })),
        )
      } catch (error) {
        if (!isConflict(error) || tries >= 5) throw error
        await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** tries))
      }
    }
  }

  async #conditionally(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write()
      return true
    } catch (error) {
      if (isConditionFailure(error)) return false
      throw error
    }
  }
}

export type { AttributeValue }

/** A cursor is data from outside: it only ever continues inside the partition that was asked for. */
function readCursor(cursor: string, pk: string, pkName: string): Record<string, unknown> {
  try {
    const key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Record<string, unknown>
    if (key[pkName] === pk) return key
  } catch {
    // Falls through to the same answer as a foreign one.
  }
  return { pk: '-', sk: '-', ...(pkName === 'pk' ? { pk } : { [pkName]: pk, gsi1sk: '-' }) }
}
