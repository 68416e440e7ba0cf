/** Events 0-15 of RFC 4733 §3.2. */
export const digitsOfEvents = '0123456789*#ABCD'

/** Samples of one 20 ms step of a digit being sent. */
const stepSamples = 160
/** The end of a digit is said three times, for networks that lose packets (§2.5.1.4). */
const endPackets = 3

/** Takes digits out of telephone-event packets: each once, however often its packets come, or the last of them get lost. */
export class DigitReceiver {
  #lastTimestamp: number | undefined
  #lastAtMs = 0

  /** The digit that begins with this packet, or nothing. `nowMs` lets a timestamp be used again after a minute (it wraps, or restarts). */
  receive(payload: Uint8Array, timestamp: number, nowMs: number): string | undefined {
    const digit = digitsOfEvents[payload[0] ?? 255]
    if (payload.length < 4 || digit === undefined) return undefined
    if (timestamp === this.#lastTimestamp && nowMs - this.#lastAtMs < 60_000) {
      this.#lastAtMs = nowMs
      return undefined
    }
    // A late packet of the digit before would ring it again.
    if (
      this.#lastTimestamp !== undefined &&
      ((this.#lastTimestamp - timestamp) | 0) > 0 &&
      ((this.#lastTimestamp - timestamp) | 0) < 16_000
    )
      return undefined
    this.#lastTimestamp = timestamp
    this.#lastAtMs = nowMs
    return digit
  }
}

export interface EventPayload {
  readonly bytes: Uint8Array
  readonly first: boolean
  /** Samples since the digit began, to be taken off the stream's timestamp. */
  readonly sinceStart: number
  readonly last: boolean
}

/** The packets of one digit, 20 ms apart: as many as its length, then the end three times. */
export function eventPayloads(digit: string, toneMs: number): EventPayload[] {
  const event = digitsOfEvents.indexOf(digit)
  const steps = Math.max(2, Math.round(toneMs / 20))
  return Array.from({ length: steps + endPackets - 1 }, (_, index) => {
    const over = index >= steps - 1
    const duration = Math.min((Math.min(index, steps - 1) + 1) * stepSamples, 0xffff)
    return {
      bytes: Uint8Array.of(event, (over ? 0x80 : 0) | 10, duration >> 8, duration & 0xff),
      first: index === 0,
      sinceStart: index * stepSamples,
      last: index === steps + endPackets - 2,
    }
  })
}
