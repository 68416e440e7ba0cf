import { createHash } from 'node:crypto'
import { Folder, messageMinMs, VoicemailMessage } from '@offhook/shared/model/voicemail-box.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { fact } from './fact-item.ts'
import type { MailChange } from './lamps.ts'
import type { ObjectStore } from './objects/object-store.ts'
import { accountTemplates } from './table.ts'
import type { Page, Table } from './table-client.ts'
import type { Write } from './transaction.ts'

export interface Arrival {
  readonly boxId: string
  readonly callId: string
  readonly at: string
  readonly objectKey: string
  readonly durationMs: number
  readonly callerNumber?: string
  readonly callerName?: string
  /** Who sent it on, where it did not come from the caller. */
  readonly forwardedBy?: string
}

/** A message's id follows from its object, so that an arrival told twice is one message. */
export const messageId = (objectKey: string): string =>
  createHash('sha256').update(objectKey).digest('hex').slice(0, 32)

/** `gone`: the recording is unwanted; the item stays a while so that a late arrival of its object makes no message. */
const MessageItem = VoicemailMessage.extend({
  folder: z.enum([...Folder.options, 'gone']),
  /** Its people are still to be told; by whoever comes after this instant, ms, for until then somebody is at it. */
  noticeAfterMs: z.number().optional(),
})
type MessageItem = z.infer<typeof MessageItem>
export const messageItem = entity(MessageItem, accountTemplates.message)

/** Messages of one box that are read; a full box has 100, and some deleted ones. */
const boxMax = 1_000
/** Deleted messages, and marks of unwanted ones, are kept for this long, seconds. */
const deletedSeconds = 30 * 86_400
export const goneSeconds = 7 * 86_400

/** Whoever tells people of a message has this long before another may try, ms: longer than a transcript and all tries of a mail take. */
export const noticeHeldMs = 60_000

const counters = { new: 'newCount', saved: 'savedCount' } as const
const isCounted = (folder: string): folder is 'new' | 'saved' => folder in counters
const isMessage = (item: MessageItem): item is VoicemailMessage => item.folder !== 'gone'

/** Voicemail messages of a box; its counters, which are live facts, change in the same transaction. */
export class Messages {
  readonly #table: Table
  readonly #objects: ObjectStore | undefined
  readonly #isOldestFirst: (accountId: string, boxId: string) => Promise<boolean>
  readonly #onMail: (change: MailChange) => void

  constructor(
    table: Table,
    objects: ObjectStore | undefined,
    isOldestFirst: (accountId: string, boxId: string) => Promise<boolean>,
    onMail: (change: MailChange) => void = () => {},
  ) {
    this.#table = table
    this.#objects = objects
    this.#isOldestFirst = isOldestFirst
    this.#onMail = onMail
  }

  #count(accountId: string, boxId: string, change: Readonly<Partial<Record<'new' | 'saved', number>>>): Write[] {
    const entries = Object.entries(change)
    if (entries.length === 0) return []
    return [
      this.#table.updating(fact.key({ accountId, kind: 'voicemail-box', id: boxId }), {
        set: `ADD ${entries.map((_, index) => `#f${index} :by${index}`).join(', ')}`,
        names: Object.fromEntries(
          entries.map(([folder], index) => [`#f${index}`, counters[folder as keyof typeof counters]]),
        ),
        values: Object.fromEntries(entries.map(([, by], index) => [`:by${index}`, by])),
      }),
    ]
  }

  /** A message came to be because its object did. True when it is new; repeated arrivals, and ones discarded before, change nothing. */
  async arrive(accountId: string, arrival: Arrival): Promise<boolean> {
    if (arrival.durationMs < messageMinMs) return false
    const message = MessageItem.parse({
      ...arrival,
      id: messageId(arrival.objectKey),
      folder: 'new',
      noticeAfterMs: this.#table.nowMs + noticeHeldMs,
    })
    const { boxId, id } = message
    const refusal = await this.#table.transact([
      this.#table.putting(messageItem.item({ accountId, boxId, id }, message), {
        condition: 'attribute_not_exists(pk)',
      }),
      ...this.#count(accountId, boxId, { new: 1 }),
    ])
    if (refusal === undefined) this.#onMail({ accountId, boxId })
    if (refusal?.existing.folder === 'gone') await this.#objects?.remove(arrival.objectKey)
    return refusal === undefined
  }

  /**
   * The message of an object if its people are still to be told of it: the caller does, and has `noticeHeldMs` for it. `unknown` when the
   * object has no message yet, `held` while somebody else is at it, else `told`.
   */
  async noticeOf(
    accountId: string,
    boxId: string,
    objectKey: string,
  ): Promise<VoicemailMessage | 'unknown' | 'held' | 'told'> {
    const item = await this.#read(accountId, boxId, messageId(objectKey))
    if (item === undefined) return 'unknown'
    const { noticeAfterMs, id } = item
    if (!isMessage(item) || noticeAfterMs === undefined) return 'told'
    const now = this.#table.nowMs
    if (noticeAfterMs > now) return 'held'
    const refusal = await this.#table.transact([
      this.#table.updating(messageItem.key({ accountId, boxId, id }), {
        set: 'SET noticeAfterMs = :until',
        condition: 'noticeAfterMs = :before',
        values: { ':until': now + noticeHeldMs, ':before': noticeAfterMs },
      }),
    ])
    return refusal === undefined ? item : 'held'
  }

  /** Its people have been told, or, where they could not be, may be by the next who tries. */
  async noticed(accountId: string, boxId: string, id: string, isTold: boolean): Promise<void> {
    await this.#table.transact([
      this.#table.updating(messageItem.key({ accountId, boxId, id }), {
        set: isTold ? 'REMOVE noticeAfterMs' : 'SET noticeAfterMs = :now',
        condition: 'attribute_exists(noticeAfterMs)',
        ...(isTold ? {} : { values: { ':now': this.#table.nowMs } }),
      }),
    ])
  }

  /** What was said, as text. Nothing happens when the message is gone. */
  async transcribed(accountId: string, boxId: string, id: string, transcript: string): Promise<void> {
    await this.#table.transact([
      this.#table.updating(messageItem.key({ accountId, boxId, id }), {
        set: 'SET transcript = :transcript',
        condition: 'attribute_exists(pk)',
        values: { ':transcript': transcript },
      }),
    ])
  }

  /** Whether an object has become a message, or was discarded, already. */
  async has(accountId: string, boxId: string, objectKey: string): Promise<boolean> {
    return (await this.#read(accountId, boxId, messageId(objectKey))) !== undefined
  }

  #read(accountId: string, boxId: string, id: string): Promise<MessageItem | undefined> {
    return this.#table.get(messageItem, { accountId, boxId, id }, { consistent: true })
  }

  async get(accountId: string, boxId: string, id: string): Promise<VoicemailMessage | undefined> {
    const item = await this.#read(accountId, boxId, id)
    return item !== undefined && isMessage(item) ? item : undefined
  }

  async #folder(accountId: string, boxId: string, folder: Folder): Promise<VoicemailMessage[]> {
    const items = await this.#table.queryAll(messageItem, { accountId, boxId }, { prefix: 'MESSAGE#' }, boxMax)
    return items
      .filter(isMessage)
      .filter((message) => message.folder === folder)
      .toSorted((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1))
  }

  /** Newest first, at most 200 a page. */
  async list(
    accountId: string,
    boxId: string,
    folder: Folder,
    page: { readonly cursor?: string | undefined; readonly limit?: number } = {},
  ): Promise<Page<VoicemailMessage>> {
    const messages = await this.#folder(accountId, boxId, folder)
    const { cursor } = page
    const rest = cursor === undefined ? messages : messages.filter((message) => placeOf(message) < cursor)
    const items = rest.slice(0, Math.min(page.limit ?? 50, 200))
    const last = items.at(-1)
    return { items, ...(last === undefined || items.length === rest.length ? {} : { cursor: placeOf(last) }) }
  }

  /** A folder as it is played: newest first, or oldest first where the box says so. */
  async inPlayingOrder(accountId: string, boxId: string, folder: Folder): Promise<VoicemailMessage[]> {
    const [messages, oldestFirst] = await Promise.all([
      this.#folder(accountId, boxId, folder),
      this.#isOldestFirst(accountId, boxId),
    ])
    return oldestFirst ? messages.toReversed() : messages
  }

  /**
   * Moves a message; `gone` forgets it for good, and its object with it. Moving twice is once. Answers with the message as it is then.
   * Throws message-not-found (404).
   */
  async move(accountId: string, boxId: string, id: string, to: Folder | 'gone'): Promise<VoicemailMessage | undefined> {
    const message = await this.get(accountId, boxId, id)
    if (message === undefined) {
      if (to === 'gone') return undefined
      throw new PbxError('message-not-found', { status: 404, message: 'There is no such message.' })
    }
    if (message.folder === to) return message
    const { folder: from } = message
    const until = to === 'deleted' ? deletedSeconds : goneSeconds
    const isKept = isCounted(to)
    const refusal = await this.#table.transact([
      this.#table.updating(messageItem.key({ accountId, boxId, id }), {
        set: isKept
          ? 'SET folder = :to REMOVE expiresAtEpochSeconds'
          : 'SET folder = :to, expiresAtEpochSeconds = :until',
        condition: 'folder = :from',
        values: { ':to': to, ':from': from, ...(isKept ? {} : { ':until': this.#table.expiry(until) }) },
      }),
      ...this.#count(accountId, boxId, { ...(isCounted(from) ? { [from]: -1 } : {}), ...(isKept ? { [to]: 1 } : {}) }),
    ])
    // Somebody else moved it first: their move stands.
    if (refusal !== undefined) return this.get(accountId, boxId, id)
    this.#onMail({ accountId, boxId })
    if (to !== 'gone') return { ...message, folder: to }
    await this.#objects?.remove(message.objectKey)
    return { ...message, folder: 'deleted' }
  }

  /** Nobody wants this recording, whether it has become a message already or does so later. */
  async discard(accountId: string, boxId: string, objectKey: string): Promise<void> {
    const id = messageId(objectKey)
    const mark = {
      id,
      boxId,
      callId: '',
      at: new Date(0).toISOString(),
      durationMs: 0,
      folder: 'gone' as const,
      objectKey,
    }
    const item = messageItem.item({ accountId, boxId, id }, mark, this.#table.expiry(goneSeconds))
    if (await this.#table.put(item, 'attribute_not_exists(pk)')) await this.#objects?.remove(objectKey)
    else await this.move(accountId, boxId, id, 'gone')
  }
}

const placeOf = ({ at, id }: VoicemailMessage): string => `${at}#${id}`
