import { sequenceDistance } from './rtp-packet.ts'

/** What one receiver knows of the stream it hears, RFC 3550 §6.4 and appendix A. */
export class Reception {
  received = 0
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
    const transit = (arrivalMs * 8 - timestamp) | 0
    if (this.#lastTransit !== undefined)
      this.jitter += (Math.min(Math.abs((transit - this.#lastTransit) | 0), 80_000) - this.jitter) / 16
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

/** Mean opinion score from loss (0-1) and one-way delay, ms: the E-model with G.711's figures (ITU-T G.107, Ie 0, Bpl 25.1). */
export function meanOpinionScore(loss: number, delayMs: number): number {
  const delay = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0)
  const equipment = (95 * loss * 100) / (loss * 100 + 25.1)
  const r = Math.max(0, Math.min(100, 93.2 - delay - equipment))
  return Math.round((1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6) * 100) / 100
}
