import { randomBytes } from 'node:crypto'
import { frameSamples } from '../g711.ts'
import { type RtpPacket, sequenceDistance, withHeaderRoom, writeRtpHeader } from '../rtp-packet.ts'

/** A relayed stream that jumps by more than this starts anew, packets and samples (10 s). */
const sequenceJumpMax = 1_000
const timestampJumpMax = 80_000

/** How a stream that we pass on is renumbered into ours. */
interface Mapping {
  readonly ssrc: number
  sequenceOffset: number
  readonly timestampOffset: number
  /** The first sequence number of ours under it: what is older is too late. */
  readonly from: number
}

/**
 * The numbers on what we send to one leg: one SSRC, sequence and timestamps that go on whatever feeds it (the clock, a peer's packets,
 * digits). Relayed packets keep their order, gaps and loss, so that the listener's own jitter buffer can work. RFC 3550 §5.1.
 */
export class OutgoingStream {
  readonly ssrc = randomBytes(4).readUInt32BE(0)
  #sequence = randomBytes(2).readUInt16BE(0)
  #timestamp = randomBytes(4).readUInt32BE(0)
  #isFirst = true
  #mapping: Mapping | undefined

  /** Timestamp of what comes next. */
  get timestamp(): number {
    return this.#timestamp
  }

  /** The next thing sent begins a talkspurt: it gets the marker. */
  startAnew(): void {
    this.#isFirst = true
  }

  /** 20 ms that we made. */
  frame(payload: Uint8Array, payloadType: number): Buffer {
    const packet = this.#packet(payload, payloadType, this.#isFirst, this.#sequence, this.#timestamp)
    this.#isFirst = false
    this.#step()
    return packet
  }

  /** One packet of a digit that began at timestamp `at`; time goes on beneath it. */
  event(payload: Uint8Array, payloadType: number, isFirst: boolean, at: number): Buffer {
    const packet = this.#packet(payload, payloadType, isFirst, this.#sequence, at)
    this.#isFirst = true
    this.#step()
    return packet
  }

  /** 20 ms in which nothing is sent: time goes on, and what comes next is a talkspurt. */
  pause(): void {
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
    this.#isFirst = true
  }

  /** 20 ms in which the relayed stream brought nothing; when it comes late it still finds its place. */
  wait(): void {
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
  }

  #step(): void {
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
    this.#mapping = undefined
  }

  /**
   * A packet of another stream, `samples` long, gets our numbers; `undefined` when it is too late to be fitted in. `packet` is written to:
   * it has room for the header, then what is to be said. It may be the very packet that came.
   */
  relay(from: RtpPacket, packet: Buffer, payloadType: number, samples: number): Buffer | undefined {
    const mapping = this.#mappingFor(from)
    const sequence = (from.sequence + mapping.sequenceOffset) & 0xffff
    if (sequenceDistance(mapping.from, sequence) < 0) return undefined
    const timestamp = (from.timestamp + mapping.timestampOffset) >>> 0
    const isNewest = sequenceDistance(this.#sequence, sequence) >= 0
    writeRtpHeader(packet, payloadType, from.marker || this.#isFirst, sequence, timestamp, this.ssrc)
    if (isNewest) {
      this.#sequence = (sequence + 1) & 0xffff
      this.#timestamp = (timestamp + samples) >>> 0
      this.#isFirst = false
    }
    return packet
  }

  /** A packet of the relayed stream is not passed on: the numbers close up behind it. */
  skip(ssrc: number): void {
    if (this.#mapping?.ssrc === ssrc) this.#mapping.sequenceOffset -= 1
  }

  #mappingFor(packet: RtpPacket): Mapping {
    const current = this.#mapping
    if (current !== undefined && current.ssrc === packet.ssrc) {
      const sequence = (packet.sequence + current.sequenceOffset) & 0xffff
      const timestamp = (packet.timestamp + current.timestampOffset) | 0
      const isNear =
        Math.abs(sequenceDistance(this.#sequence, sequence)) < sequenceJumpMax &&
        Math.abs((timestamp - this.#timestamp) | 0) < timestampJumpMax
      if (isNear) return current
    }
    this.#mapping = {
      ssrc: packet.ssrc,
      sequenceOffset: this.#sequence - packet.sequence,
      timestampOffset: this.#timestamp - packet.timestamp,
      from: this.#sequence,
    }
    return this.#mapping
  }

  #packet(payload: Uint8Array, payloadType: number, marker: boolean, sequence: number, timestamp: number): Buffer {
    const packet = withHeaderRoom(payload)
    writeRtpHeader(packet, payloadType, marker, sequence, timestamp, this.ssrc)
    return packet
  }
}
