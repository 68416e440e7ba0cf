import { type FileHandle, open } from 'node:fs/promises'
import { frameMs, frameSamples, ulawDecode, ulawSilence } from '../g711.ts'
import type { RecordOptions, RecordResult } from '../media-engine.ts'
import { wavHeader } from '../wav.ts'

/** Audio is put on disk this often, frames: what a crash can cost is half a second. */
const flushFrames = 25
/** Frames waiting for a disk that does not keep up; then the recording ends truthfully. */
const backlogFrames = 3_000
/** The SMA scale (1 quiet to 1,000 loud) against the mean magnitude of 16-bit samples. */
const thresholdFactor = 2
const sampleBytes = 2

/** One recording of one session: frames in, a WAV file that is whole at every moment but for its header. */
export class Recorder {
  readonly job: number
  readonly #options: RecordOptions
  readonly #done: (result: RecordResult) => void
  readonly #channels: number
  readonly #file: Promise<FileHandle>
  #writing: Promise<unknown>
  #chunk: Buffer
  #chunkBytes = 0
  #bytes = 0
  #frames = 0
  #silentFrames = 0
  #backlog = 0
  #isPaused = false
  #isOver = false

  constructor(job: number, options: RecordOptions, done: (result: RecordResult) => void) {
    this.job = job
    this.#options = options
    this.#done = done
    this.#channels = options.track === 'both' ? 2 : 1
    this.#chunk = this.#newChunk()
    this.#file = open(options.path, 'w', 0o600)
    this.#writing = this.#file.then((file) => file.write(wavHeader(this.#channels, undefined)))
    this.#writing.catch((error: Error) => this.#fail(error))
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether what the leg hears is recorded too. */
  get wantsOutgoing(): boolean {
    return this.#options.track === 'both' || this.#options.track === 'outgoing'
  }

  #newChunk(): Buffer {
    return Buffer.alloc(flushFrames * frameSamples * sampleBytes * this.#channels)
  }

  /** 20 ms of what was heard and of what was sent, µ-law; missing ones are silence. */
  frame(incoming: Uint8Array | undefined, outgoing: Uint8Array | undefined): void {
    if (this.#isOver) return
    const [heard, said] = this.#isPaused ? [undefined, undefined] : [incoming, outgoing]
    if (this.#options.track === 'both') this.#writeBoth(heard, said)
    else this.#write(this.#options.track === 'outgoing' ? said : heard)
    this.#frames += 1
    if (this.#chunkBytes === this.#chunk.length) this.#flush()
    this.#judge(incoming)
  }

  #write(frame: Uint8Array | undefined): void {
    for (let index = 0; frame !== undefined && index < frameSamples; index += 1)
      this.#chunk.writeInt16LE(ulawDecode[frame[index] ?? ulawSilence] ?? 0, this.#chunkBytes + index * sampleBytes)
    this.#chunkBytes += frameSamples * sampleBytes
  }

  #writeBoth(left: Uint8Array | undefined, right: Uint8Array | undefined): void {
    for (let index = 0; index < frameSamples; index += 1) {
      const at = this.#chunkBytes + index * 2 * sampleBytes
      this.#chunk.writeInt16LE(ulawDecode[left?.[index] ?? ulawSilence] ?? 0, at)
      this.#chunk.writeInt16LE(ulawDecode[right?.[index] ?? ulawSilence] ?? 0, at + sampleBytes)
    }
    this.#chunkBytes += frameSamples * 2 * sampleBytes
  }

  /** Ends what is long enough, silent enough, or more than the disk takes. */
  #judge(incoming: Uint8Array | undefined): void {
    const { silenceSeconds, maxSeconds } = this.#options
    if (silenceSeconds !== undefined) this.#silentFrames = this.#isQuiet(incoming) ? this.#silentFrames + 1 : 0
    if (this.#frames * frameMs >= maxSeconds * 1_000) this.finish('limit')
    else if (silenceSeconds !== undefined && this.#silentFrames * frameMs >= silenceSeconds * 1_000)
      this.finish('silence')
    else if (this.#backlog > backlogFrames) this.#fail(new Error('the disk does not keep up'))
  }

  #isQuiet(frame: Uint8Array | undefined): boolean {
    if (frame === undefined) return true
    let sum = 0
    for (const code of frame) sum += Math.abs(ulawDecode[code] ?? 0)
    return sum / frame.length < (this.#options.silenceThreshold ?? 200) * thresholdFactor
  }

  #flush(): void {
    const bytes = this.#chunk.subarray(0, this.#chunkBytes)
    this.#chunk = this.#newChunk()
    this.#chunkBytes = 0
    this.#bytes += bytes.length
    this.#backlog += flushFrames
    this.#writing = this.#writing.then(async () => {
      await (await this.#file).write(bytes)
      this.#backlog -= flushFrames
    })
    this.#writing.catch((error: Error) => this.#fail(error))
  }

  digit(digit: string): void {
    if (this.#options.stopOn?.includes(digit) === true) this.finish('digit', digit)
  }

  /** Silence is written in place of audio until it goes on. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
  }

  get #result() {
    return { durationMs: this.#frames * frameMs, path: this.#options.path }
  }

  /** Writes the rest and the header, puts it all on disk, then reports. */
  finish(ended: RecordResult['ended'], digit?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#flush()
    const result = { ended, ...this.#result, ...(digit === undefined ? {} : { digit }) }
    this.#complete().then(
      () => this.#done(result),
      (error: Error) => this.#done({ ...result, ended: 'failed', error: error.message }),
    )
  }

  async #complete(): Promise<void> {
    const file = await this.#file
    try {
      await this.#writing
      await file.write(wavHeader(this.#channels, this.#bytes), 0, undefined, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  #fail(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    // The file may be the very thing that could not be opened.
    void this.#file.then((file) => file.close()).catch(() => undefined)
    this.#done({ ...this.#result, ended: 'failed', error: error.message })
  }
}
