import { type FileHandle, open } from 'node:fs/promises'
import { frameMs, frameSamples, ulawDecode } from '../g711.ts'
import type { RecordOptions, RecordResult } from '../media-engine.ts'
import { wavHeader } from '../wav.ts'

/** Audio is put on disk this often, frames: what a crash can cost is half a second. */
const flushFrames = 25
/** Frames waiting for a disk that does not keep up; then the recording ends truthfully. */
const backlogFrames = 3_000
/** The SMA scale (1 quiet to 1,000 loud) against the mean magnitude of 16-bit samples. */
const thresholdFactor = 2

/** One recording of one session: frames in, a WAV file that is whole at every moment but for its header. */
export class Recorder {
  readonly job: number
  readonly options: RecordOptions
  readonly #done: (result: RecordResult) => void
  readonly #channels: number
  #file: Promise<FileHandle>
  #writing: Promise<unknown>
  #pending: Buffer[] = []
  #bytes = 0
  #frames = 0
  #silent = 0
  #paused = false
  #over = false
  #backlog = 0

  constructor(job: number, options: RecordOptions, done: (result: RecordResult) => void) {
    this.job = job
    this.options = options
    this.#done = done
    this.#channels = options.track === 'both' ? 2 : 1
    this.#file = open(options.path, 'w', 0o600)
    this.#writing = this.#file.then((file) => file.write(wavHeader(this.#channels, undefined)))
    this.#writing.catch((error: Error) => this.#fail(error))
  }

  get isOver(): boolean {
    return this.#over
  }

  /** 20 ms of what was heard and of what was sent, µ-law; missing ones are silence. */
  frame(incoming: Uint8Array | undefined, outgoing: Uint8Array | undefined): void {
    if (this.#over) return
    const pcm = Buffer.alloc(frameSamples * 2 * this.#channels)
    const { track = 'incoming' } = this.options
    let loudness = 0
    for (let index = 0; index < frameSamples; index += 1) {
      const heard = this.#paused || incoming === undefined ? 0 : (ulawDecode[incoming[index] ?? 255] ?? 0)
      const sent = this.#paused || outgoing === undefined ? 0 : (ulawDecode[outgoing[index] ?? 255] ?? 0)
      loudness += Math.abs(heard)
      if (track === 'both') {
        pcm.writeInt16LE(heard, index * 4)
        pcm.writeInt16LE(sent, index * 4 + 2)
      } else pcm.writeInt16LE(track === 'incoming' ? heard : sent, index * 2)
    }
    this.#pending.push(pcm)
    this.#frames += 1
    if (this.#pending.length >= flushFrames) this.#flush()
    this.#judge(loudness / frameSamples)
  }

  #judge(loudness: number): void {
    const { silenceSeconds, silenceThreshold = 200, maxSeconds } = this.options
    this.#silent = loudness < silenceThreshold * thresholdFactor ? this.#silent + 1 : 0
    if (this.#frames * frameMs >= maxSeconds * 1_000) this.finish('limit')
    else if (silenceSeconds !== undefined && this.#silent * frameMs >= silenceSeconds * 1_000) this.finish('silence')
    else if (this.#backlog > backlogFrames) this.#fail(new Error('the disk does not keep up'))
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pending)
    const frames = this.#pending.length
    this.#pending = []
    this.#bytes += bytes.length
    this.#backlog += frames
    this.#writing = this.#writing.then(async () => {
      await (await this.#file).write(bytes)
      this.#backlog -= frames
    })
    this.#writing.catch((error: Error) => this.#fail(error))
  }

  digit(digit: string): void {
    if (this.options.stopOn?.includes(digit) === true) this.finish('digit', digit)
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
  }

  /** Writes the rest and the header, puts it all on disk, then reports. */
  finish(ended: RecordResult['ended'], digit?: string): void {
    if (this.#over) return
    this.#over = true
    this.#flush()
    const result = {
      ended,
      durationMs: this.#frames * frameMs,
      path: this.options.path,
      ...(digit === undefined ? {} : { digit }),
    }
    this.#writing
      .then(async () => {
        const file = await this.#file
        await file.write(wavHeader(this.#channels, this.#bytes), 0, undefined, 0)
        await file.sync()
        await file.close()
      })
      .then(
        () => this.#done(result),
        (error: Error) => this.#done({ ...result, ended: 'failed', error: error.message }),
      )
  }

  #fail(error: Error): void {
    if (this.#over) return
    this.#over = true
    void this.#file.then((file) => file.close()).catch(() => undefined)
    this.#done({ ended: 'failed', durationMs: this.#frames * frameMs, path: this.options.path, error: error.message })
  }
}
