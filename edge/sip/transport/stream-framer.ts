import { headEnd, messageBytesMax } from '../message.ts'

/** What came out of a stream so far: messages, keep-alive pings, or an error after which the stream cannot be read on. */
export interface Framed {
  readonly messages: Uint8Array[]
  /** Double CRLFs that want a CRLF back, RFC 5626 §3.5.1. */
  readonly pings: number
  readonly error?: string
}

const lengthHeader = /(?:^|\n)(?:content-length|l)[ \t]*:[ \t]*(\d{1,10})[ \t]*\r?(?=\n)/i
const firstBytes = 2_048

/** Cuts a byte stream into messages by Content-Length, RFC 3261 §18.3. Holds at most one message, and reads each byte once. */
export class StreamFramer {
  #held = Buffer.alloc(0)
  #length = 0
  /** Bytes in which no end of a head was found. */
  #searched = 0
  /** Length of the message under way, once its head is there. */
  #wanted: number | undefined

  /** True while half a message waits for its rest; a line break or two are none. */
  get isPartial(): boolean {
    return this.#length > 3
  }

  push(bytes: Uint8Array): Framed {
    const messages: Uint8Array[] = []
    let pings = 0
    this.#keep(bytes)
    for (;;) {
      pings += this.#dropLineBreaks()
      const wanted = this.#wanted ?? this.#measure()
      if (typeof wanted === 'string') return { messages, pings, error: wanted }
      this.#wanted = wanted
      if (wanted === undefined || this.#length < wanted) return { messages, pings }
      // A copy: the buffer goes on with the next message, and must not be kept alive by a small body.
      messages.push(Uint8Array.from(this.#held.subarray(0, wanted)))
      this.#consume(wanted)
    }
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(firstBytes, needed, Math.min(2 * this.#held.length, messageBytesMax)))
      this.#held.copy(larger, 0, 0, this.#length)
      this.#held = larger
    }
    this.#held.set(bytes, this.#length)
    this.#length = needed
  }

  #consume(count: number): void {
    this.#held.copyWithin(0, count, this.#length)
    this.#length -= count
    this.#searched = 0
    this.#wanted = undefined
    if (this.#length === 0 && this.#held.length > firstBytes) this.#held = Buffer.alloc(0)
  }

  /** Line breaks between messages: pairs are pings, a single one is a pong. */
  #dropLineBreaks(): number {
    if (this.#searched > 0) return 0
    let count = 0
    while (this.#held[count] === 13 && this.#held[count + 1] === 10 && count + 1 < this.#length) count += 2
    // The first half of a ping may come alone; a lone line break at the end waits for the next one.
    const kept = count % 4 === 2 && count === this.#length ? 2 : 0
    if (count > kept) this.#consume(count - kept)
    return count >> 2
  }

  /** Length of the message that begins here; `undefined` while its head is not complete, a sentence when there cannot be one. */
  #measure(): number | undefined | string {
    if (this.#length < 3) return undefined
    const seen = this.#held.subarray(0, this.#length)
    const from = Math.max(0, this.#searched - 3)
    const found = headEnd(seen.subarray(from))
    this.#searched = this.#length
    if (found < 0) return this.#length > messageBytesMax ? 'message head too long' : undefined
    const end = from + found
    const match = lengthHeader.exec(seen.toString('latin1', 0, end))
    if (match === null) return 'no Content-Length'
    const total = end + Number(match[1])
    return total > messageBytesMax ? 'message too long' : total
  }
}
