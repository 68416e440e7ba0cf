import { createHash } from 'node:crypto'
import { type Folder, messageMinMs, VoicemailMessage } from '@offhook/shared/model/voicemail-box.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { keys } from './table.ts'
import type { Page, Table, Write } from './table-client.ts'

export interface Arrival {
  readonly boxId: string
  readonly callId: string
  readonly at: string
  readonly objectKey: string
  readonly durationMs: number
  readonly callerNumber?: string
  readonly callerName?: string
}

/** A message's id follows from its object, so that an arrival told twice is one message. */
export const messageId = (objectKey: string): string =>
  createHash('sha256').update(objectKey).digest('hex').slice(0, 32)

const counters = { new: 'newCount', saved: 'savedCount' } as const

/** Voicemail messages by box and folder, newest first; the box's counters change in the same transaction. */
export class Messages {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  #count(accountId: string, boxId: string, change: Partial<Record<'new' | 'saved', number>>): Write {
    const entries = Object.entries(change)
    return {
      Update: {
        TableName: this.#table.name,
        Key: { pk: keys.live(accountId), sk: `voicemail-box#${boxId}` },
        UpdateExpression: `ADD ${entries.map((_, index) => `#value.#f${index} :by${index}`).join(', ')}`,
        ExpressionAttributeNames: {
          '#value': 'value',
          ...Object.fromEntries(entries.map(([folder], index) => [`#f${index}`, counters[folder as 'new' | 'saved']])),
        },
        ExpressionAttributeValues: Object.fromEntries(entries.map(([, by], index) => [`:by${index}`, by])),
      },
    }
  }

  async #ensureCounters(accountId: string, boxId: string): Promise<void> {
    await this.#table.update({
      Key: { pk: keys.live(accountId), sk: `voicemail-box#${boxId}` },
      UpdateExpression: 'SET #value = if_not_exists(#value, :empty)',
      ExpressionAttributeNames: { '#value': 'value' },
      ExpressionAttributeValues: { ':empty': {} },
    })
  }

  /** A message came to be because its object did. True when it is new; repeated arrivals, and ones discarded before, change nothing. */
  async arrive(accountId: string, arrival: Arrival): Promise<boolean> {
    if (arrival.durationMs < messageMinMs) return false
    const message = VoicemailMessage.parse({ ...arrival, id: messageId(arrival.objectKey), folder: 'new' })
    await this.#ensureCounters(accountId, message.boxId)
    const pk = keys.box(accountId, message.boxId)
    const TableName = this.#table.name
    return this.#table.transact([
      {
        Put: {
          TableName,
          Item: { pk, sk: `OBJ#${message.id}`, at: message.at, folder: 'new' },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      { Put: { TableName, Item: { pk, sk: sortKey(message), message } } },
      this.#count(accountId, message.boxId, { new: 1 }),
    ])
  }

  /** Whether an object has become a message, or was discarded, already. */
  async has(accountId: string, boxId: string, objectKey: string): Promise<boolean> {
    return (await this.#table.get(keys.box(accountId, boxId), `OBJ#${messageId(objectKey)}`, true)) !== undefined
  }

  async get(accountId: string, boxId: string, id: string): Promise<VoicemailMessage | undefined> {
    const pk = keys.box(accountId, boxId)
    const mark = await this.#table.get(pk, `OBJ#${id}`, true)
    if (mark === undefined || mark.folder === 'gone') return undefined
    const item = await this.#table.get(pk, `MSG#${String(mark.folder)}#${String(mark.at)}#${id}`, true)
    return item === undefined ? undefined : VoicemailMessage.parse(item.message)
  }

  async list(
    accountId: string,
    boxId: string,
    folder: Folder,
    page: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<Page<VoicemailMessage>> {
    const { items, cursor } = await this.#table.query(keys.box(accountId, boxId), {
      prefix: `MSG#${folder}#`,
      newestFirst: true,
      limit: Math.min(page.limit ?? 50, 200),
      cursor: page.cursor,
    })
    return {
      items: items.map((item) => VoicemailMessage.parse(item.message)),
      ...(cursor === undefined ? {} : { cursor }),
    }
  }

  /** The n-th message of a folder in playing order, from 0. */
  async nth(accountId: string, boxId: string, folder: Folder, n: number): Promise<VoicemailMessage | undefined> {
    const { items } = await this.#table.query(keys.box(accountId, boxId), {
      prefix: `MSG#${folder}#`,
      newestFirst: true,
      limit: Math.min(n + 1, 200),
    })
    const item = items[n]
    return item === undefined ? undefined : VoicemailMessage.parse(item.message)
  }

  /** Moves a message; `gone` forgets it for good (its object is another's to delete). Moving twice is once. Throws message-not-found (404). */
  async move(accountId: string, boxId: string, id: string, to: Folder | 'gone'): Promise<VoicemailMessage | undefined> {
    const message = await this.get(accountId, boxId, id)
    if (message === undefined) {
      if (to === 'gone') return undefined
      throw new PbxError('message-not-found', { status: 404, message: 'There is no such message.' })
    }
    if (message.folder === to) return message
    await this.#ensureCounters(accountId, boxId)
    const pk = keys.box(accountId, boxId)
    const TableName = this.#table.name
    const moved = { ...message, folder: to === 'gone' ? ('deleted' as const) : to }
    const change = {
      ...(message.folder === 'deleted' ? {} : { [message.folder]: -1 }),
      ...(to === 'new' || to === 'saved' ? { [to]: 1 } : {}),
    }
    const done = await this.#table.transact([
      {
        Update: {
          TableName,
          Key: { pk, sk: `OBJ#${id}` },
          UpdateExpression: 'SET folder = :to',
          ConditionExpression: 'folder = :from',
          ExpressionAttributeValues: { ':to': to, ':from': message.folder },
        },
      },
      { Delete: { TableName, Key: { pk, sk: sortKey(message) } } },
      ...(to === 'gone' ? [] : [{ Put: { TableName, Item: { pk, sk: sortKey(moved), message: moved } } }]),
      ...(Object.keys(change).length === 0 ? [] : [this.#count(accountId, boxId, change)]),
    ])
    // Somebody else moved it first: their move stands.
    return done ? moved : this.get(accountId, boxId, id)
  }

  /** Nobody wants this recording, whether it has become a message already or does so later. */
  async discard(accountId: string, boxId: string, objectKey: string): Promise<void> {
    const id = messageId(objectKey)
    const marked = await this.#table.put(
      { pk: keys.box(accountId, boxId), sk: `OBJ#${id}`, at: '-', folder: 'gone' },
      'attribute_not_exists(pk)',
    )
    if (!marked) await this.move(accountId, boxId, id, 'gone')
  }
}

const sortKey = ({ folder, at, id }: VoicemailMessage): string => `MSG#${folder}#${at}#${id}`
