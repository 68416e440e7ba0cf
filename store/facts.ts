import { factKey } from '@offhook/shared/callflow/suspension.ts'
import { type FactKey, type FactOf, LiveFacts } from '@offhook/shared/callflow/vocabulary.ts'
import type { Folder } from '@offhook/shared/model/voicemail-box.ts'
import type { Messages } from './messages.ts'
import { keys } from './table.ts'
import type { Table, Write } from './table-client.ts'

/** A repeated change is known for this long; no turn is repeated later than that, seconds. */
const doneSeconds = 7 * 86_400

export interface Fact {
  readonly key: FactKey
  readonly value: Record<string, unknown>
}

/** Facts that change without a save: read in one batch, changed once however often the change is repeated. */
export class Facts {
  readonly #table: Table
  readonly #messages: Messages
  readonly #now: () => number

  constructor(table: Table, messages: Messages, now: () => number) {
    this.#table = table
    this.#messages = messages
    this.#now = now
  }

  /** Answers every key; what was never set is empty. One batch, but for messages, which are looked for by place. */
  async lookUp(accountId: string, wanted: readonly FactKey[]): Promise<Fact[]> {
    const stored = wanted.filter((key) => key.kind !== 'voicemail-message' && key.kind !== 'caller-name')
    const items = await this.#table.getMany([
      ...new Map(
        stored.map((key) => [factKey(key), { pk: keys.live(accountId), sk: `${key.kind}#${key.id}` }]),
      ).values(),
    ])
    const values = new Map(items.map((item) => [item.sk, item.value as Record<string, unknown>]))
    return Promise.all(
      wanted.map(async (key) => {
        if (key.kind === 'voicemail-message') return { key, value: await this.#message(accountId, key.id) }
        const value = LiveFacts[key.kind].safeParse(values.get(`${key.kind}#${key.id}`) ?? {})
        return { key, value: value.success ? (value.data as Record<string, unknown>) : {} }
      }),
    )
  }

  async get<K extends FactKey['kind']>(accountId: string, kind: K, id: string): Promise<FactOf<K>> {
    const [fact] = await this.lookUp(accountId, [{ kind, id }])
    return (fact?.value ?? {}) as FactOf<K>
  }

  async #message(accountId: string, place: string): Promise<Record<string, unknown>> {
    const [boxId = '', folder = 'new', index = '0'] = place.split('/')
    const message = await this.#messages.nth(accountId, boxId, folder as Folder, Number(index))
    if (message === undefined) return {}
    const { id, at, callerNumber, callerName, durationMs, objectKey } = message
    return {
      id,
      at,
      durationMs,
      objectKey,
      ...(callerNumber === undefined ? {} : { callerNumber }),
      ...(callerName === undefined ? {} : { callerName }),
    }
  }

  /** Merges fields into a fact. `once` names the change: applied again it does nothing. */
  async change(accountId: string, once: string, { kind, id }: FactKey, set: Record<string, unknown>): Promise<boolean> {
    const entries = Object.entries(set).slice(0, 20)
    // The map must be there before its fields can be set; making it empty is harmless to repeat.
    await this.#table.update({
      Key: { pk: keys.live(accountId), sk: `${kind}#${id}` },
      UpdateExpression: 'SET #value = if_not_exists(#value, :empty)',
      ExpressionAttributeNames: { '#value': 'value' },
      ExpressionAttributeValues: { ':empty': {} },
    })
    const update: Write = {
      Update: {
        TableName: this.#table.name,
        Key: { pk: keys.live(accountId), sk: `${kind}#${id}` },
        UpdateExpression: `SET ${entries.map((_, index) => `#value.#f${index} = :v${index}`).join(', ')}`,
        ExpressionAttributeNames: {
          '#value': 'value',
          ...Object.fromEntries(entries.map(([name], index) => [`#f${index}`, name])),
        },
        ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value])),
      },
    }
    return this.#table.transact([this.once(accountId, once), update])
  }

  /** The write that lets a transaction happen once. */
  once(accountId: string, name: string): Write {
    return {
      Put: {
        TableName: this.#table.name,
        Item: {
          pk: keys.live(accountId),
          sk: `DONE#${name}`,
          expiresAtEpochSeconds: Math.floor(this.#now() / 1_000) + doneSeconds,
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    }
  }
}
