import { sequenceDistance } from './rtp-packet.ts'

/** Frames held at the most, 20 ms each; what comes earlier than that is a new stream. */
const framesMax = 50
/** Delay kept at the start and after an underrun, frames. It grows when packets come late and shrinks when they do not. */
const depthMin = 2
const depthMax = 10
/** Frames without a late one before the delay shrinks by one. */
const calmFrames = 250

/** Puts frames in order and takes them out one a tick. Lost ones come out as `undefined`. Holds at most a second. */
export class JitterBuffer {
  readonly #frames = new Map<number, Uint8Array>()
  #next: number | undefined
  #depth = depthMin
  #calm = 0
  #filling = true

  push(sequence: number, frame: Uint8Array): void {
    if (this.#next === undefined) this.#next = sequence
    const ahead = sequenceDistance(this.#next, sequence)
    if (ahead < 0 && ahead > -framesMax) {
      // Too late to be heard: wait a little longer from now on.
      this.#depth = Math.min(depthMax, this.#depth + 1)
      this.#calm = 0
      if (this.#frames.size === 0) this.#filling = true
      return
    }
    if (Math.abs(ahead) >= framesMax) this.#restart(sequence)
    this.#frames.set(sequence, frame)
  }

  #restart(sequence: number): void {
    this.#frames.clear()
    this.#next = sequence
    this.#filling = true
  }

  /** The next frame, `undefined` when it is lost or nothing is due. */
  pop(): Uint8Array | undefined {
    if (this.#next === undefined) return undefined
    if (this.#filling) {
      if (this.#frames.size < this.#depth) return undefined
      this.#filling = false
    }
    const frame = this.#frames.get(this.#next)
    this.#frames.delete(this.#next)
    if (frame === undefined && this.#frames.size === 0) {
      this.#filling = true
      return undefined
    }
    this.#next = (this.#next + 1) & 0xffff
    this.#calm += 1
    if (this.#calm > calmFrames && this.#depth > depthMin) {
      this.#depth -= 1
      this.#calm = 0
      // One frame less of delay is one frame passed over.
      if (this.#frames.size > this.#depth) {
        this.#frames.delete(this.#next)
        this.#next = (this.#next + 1) & 0xffff
      }
    }
    return frame
  }

  get depth(): number {
    return this.#frames.size
  }
}
