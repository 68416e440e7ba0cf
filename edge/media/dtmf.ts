import { frameSamples } from './g711.ts'

/** Events 0-15 of RFC 4733 §3.2. */
export const digitsOfEvents = '0123456789*#ABCD'

/** The end of a digit is said three times, for networks that lose packets (§2.5.1.4). */
const endPackets = 3
/** Longest event one timestamp can say; longer ones go on in a new segment (§2.5.1.3). */
const durationMax = 0xffff
/** Packets of the digit before that come this late are known for what they are, samples: 2 s. */
const lateSamples = 16_000
/** A timestamp that comes back after this long is another digit: clocks wrap, phones restart theirs. */
const forgetMs = 60_000

/** Takes digits out of telephone-event packets: each once, however often its packets come, or the last of them get lost. */
export class DigitReceiver {
  #last: { readonly timestamp: number; readonly event: number; atMs: number } | undefined

  /** The digit that begins with this packet, or nothing. */
  receive(payload: Uint8Array, timestamp: number, nowMs: number): string | undefined {
    const event = payload[0] ?? 255
    const digit = digitsOfEvents[event]
    if (payload.length < 4 || digit === undefined) return undefined
    const last = this.#last
    if (last !== undefined && nowMs - last.atMs < forgetMs) {
      const ahead = (timestamp - last.timestamp) | 0
      const isSame = ahead === 0 || (ahead === durationMax && event === last.event)
      // A late packet of the digit before would ring it again.
      const isLate = ahead < 0 && ahead > -lateSamples
      if (isSame) this.#last = { timestamp, event, atMs: nowMs }
      if (isSame || isLate) return undefined
    }
    this.#last = { timestamp, event, atMs: nowMs }
    return digit
  }
}

export interface EventPayload {
  readonly bytes: Uint8Array
  readonly first: boolean
}

/** Longest digit that is sent, ms: what one timestamp can say. */
const toneMsMax = 8_000

/** The packets of one digit, one every 20 ms under one timestamp: as many as its length, then the end three times. */
export function eventPayloads(digit: string, toneMs: number): EventPayload[] {
  const event = digitsOfEvents.indexOf(digit.toUpperCase())
  const steps = Math.max(2, Math.round(Math.min(toneMs, toneMsMax) / 20))
  return Array.from({ length: steps + endPackets - 1 }, (_, index) => {
    const isOver = index >= steps - 1
    const duration = (Math.min(index, steps - 1) + 1) * frameSamples
    return {
      bytes: Uint8Array.of(event, (isOver ? 0x80 : 0) | 10, duration >> 8, duration & 0xff),
      first: index === 0,
    }
  })
}

/** Rows and columns of the keypad, Hz: ITU-T Q.23. */
const rows = [697, 770, 852, 941]
const columns = [1_209, 1_336, 1_477, 1_633]
const keypad = '123A456B789C*0#D'

/** The two tones of a digit, for far ends that understand no telephone events; nothing for what is no digit. */
export function tonesOf(digit: string): readonly number[] {
  const key = keypad.indexOf(digit.toUpperCase())
  if (key < 0) return []
  return [rows[key >> 2] ?? 0, columns[key & 3] ?? 0]
}
