import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import type { Facts } from './facts.ts'
import type { Messages } from './messages.ts'
import { messageId } from './messages.ts'
import { keys } from './table.ts'
import type { Table, Write } from './table-client.ts'

/** A call that nobody ended in this time is dead, and so is its place in the counters, seconds. */
const callSecondsMax = 24 * 3_600
/** Records of different calls applied at once. */
const parallel = 8

export interface LiveCall {
  readonly callId: string
  readonly at: string
  readonly direction: string
  readonly from: string
  readonly to: string
}

/** What calls share with others: that they are up, what they changed, how they ended. Every record counts once, by its id. */
export class Calls {
  readonly #table: Table
  readonly #facts: Facts
  readonly #messages: Messages
  readonly #notified: (record: CallRecord) => Promise<void>
  readonly #now: () => number

  constructor(
    table: Table,
    facts: Facts,
    messages: Messages,
    notified: (record: CallRecord) => Promise<void>,
    now: () => number,
  ) {
    this.#table = table
    this.#facts = facts
    this.#messages = messages
    this.#notified = notified
    this.#now = now
  }

  /** Applies records; those of one call in their order. Safe to repeat, in whole or in part. */
  async share(records: readonly CallRecord[]): Promise<void> {
    const byCall = Map.groupBy(records, (record) => record.callId)
    const queues = [...byCall.values()]
    await Promise.all(
      Array.from({ length: Math.min(parallel, queues.length) }, async () => {
        for (let queue = queues.pop(); queue !== undefined; queue = queues.pop())
          for (const record of queue) await this.#apply(record)
      }),
    )
  }

  async #apply(record: CallRecord): Promise<void> {
    switch (record.kind) {
      case 'started':
        return this.#started(record)
      case 'ended':
        return this.#ended(record.accountId, record.cdr)
      case 'change':
        await this.#facts.change(record.accountId, record.id, record.fact, record.set)
        return
      case 'file-message':
        return this.#file(record)
      case 'notify':
        if (await this.#table.transact([this.#facts.once(record.accountId, record.id)])) await this.#notified(record)
        return
    }
  }

  async #started(record: Extract<CallRecord, { kind: 'started' }>): Promise<void> {
    const { accountId, callId, at, direction, from, to } = record
    await this.#ensureCounter(accountId)
    // A call whose end was applied first must not come up again.
    if ((await this.#table.get(keys.cdrOf(accountId, callId), 'CDR')) !== undefined) return
    await this.#table.transact([
      {
        Put: {
          TableName: this.#table.name,
          Item: {
            pk: keys.calls(accountId),
            sk: callId,
            call: { callId, at, direction, from, to },
            expiresAtEpochSeconds: Math.floor(this.#now() / 1_000) + callSecondsMax,
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      this.#count(accountId, 1),
    ])
  }

  #counterReady = new Set<string>()
  async #ensureCounter(accountId: string): Promise<void> {
    if (this.#counterReady.has(accountId)) return
    await this.#table.update({
      Key: { pk: keys.live(accountId), sk: `account#${singletonId}` },
      UpdateExpression: 'SET #value = if_not_exists(#value, :empty)',
      ExpressionAttributeNames: { '#value': 'value' },
      ExpressionAttributeValues: { ':empty': {} },
    })
    if (this.#counterReady.size > 10_000) this.#counterReady.clear()
    this.#counterReady.add(accountId)
  }

  #count(accountId: string, by: number): Write {
    return {
      Update: {
        TableName: this.#table.name,
        Key: { pk: keys.live(accountId), sk: `account#${singletonId}` },
        UpdateExpression: 'ADD #value.callsUp :by',
        ExpressionAttributeNames: { '#value': 'value' },
        ExpressionAttributeValues: { ':by': by },
      },
    }
  }

  /** The record of a call, once: the first to arrive stays. */
  async #ended(accountId: string, cdr: Cdr): Promise<void> {
    const TableName = this.#table.name
    const day = cdr.at.slice(0, 10)
    const record: Write[] = [
      {
        Put: {
          TableName,
          Item: { pk: keys.cdrOf(accountId, cdr.callId), sk: 'CDR', day, at: cdr.at },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      { Put: { TableName, Item: { pk: keys.cdrs(accountId, day), sk: `${cdr.at}#${cdr.callId}`, cdr } } },
    ]
    const wasUp: Write = {
      Delete: {
        TableName,
        Key: { pk: keys.calls(accountId), sk: cdr.callId },
        ConditionExpression: 'attribute_exists(pk)',
      },
    }
    if (await this.#table.transact([...record, wasUp, this.#count(accountId, -1)])) return
    // It never came up in the table, or its record is there: then only the record, or nothing, is left to write.
    await this.#table.transact(record)
  }

  async #file(record: Extract<CallRecord, { kind: 'file-message' }>): Promise<void> {
    const { accountId, boxId, act, objectKey } = record
    if (act === 'discard')
      return objectKey === undefined ? undefined : this.#messages.discard(accountId, boxId, objectKey)
    // `commit` is the arrival of the object, which makes the message whoever tells of it first.
    if (act === 'commit') return
    const id = record.messageId ?? (objectKey === undefined ? undefined : messageId(objectKey))
    if (id === undefined || (await this.#messages.get(accountId, boxId, id)) === undefined) return
    await this.#messages.move(accountId, boxId, id, act === 'save' ? 'saved' : 'deleted')
  }

  async up(accountId: string): Promise<LiveCall[]> {
    const items = await this.#table.queryAll(keys.calls(accountId), {}, 1_000)
    return items.map((item) => item.call as LiveCall)
  }

  /** Sets the counter to what is really up: after a crash, or when calls expired. */
  async recount(accountId: string): Promise<void> {
    const up = await this.up(accountId)
    await this.#ensureCounter(accountId)
    await this.#table.update({
      Key: { pk: keys.live(accountId), sk: `account#${singletonId}` },
      UpdateExpression: 'SET #value.callsUp = :count',
      ExpressionAttributeNames: { '#value': 'value' },
      ExpressionAttributeValues: { ':count': up.length },
    })
  }
}
