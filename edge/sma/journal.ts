/**
 * What must not be lost when the process dies: that a call began, each turn, what was shared, that it is over. Shared records are
 * answered for as soon as they are on this disk; the table gets them in batches after that, again after a restart, each once by its id.
 */
import { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { Instant } from '@offhook/shared/model/id.ts'
import type { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import type { CallCounts } from '@offhook/store/facts.ts'
import * as z from 'zod'
import { CallCounter } from './call-counts.ts'
import type { CallJournal } from './call-journal.ts'
import { CallOpening } from './call-opening.ts'
import { type RuntimeClock, realClock } from './clock.ts'
import { closingRecord, type Unended } from './closing-cdr.ts'
import { RecordApplier } from './record-applier.ts'
import { SegmentedLog } from './segmented-log.ts'

const Line = z.discriminatedUnion('t', [
  z.object({ t: z.literal('opened'), call: CallOpening }),
  z.object({
    t: z.literal('turn'),
    callId: z.string(),
    sequence: z.int(),
    at: Instant,
    event: z.string(),
    action: z.string().optional(),
  }),
  z.object({ t: z.literal('share'), records: z.array(CallRecord) }),
  z.object({ t: z.literal('closed'), callId: z.string(), at: Instant }),
])
type Line = z.infer<typeof Line>

interface OpenCall extends Unended {
  readonly hasEnded: boolean
}

export interface JournalOptions {
  readonly folder: string
  /** Writes records to the table; idempotent by id. Tried again until it succeeds. */
  readonly apply: (records: readonly CallRecord[]) => Promise<void>
  readonly clock?: RuntimeClock
  /** Milliseconds by which stored call times are moved. @default 0 */
  readonly shiftMs?: number
  readonly log?: (line: Readonly<Record<string, unknown>>) => void
  /** @default 8 MiB */
  readonly segmentBytesMax?: number
}

/** Calls that were cut off by the last stop, each closed with the reason `restarted`. */
export interface Recovery {
  readonly recordsReplayed: number
  readonly callsClosed: number
}

export class Journal implements CallJournal {
  readonly #options: JournalOptions
  readonly #clock: RuntimeClock
  readonly #log: SegmentedLog
  readonly #applier: RecordApplier
  readonly #open = new Map<string, OpenCall>()
  readonly #counter = new CallCounter()
  #rotating: Promise<void> | undefined

  private constructor(options: JournalOptions, log: SegmentedLog) {
    this.#options = options
    this.#clock = options.clock ?? realClock
    this.#log = log
    this.#applier = new RecordApplier({
      apply: options.apply,
      clock: this.#clock,
      log: (line) => this.#say(line),
      onSegmentApplied: (segment) => log.remove(segment),
    })
  }

  /** Opens the journal of a folder, replays what an earlier run left, and closes the calls that run did not live to see the end of. */
  static async open(options: JournalOptions): Promise<{ readonly journal: Journal; readonly recovery: Recovery }> {
    const journal = new Journal(options, await SegmentedLog.open(options.folder, options.segmentBytesMax))
    return { journal, recovery: await journal.#recover() }
  }

  opened(call: CallOpening): void {
    this.#open.set(call.callId, { opening: call, hasEnded: false })
    void this.#append({ t: 'opened', call })
  }

  turn(callId: string, event: SmaEvent): void {
    const at = this.#now()
    const action = event.ActionData?.Type
    const call = this.#open.get(callId)
    if (call !== undefined) this.#open.set(callId, withTurn(call, event.InvocationEventType, action, at))
    void this.#append({
      t: 'turn',
      callId,
      sequence: event.Sequence,
      at,
      event: event.InvocationEventType,
      ...(action === undefined ? {} : { action }),
    })
  }

  /** Durable when it resolves; the table follows. Throws `PbxError('journal-stuck')` when disk or table have stopped for long. */
  async share(records: readonly CallRecord[]): Promise<void> {
    if (records.length === 0) return
    this.#applier.check()
    for (const record of records) this.#note(record)
    const segment = await this.#log.append(lineOf({ t: 'share', records: [...records] }))
    this.#applier.add(segment, records)
    this.#rotateWhenFull()
  }

  /** Calls of an account that have been told to have started, and not to have ended. */
  counts(accountId: string): CallCounts {
    return this.#counter.of(accountId)
  }

  /** The call is over for the runtime. One that the handler never ended gets its CDR from here. */
  closed(callId: string): void {
    const call = this.#open.get(callId)
    this.#forget(callId)
    const at = this.#now()
    const close = async () => {
      if (call !== undefined && !call.hasEnded) await this.share([closingRecord(call, at, 'the handler gave no end')])
      await this.#append({ t: 'closed', callId, at })
    }
    close().catch((cause: unknown) => this.#say({ level: 'ERROR', callId, journal: String(cause) }))
  }

  /** All that was shared is in the table. */
  async applied(): Promise<void> {
    await this.#log.flush()
    await this.#applier.idle()
  }

  /** Finishes writing; what the table has not got yet it gets at the next start. */
  async stop(): Promise<void> {
    this.#applier.stop()
    await this.#rotating
    await this.#log.close()
  }

  async #recover(): Promise<Recovery> {
    let recordsReplayed = 0
    let lastAt = new Date(0).toISOString()
    const segments = new Set<number>()
    for await (const { segment, line } of this.#log.older()) {
      segments.add(segment)
      const parsed = parseLine(line)
      if (parsed === undefined) this.#say({ level: 'WARN', journal: 'a line was cut off', segment })
      else {
        lastAt = latest(lastAt, this.#replay(segment, parsed))
        if (parsed.t === 'share') recordsReplayed += parsed.records.length
      }
    }
    const cutOff = [...this.#open.values()].filter((call) => !call.hasEnded)
    const closing = cutOff.map((call) => closingRecord(call, lastAt, 'restarted'))
    for (let from = 0; from < closing.length; from += 100) await this.share(closing.slice(from, from + 100))
    this.#open.clear()
    for (const segment of segments) this.#applier.seal(segment)
    return { recordsReplayed, callsClosed: closing.length }
  }

  /** Takes one line of an earlier run back into mind; returns the last instant it speaks of. */
  #replay(segment: number, line: Line): string {
    switch (line.t) {
      case 'opened':
        this.#open.set(line.call.callId, { opening: line.call, hasEnded: false })
        return line.call.at
      case 'turn': {
        const call = this.#open.get(line.callId)
        if (call !== undefined) this.#open.set(line.callId, withTurn(call, line.event, line.action, line.at))
        return line.at
      }
      case 'share':
        for (const record of line.records) this.#note(record)
        this.#applier.add(segment, line.records)
        return line.records.map(({ at }) => at).reduce(latest, '')
      case 'closed':
        this.#forget(line.callId)
        return line.at
    }
  }

  #note(record: CallRecord): void {
    const call = this.#open.get(record.callId)
    if (call === undefined) return
    if (record.kind === 'started') {
      // Told again when a segment is full.
      if (call.started === undefined && !call.hasEnded) this.#counter.add(record)
      this.#open.set(record.callId, { ...call, started: call.started ?? record })
    }
    if (record.kind === 'outside' && call.started !== undefined && !call.hasEnded) {
      const started = { ...call.started, outside: true }
      this.#uncount(call)
      this.#counter.add(started)
      this.#open.set(record.callId, { ...call, started })
    }
    if (record.kind === 'ended') {
      this.#uncount(call)
      this.#open.set(record.callId, { ...call, hasEnded: true })
    }
  }

  #forget(callId: string): void {
    this.#uncount(this.#open.get(callId))
    this.#open.delete(callId)
  }

  #uncount(call: OpenCall | undefined): void {
    if (call?.started !== undefined && !call.hasEnded) this.#counter.remove(call.started)
  }

  /** What closes a call truthfully if nobody comes to end it; what was shared of it is on the disk by itself. */
  async #append(line: Line): Promise<void> {
    try {
      await this.#log.note(lineOf(line))
    } catch (cause) {
      this.#say({ level: 'ERROR', journal: cause instanceof Error ? cause.message : String(cause) })
    }
  }

  /** The calls that are up are written down again, so that the old segment is needed no more once the table has its records. */
  #rotateWhenFull(): void {
    if (!this.#log.isFull || this.#rotating !== undefined) return
    const rotate = async () => {
      const old = await this.#log.rotate()
      for (const { opening } of this.#open.values()) {
        await this.#append({ t: 'opened', call: opening })
        // As it is now: much may have been told of it meanwhile.
        const { started, hasEnded } = this.#open.get(opening.callId) ?? {}
        if (started !== undefined && hasEnded === false) await this.share([started])
      }
      await this.#log.flush()
      this.#applier.seal(old)
    }
    this.#rotating = rotate()
      .catch((cause: unknown) => this.#say({ level: 'ERROR', journal: String(cause) }))
      .finally(() => {
        this.#rotating = undefined
      })
  }

  #now(): string {
    return new Date(this.#clock.nowMs() + (this.#options.shiftMs ?? 0)).toISOString()
  }

  #say(line: Readonly<Record<string, unknown>>): void {
    this.#options.log?.(line)
  }
}

function withTurn(call: OpenCall, event: string, action: string | undefined, at: string): OpenCall {
  const isBridge = event === 'ACTION_SUCCESSFUL' && action === 'CallAndBridge'
  return isBridge && call.bridgedAt === undefined ? { ...call, bridgedAt: at } : call
}

const lineOf = (line: Line): string => JSON.stringify(line)

function parseLine(line: string): Line | undefined {
  try {
    return Line.parse(JSON.parse(line))
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return undefined
    throw cause
  }
}

const latest = (one: string, other: string): string => (other > one ? other : one)
