import { headEnd, messageBytesMax } from '../message.ts'

/** What came out of a stream so far: messages, keep-alive pings, or an error after which the stream cannot be read on. */
export interface Framed {
  readonly messages: Uint8Array[]
  /** Double CRLFs that want a CRLF back, RFC 5626 §3.5.1. */
  readonly pings: number
  readonly error?: string
}

const lengthHeader = /(?:^|\n)(?:content-length|l)[ \t]*:[ \t]*(\d{1,10})[ \t]*\r?(?=\n)/i

/** Cuts a byte stream into messages by Content-Length, RFC 3261 §18.3. Holds at most one message. */
export class StreamFramer {
  #held: Uint8Array = new Uint8Array(0)

  push(bytes: Uint8Array): Framed {
    const messages: Uint8Array[] = []
    let pings = 0
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    for (;;) {
      let start = 0
      while (rest[start] === 13 && rest[start + 1] === 10) start += 2
      if (start >= 4) pings += start >> 2
      if (start > 0 && start < 4 && rest.length === start) break
      rest = rest.subarray(start)
      const end = headEnd(rest)
      if (end < 0) {
        if (rest.length > messageBytesMax) return { messages, pings, error: 'message head too long' }
        break
      }
      const match = lengthHeader.exec(Buffer.from(rest.buffer, rest.byteOffset, end).toString('latin1'))
      if (match === null) return { messages, pings, error: 'no Content-Length' }
      const total = end + Number(match[1])
      if (total > messageBytesMax) return { messages, pings, error: 'message too long' }
      if (rest.length < total) break
      messages.push(rest.subarray(0, total))
      rest = rest.subarray(total)
    }
    this.#held = rest.length === 0 ? new Uint8Array(0) : Uint8Array.from(rest)
    return { messages, pings }
  }
}
