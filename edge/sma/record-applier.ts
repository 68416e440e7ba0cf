import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { pause, type RuntimeClock } from './clock.ts'

/** Records of one write to the table. */
const batchMax = 100
/** Records that wait for the table, in memory; with more the table has been away too long to take calls. */
const waitingMax = 50_000
/** Time records are given to become a batch: a transaction of many costs the table little more than one of one. */
const gatherMs = 100
const firstRetryMs = 250
const lastRetryMs = 5_000

export interface RecordApplierOptions {
  readonly apply: (records: readonly CallRecord[]) => Promise<void>
  readonly clock: RuntimeClock
  readonly log: (line: Readonly<Record<string, unknown>>) => void
  /** Every record of a sealed segment is in the table. */
  readonly onSegmentApplied: (segment: number) => Promise<void>
}

/** Brings records from the journal to the table, in order, in batches, as often as it takes. Knows which segments are done with. */
export class RecordApplier {
  readonly #options: RecordApplierOptions
  #waiting: { readonly segment: number; readonly record: CallRecord }[] = []
  readonly #left = new Map<number, number>()
  readonly #sealed = new Set<number>()
  #working: Promise<void> | undefined
  readonly #stop = new AbortController()
  #gathering = new AbortController()

  constructor(options: RecordApplierOptions) {
    this.#options = options
  }

  /** Throws `PbxError('journal-stuck')` when the table is too far behind. */
  check(): void {
    if (this.#waiting.length >= waitingMax)
      throw new PbxError('journal-stuck', {
        status: 503,
        message: 'The table has not taken call records for too long.',
      })
  }

  add(segment: number, records: readonly CallRecord[]): void {
    for (const record of records) this.#waiting.push({ segment, record })
    this.#count(segment, records.length)
    if (this.#waiting.length >= batchMax) this.#gathering.abort()
    if (!this.#stop.signal.aborted) this.#working ??= this.#work()
  }

  /** No more records will come from this segment. */
  seal(segment: number): void {
    this.#sealed.add(segment)
    void this.#forget(segment)
  }

  async idle(): Promise<void> {
    while (this.#working !== undefined) {
      this.#gathering.abort()
      await this.#working
    }
  }

  stop(): void {
    this.#stop.abort()
    this.#gathering.abort()
  }

  /** Until there is a batch, or enough time has passed. */
  async #gather(): Promise<void> {
    if (this.#waiting.length === 0 || this.#waiting.length >= batchMax) return
    this.#gathering = new AbortController()
    await pause(this.#options.clock, gatherMs, this.#gathering.signal)
  }

  async #work(): Promise<void> {
    let retryMs = firstRetryMs
    await this.#gather()
    while (this.#waiting.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#waiting.slice(0, batchMax)
      try {
        await this.#options.apply(batch.map(({ record }) => record))
      } catch (cause) {
        // The records are safe on disk: the table may be away for as long as it likes.
        this.#options.log({ level: 'WARN', journal: 'the table took no records', error: String(cause), retryMs })
        await pause(this.#options.clock, retryMs, this.#stop.signal)
        retryMs = Math.min(retryMs * 2, lastRetryMs)
        continue
      }
      retryMs = firstRetryMs
      this.#waiting = this.#waiting.slice(batch.length)
      for (const { segment } of batch) this.#count(segment, -1)
      for (const segment of new Set(batch.map((one) => one.segment))) await this.#forget(segment)
      await this.#gather()
    }
    this.#working = undefined
  }

  #count(segment: number, records: number): void {
    this.#left.set(segment, (this.#left.get(segment) ?? 0) + records)
  }

  async #forget(segment: number): Promise<void> {
    if (!this.#sealed.has(segment) || (this.#left.get(segment) ?? 0) > 0) return
    this.#sealed.delete(segment)
    this.#left.delete(segment)
    await this.#options.onSegmentApplied(segment)
  }
}
