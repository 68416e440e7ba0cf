import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PbxError } from '@offhook/shared/pbx-error.ts'

/** A segment grows to about this many bytes, then the next one is begun. */
const segmentBytesMax = 8 * 1_024 * 1_024
/** How long a line that nobody waits for may wait for company. */
const companyMs = 10
/** Each write is on the disk when it returns: one trip to the system instead of a write and an fsync. */
const durably = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC
/** Lines waiting for the disk; more means that the disk has stopped. */
const waitingMax = 20_000

interface Waiting {
  readonly line: string
  readonly done: (segment: number) => void
  readonly failed: (cause: unknown) => void
}

const nameOf = (segment: number): string => `${String(segment).padStart(8, '0')}.journal`

/**
 * Lines on disk, in numbered files. `append` resolves when its line is durable; all lines that come while the disk is busy share the next
 * write. `note` is for lines nobody waits for: they go with the next that somebody does, a hundredth of a second later at the latest, and
 * never after it. A line cut off by a crash is the last of its file and is passed over when read.
 */
export class SegmentedLog {
  readonly #folder: string
  #segment: number
  #file: FileHandle
  #bytes = 0
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** Somebody waits for what is to be written, or has waited long enough. */
  #isUrgent = false
  #company: NodeJS.Timeout | undefined
  #rotation: PromiseWithResolvers<number> | undefined
  readonly #bytesMax: number

  private constructor(folder: string, segment: number, file: FileHandle, bytesMax: number) {
    this.#folder = folder
    this.#segment = segment
    this.#file = file
    this.#bytesMax = bytesMax
  }

  /** Begins a new segment after those that are there; the old ones are only read and removed. */
  static async open(folder: string, bytesMax = segmentBytesMax): Promise<SegmentedLog> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const segment = Math.max(0, ...(await segmentsIn(folder))) + 1
    return new SegmentedLog(folder, segment, await open(join(folder, nameOf(segment)), durably, 0o600), bytesMax)
  }

  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax
  }

  /** Resolves with the segment the line is durable in. Throws `PbxError('journal-stuck')` when too many lines wait. */
  append(line: string): Promise<number> {
    const durable = this.#add(line)
    this.#begin()
    return durable
  }

  /** As `append`, in company. */
  note(line: string): Promise<number> {
    const durable = this.#add(line)
    this.#company ??= setTimeout(() => this.#begin(), companyMs)
    return durable
  }

  #add(line: string): Promise<number> {
    if (this.#waiting.length >= waitingMax) throw new PbxError('journal-stuck', { status: 503 })
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#waiting.push({ line, done: resolve, failed: reject })
    this.#bytes += line.length + 1
    return promise
  }

  #begin(): void {
    this.#isUrgent = true
    this.#writing ??= this.#write()
  }

  /** Goes on in a new segment; what was appended before is in the old one. Resolves with the old one's number. */
  rotate(): Promise<number> {
    this.#rotation ??= Promise.withResolvers<number>()
    this.#begin()
    return this.#rotation.promise
  }

  /** Everything so far is durable. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) this.#begin()
    while (this.#writing !== undefined) await this.#writing
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#file.close()
  }

  remove(segment: number): Promise<void> {
    return rm(join(this.#folder, nameOf(segment)), { force: true })
  }

  /** Lines of the segments before this run's, oldest first. */
  async *older(): AsyncGenerator<{ readonly segment: number; readonly line: string }> {
    for (const segment of await segmentsIn(this.#folder)) {
      if (segment >= this.#segment) continue
      const text = await readFile(join(this.#folder, nameOf(segment)), 'utf8')
      for (const line of text.split('\n')) if (line !== '') yield { segment, line }
    }
  }

  async #write(): Promise<void> {
    // Lines of the same turn of the event loop go together.
    await Promise.resolve()
    while (this.#isUrgent || this.#rotation !== undefined) {
      this.#isUrgent = false
      clearTimeout(this.#company)
      this.#company = undefined
      const group = this.#waiting
      this.#waiting = []
      if (group.length > 0) await this.#writeGroup(group)
      if (this.#rotation !== undefined) await this.#nextSegment(this.#rotation)
    }
    this.#writing = undefined
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#file.write(`${group.map(({ line }) => line).join('\n')}\n`)
      for (const { done } of group) done(this.#segment)
    } catch (cause) {
      for (const { failed } of group) failed(cause)
    }
  }

  async #nextSegment(rotation: PromiseWithResolvers<number>): Promise<void> {
    const old = this.#segment
    try {
      const file = await open(join(this.#folder, nameOf(old + 1)), durably, 0o600)
      await this.#file.close()
      this.#file = file
      this.#segment = old + 1
      this.#bytes = 0
      rotation.resolve(old)
    } catch (cause) {
      rotation.reject(cause)
    } finally {
      this.#rotation = undefined
    }
  }
}

async function segmentsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder)
  return names
    .flatMap((name) => (/^\d{8}\.journal$/.test(name) ? [Number(name.slice(0, 8))] : []))
    .sort((one, other) => one - other)
}
