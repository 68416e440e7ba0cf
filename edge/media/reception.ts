import { sequenceDistance } from './rtp-packet.ts'

/** Samples a second of the RTP clock. */
const samplesPerMs = 8
/** A jump in transit time that is not jitter but a new beginning, samples: 10 s. */
const transitJumpMax = 80_000

/** What one receiver knows of the stream it hears, RFC 3550 §6.4 and appendix A. */
export class Reception {
  received = 0
  /** Interarrival jitter in samples. */
  jitter = 0
  #base: number | undefined
  #highest = 0
  #cycles = 0
  #lastTransit: number | undefined
  #expectedBefore = 0
  #receivedBefore = 0

  heard(sequence: number, timestamp: number, arrivalMs: number): void {
    this.received += 1
    if (this.#base === undefined) {
      this.#base = sequence
      this.#highest = sequence
    } else if (sequenceDistance(this.#highest, sequence) > 0) {
      if (sequence < this.#highest) this.#cycles += 65_536
      this.#highest = sequence
    }
    const transit = (arrivalMs * samplesPerMs - timestamp) | 0
    const change = this.#lastTransit === undefined ? 0 : Math.abs((transit - this.#lastTransit) | 0)
    if (change < transitJumpMax) this.jitter += (change - this.jitter) / 16
    this.#lastTransit = transit
  }

  get extendedHighest(): number {
    return this.#cycles + this.#highest
  }

  get expected(): number {
    return this.#base === undefined ? 0 : this.extendedHighest - this.#base + 1
  }

  get lost(): number {
    return Math.max(0, this.expected - this.received)
  }

  /** Loss since the last report, of 256. */
  fractionLost(): number {
    const expected = this.expected - this.#expectedBefore
    const lost = expected - (this.received - this.#receivedBefore)
    this.#expectedBefore = this.expected
    this.#receivedBefore = this.received
    return expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected))
  }
}
