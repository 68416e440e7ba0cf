import { frameSamples, ulawSilence } from './g711.ts'

/** Audio held at the most, samples: 1.28 s. What comes further ahead is a new stream. */
const ringSamples = 10_240
/** Presence is kept for every 10 ms, the shortest packet phones send. */
const slotSamples = 80
const slots = ringSamples / slotSamples
/** Delay kept at the start and after an underrun, frames of 20 ms. It grows when packets come late and shrinks when they do not. */
const depthMin = 2
const depthMax = 10
/** Frames without a late one before the delay may shrink. */
const calmFrames = 250
/** Frames in a row that may be held beyond the delay; a sender whose clock is fast fills the buffer slowly. */
const excessFrames = 50

/**
 * Puts audio in order by its timestamps and gives out 20 ms a tick, whatever the length of the packets. One byte a sample; nothing is
 * allocated while it runs. Adaptive: 40 ms of delay on a good line, at most 200 ms on a bad one. Holds at most 1.28 s.
 */
export class JitterBuffer {
  readonly #ring = new Uint8Array(ringSamples).fill(ulawSilence)
  readonly #present = new Uint8Array(slots)
  readonly #frame = new Uint8Array(frameSamples)
  #base: number | undefined
  /** Samples since `#base`: where the next frame begins, and where the newest audio ends. */
  #read = 0
  #end = 0
  #depth = depthMin
  #calm = 0
  #excess = 0
  #isFilling = true
  #waits = false

  /** Takes a packet's samples; `table` turns each into the law the listener wants. */
  push(payload: Uint8Array, timestamp: number, table?: Uint8Array): void {
    if (this.#base === undefined) this.#restart(timestamp)
    let at = (timestamp - (this.#base ?? timestamp)) | 0
    const ahead = at - this.#read
    if (ahead >= ringSamples - payload.length || ahead < -ringSamples || at > 2 ** 30) {
      this.#restart(timestamp)
      at = 0
    } else if (ahead + payload.length <= 0) return this.#late()
    // After a pause of the speaker (or a loss that ran us dry) nothing is gained by waiting through the gap again.
    else if (this.#isFilling && this.held === 0 && ahead > 0) this.#read = at
    this.#store(payload, at, table)
  }

  #store(payload: Uint8Array, at: number, table: Uint8Array | undefined): void {
    const length = Math.min(payload.length, ringSamples / 2)
    for (let index = Math.max(0, this.#read - at); index < length; index += 1) {
      const code = payload[index] ?? ulawSilence
      this.#ring[(at + index) % ringSamples] = table === undefined ? code : (table[code] ?? ulawSilence)
    }
    for (let sample = Math.max(at, this.#read); sample < at + length; sample += slotSamples)
      this.#present[Math.floor(sample / slotSamples) % slots] = 1
    this.#end = Math.max(this.#end, at + length)
  }

  /** Too late to be heard: wait a frame longer from now on. */
  #late(): void {
    this.#calm = 0
    if (this.#depth >= depthMax) return
    this.#depth += 1
    this.#waits = true
  }

  #restart(timestamp: number): void {
    this.#ring.fill(ulawSilence)
    this.#present.fill(0)
    this.#base = timestamp
    this.#read = 0
    this.#end = 0
    this.#isFilling = true
  }

  /** Audio held, samples. */
  get held(): number {
    return Math.max(0, this.#end - this.#read)
  }

  /** The next 20 ms, valid until the next call; `undefined` when they are lost or nothing is due. */
  pop(): Uint8Array | undefined {
    if (this.#waits || (this.#isFilling && this.held < this.#depth * frameSamples)) {
      this.#waits = false
      return undefined
    }
    this.#isFilling = this.held <= 0
    if (this.#isFilling) return undefined
    this.#shrinkWhenCalm()
    return this.#take()
  }

  #shrinkWhenCalm(): void {
    this.#calm += 1
    if (this.#calm > calmFrames && this.#depth > depthMin) {
      this.#depth -= 1
      this.#calm = 0
    }
    this.#excess = this.held > (this.#depth + 1) * frameSamples ? this.#excess + 1 : 0
    if (this.#excess <= excessFrames) return
    // One frame less of delay is one frame passed over.
    this.#take()
    this.#excess = 0
  }

  #take(): Uint8Array | undefined {
    const start = this.#read % ringSamples
    let isPresent = false
    for (let index = 0; index < frameSamples; index += 1) {
      const at = (start + index) % ringSamples
      this.#frame[index] = this.#ring[at] ?? ulawSilence
      this.#ring[at] = ulawSilence
    }
    for (let sample = this.#read; sample < this.#read + frameSamples; sample += slotSamples) {
      const slot = Math.floor(sample / slotSamples) % slots
      isPresent ||= this.#present[slot] === 1
      this.#present[slot] = 0
    }
    this.#read += frameSamples
    return isPresent ? this.#frame : undefined
  }
}
