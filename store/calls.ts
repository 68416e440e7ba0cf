import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import {
  type RecordedNoun,
  recordables,
  recordedNouns,
  type SettableName,
  settables,
} from '@offhook/shared/callflow/recorded-by-phone.ts'
import { auditEntry } from './audit.ts'
import { CallLegs } from './call-legs.ts'
import type { Cdrs } from './cdrs.ts'
import type { Errand, Errands } from './errands.ts'
import type { Facts } from './facts.ts'
import type { MailChange } from './lamps.ts'
import { type Messages, messageId } from './messages.ts'
import { happened, once } from './once.ts'
import type { Outbox } from './outbox.ts'
import { LiveCall, Roster } from './roster.ts'
import type { Table } from './table-client.ts'

export { LiveCall } from './roster.ts'

type RecordOf<K extends CallRecord['kind']> = Extract<CallRecord, { kind: K }>

/** Calls whose other records are applied at once. */
const parallel = 8
/** Starts and ends written in one transaction; a long record has 50 kB. */
const startsAtOnce = 50
const endsAtOnce = 20

/** What calls share with others: that they are up, what they changed, how they ended. Every record counts once, by its id. */
export class Calls {
  readonly #table: Table
  readonly #cdrs: Cdrs
  readonly #legs: CallLegs
  readonly #facts: Facts
  readonly #messages: Messages
  readonly #outbox: Outbox
  readonly #notified: (record: CallRecord) => Promise<void>
  readonly #errands: Errands
  readonly #onMail: (change: MailChange) => void
  readonly #toTell: (accountId: string) => void
  readonly #now: () => number

  constructor(parts: {
    readonly table: Table
    readonly cdrs: Cdrs
    readonly facts: Facts
    readonly messages: Messages
    readonly outbox: Outbox
    readonly onNotify: (record: CallRecord) => Promise<void>
    readonly errands: Errands
    readonly onMail: (change: MailChange) => void
    readonly onToTell: (accountId: string) => void
    readonly now: () => number
  }) {
    this.#table = parts.table
    this.#cdrs = parts.cdrs
    this.#legs = new CallLegs(parts.table)
    this.#facts = parts.facts
    this.#messages = parts.messages
    this.#outbox = parts.outbox
    this.#notified = parts.onNotify
    this.#errands = parts.errands
    this.#onMail = parts.onMail
    this.#toTell = parts.onToTell
    this.#now = parts.now
  }

  /**
   * Applies records: starts first, then what calls did, each call's in order, then ends. Safe to repeat, in whole or in part. A call
   * costs two writes: its start, and its end with its record.
   */
  async share(records: readonly CallRecord[]): Promise<void> {
    const ended = records.filter((record) => record.kind === 'ended')
    const over = new Set(ended.map(({ callId }) => callId))
    await this.#started(records.filter((record) => record.kind === 'started').filter(({ callId }) => !over.has(callId)))
    await this.#legs.put(records.filter((record) => record.kind === 'legs'))
    const queues = [...Map.groupBy(records, ({ callId }) => callId).values()].reverse()
    await Promise.all(
      Array.from({ length: Math.min(parallel, queues.length) }, async () => {
        for (let queue = queues.pop(); queue !== undefined; queue = queues.pop())
          for (const record of queue) await this.#apply(record)
      }),
    )
    for (const [accountId, here] of Map.groupBy(ended, (record) => record.accountId))
      for (let start = 0; start < here.length; start += endsAtOnce)
        await this.#ended(accountId, here.slice(start, start + endsAtOnce))
  }

  async #started(records: readonly RecordOf<'started'>[]): Promise<void> {
    for (const [accountId, here] of Map.groupBy(records, (record) => record.accountId))
      for (let start = 0; start < here.length; start += startsAtOnce)
        await this.#up(
          accountId,
          here.slice(start, start + startsAtOnce).map((record) => LiveCall.parse(record)),
        )
  }

  /** A call whose end was told first must not come up again: its record is in the way of the transaction. */
  async #up(accountId: string, calls: readonly LiveCall[]): Promise<void> {
    const distinct = [...new Map(calls.map((call) => [call.callId, call])).values()]
    const refusal = await this.#table.transact([
      ...distinct.map(({ callId }) => this.#cdrs.absent(accountId, callId)),
      ...new Roster(this.#table, accountId).adding(distinct),
    ])
    if (refusal !== undefined && distinct.length > 1) for (const call of distinct) await this.#up(accountId, [call])
  }

  async #apply(record: CallRecord): Promise<void> {
    switch (record.kind) {
      case 'change':
        return this.#change(record)
      case 'outside':
        return new Roster(this.#table, record.accountId).goneOutside(record.callId)
      case 'voicemail':
        return new Roster(this.#table, record.accountId).shownAs(record.callId, record.callerName)
      case 'file-message':
        return this.#file(record)
      case 'notify':
        return this.#notify(record)
      case 'tell-url':
        await this.#outbox.add(record)
        return this.#toTell(record.accountId)
      default:
        return
    }
  }

  async #change(record: RecordOf<'change'>): Promise<void> {
    const { accountId, id, fact, set, add } = record
    const errands = [...greetingsOf(record), ...settingsOf(record), ...recordingsOf(record)]
    await this.#facts.change(accountId, id, fact, set, add)
    // After the change, which whoever runs the errand looks at; and noted apart from it, so that a process that dies in between leaves it
    // when the record is applied again.
    const left = `${id}/errands`
    if (errands.length > 0 && this.#errands.areTaken && !(await happened(this.#table, accountId, left))) {
      for (const errand of errands) await this.#errands.give(`${id}/${errand.what}`, errand)
      await this.#table.transact([once(this.#table, accountId, left)])
    }
    // Somebody else sits at the phone now: other messages are theirs.
    if (fact.kind === 'device' && 'hotDeskUserIds' in set) this.#onMail({ accountId, deviceId: fact.id })
  }

  /** Records and the roster in one transaction. Where a call has its record already, they are written one by one. */
  async #ended(accountId: string, records: readonly RecordOf<'ended'>[]): Promise<void> {
    const roster = new Roster(this.#table, accountId)
    const distinct = [...new Map(records.toReversed().map(({ cdr }) => [cdr.callId, cdr])).values()]
    const refusal = await this.#table.transact([
      ...distinct.map((cdr) => this.#cdrs.putting(accountId, cdr)),
      ...roster.removing(distinct.map(({ callId }) => callId)),
    ])
    if (refusal === undefined) return
    if (distinct.length === 1) return roster.remove(distinct.map(({ callId }) => callId))
    for (const record of records) await this.#ended(accountId, [record])
  }

  async #file(record: RecordOf<'file-message'>): Promise<void> {
    const { accountId, callId, boxId, act, objectKey, messageId: ofMessage, toBoxIds = [] } = record
    if (act === 'forward') {
      if (ofMessage === undefined || toBoxIds.length === 0 || (await happened(this.#table, accountId, record.id)))
        return
      await this.#errands.give(record.id, {
        kind: 'forward',
        accountId,
        callId,
        boxId,
        messageId: ofMessage,
        toBoxIds,
        ...(objectKey === undefined ? {} : { introductionKey: objectKey }),
      })
      await this.#table.transact([once(this.#table, accountId, record.id)])
      return
    }
    if (act === 'discard')
      return objectKey === undefined ? undefined : this.#messages.discard(accountId, boxId, objectKey)
    // `commit` is the arrival of the object, which makes the message whoever tells of it first.
    if (act === 'commit') return
    const id = ofMessage ?? (objectKey === undefined ? undefined : messageId(objectKey))
    if (id === undefined || (await this.#messages.get(accountId, boxId, id)) === undefined) return
    await this.#messages.move(accountId, boxId, id, act === 'save' ? 'saved' : 'deleted')
  }

  /** At least once: a process that dies in between tells it again, for a call for help told twice beats one not told. */
  async #notify(record: RecordOf<'notify'>): Promise<void> {
    const { accountId, id, at, callId, text, what } = record
    if (await happened(this.#table, accountId, id)) return
    await this.#notified(record)
    const entry = {
      id: id.slice(0, 64),
      at,
      by: 'system',
      act: 'emergency-call' as const,
      kind: 'call',
      targetId: callId,
      summary: text,
    }
    await this.#table.transact([
      once(this.#table, accountId, id),
      ...(what === 'emergency-call'
        ? [this.#table.putting(auditEntry.item({ accountId, at, id: entry.id }, entry))]
        : []),
    ])
  }

  /** Calls in progress. */
  async up(accountId: string): Promise<LiveCall[]> {
    return (await new Roster(this.#table, accountId).read(this.#now())).live
  }

  /** Drops calls that nobody ended in four hours. They do not count anyhow; this is tidying. */
  async recount(accountId: string): Promise<void> {
    const roster = new Roster(this.#table, accountId)
    await roster.remove((await roster.read(this.#now())).dead)
  }
}

type GreetingErrand = Extract<Errand, { kind: 'greeting' }>

const isRecordedNoun = (kind: string): kind is RecordedNoun => kind in recordedNouns

/** What a change of a live fact leaves to be filed: each greeting it sets. */
function greetingsOf({ accountId, fact, set, at }: RecordOf<'change'>): GreetingErrand[] {
  const { kind: noun, id } = fact
  if (!isRecordedNoun(noun)) return []
  return recordedNouns[noun].flatMap((what) => {
    const objectKey = set[recordables[what].key]
    return typeof objectKey === 'string'
      ? [{ kind: 'greeting' as const, accountId, noun, id, what, objectKey, at }]
      : []
  })
}

type RecordingErrand = Extract<Errand, { kind: 'recording' }>

/** The same of media. */
function recordingsOf({ accountId, fact, set: { objectKey }, at }: RecordOf<'change'>): RecordingErrand[] {
  return fact.kind === 'media' && typeof objectKey === 'string'
    ? [{ kind: 'recording', accountId, mediaId: fact.id, what: 'sound', objectKey, at }]
    : []
}

type SettingErrand = Extract<Errand, { kind: 'setting' }>

/** The same of each setting. */
function settingsOf({ accountId, fact, set }: RecordOf<'change'>): SettingErrand[] {
  if (fact.kind !== 'voicemail-box') return []
  return (Object.keys(settables) as SettableName[]).flatMap((what) => {
    const value = set[what]
    return typeof value === 'string' || typeof value === 'boolean'
      ? [{ kind: 'setting' as const, accountId, boxId: fact.id, what, value }]
      : []
  })
}
