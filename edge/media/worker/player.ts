import { frameSamples, ulawSilence } from '../g711.ts'
import type { AudioSource, PlayResult } from '../media-engine.ts'
import { audioOf } from './audio-cache.ts'

/** One playing of a source to one session, a frame a tick. */
export class Player {
  readonly job: number
  readonly #stopOn: ReadonlySet<string>
  readonly #done: (result: PlayResult) => void
  #audio: Uint8Array | undefined
  #at = 0
  #left: number
  #over = false

  constructor(
    job: number,
    source: AudioSource,
    repeat: number,
    stopOn: readonly string[],
    done: (result: PlayResult) => void,
  ) {
    this.job = job
    this.#stopOn = new Set(stopOn)
    this.#left = repeat
    this.#done = done
    audioOf(source).then(
      (audio) => {
        this.#audio = audio
      },
      (error: Error) => this.finish({ ended: 'failed', error: error.message }),
    )
  }

  get isOver(): boolean {
    return this.#over
  }

  /** The next 20 ms, or nothing while the file is still being read. */
  next(): Uint8Array | undefined {
    const audio = this.#audio
    if (audio === undefined || this.#over) return undefined
    if (this.#at >= audio.length) {
      this.#left -= 1
      this.#at = 0
      if (this.#left <= 0 || audio.length === 0) {
        this.finish({ ended: 'complete' })
        return undefined
      }
    }
    const frame = audio.subarray(this.#at, this.#at + frameSamples)
    this.#at += frameSamples
    if (frame.length === frameSamples) return frame
    const padded = new Uint8Array(frameSamples).fill(ulawSilence)
    padded.set(frame)
    if (this.#left > 1) this.#wrap(padded, audio, frame.length)
    return padded
  }

  /** What is played again goes on in the same frame: music that loops has no gap. */
  #wrap(frame: Uint8Array, audio: Uint8Array, at: number): void {
    for (let to = at; to < frame.length; ) {
      this.#left -= 1
      const part = audio.subarray(0, frame.length - to)
      frame.set(part, to)
      this.#at = part.length
      to += part.length
      if (this.#left <= 1) return
    }
  }

  digit(digit: string): void {
    if (this.#stopOn.has(digit)) this.finish({ ended: 'digit', digit })
  }

  finish(result: PlayResult): void {
    if (this.#over) return
    this.#over = true
    this.#done(result)
  }
}
