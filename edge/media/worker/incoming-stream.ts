import { DigitReceiver } from '../dtmf.ts'
import { alawToUlaw } from '../g711.ts'
import { JitterBuffer } from '../jitter-buffer.ts'
import { Reception } from '../reception.ts'
import type { RtpPacket } from '../rtp-packet.ts'

/** What one leg says: its reception, its digits, and its audio in order when somebody wants it by the clock. */
export class IncomingStream {
  #ssrc: number | undefined
  #reception = new Reception()
  #digits = new DigitReceiver()
  #jitter: JitterBuffer | undefined

  get ssrc(): number | undefined {
    return this.#ssrc
  }

  get reception(): Reception {
    return this.#reception
  }

  /** Counts a packet. Another SSRC is another stream: nothing of the old one is left (RFC 3550 §8.2). */
  note(packet: RtpPacket, nowMs: number): void {
    if (packet.ssrc !== this.#ssrc) {
      this.#ssrc = packet.ssrc
      this.#reception = new Reception()
      this.#digits = new DigitReceiver()
      if (this.#jitter !== undefined) this.#jitter = new JitterBuffer()
    }
    this.#reception.heard(packet.sequence, packet.timestamp, nowMs)
  }

  /** The digit that begins with this packet of telephone-event, or nothing. */
  digit(packet: RtpPacket, nowMs: number): string | undefined {
    return this.#digits.receive(packet.payload, packet.timestamp, nowMs)
  }

  /** Keeps the audio of a packet for the clock, if the clock wants it. */
  keep(packet: RtpPacket, codec: 'PCMU' | 'PCMA'): void {
    this.#jitter?.push(packet.payload, packet.timestamp, codec === 'PCMU' ? undefined : alawToUlaw)
  }

  /** 20 ms of µ-law for the clock, valid in this tick; nothing is kept while nobody wants it. */
  pop(isWanted: boolean): Uint8Array | undefined {
    if (!isWanted) {
      this.#jitter = undefined
      return undefined
    }
    this.#jitter ??= new JitterBuffer()
    return this.#jitter.pop()
  }
}
