/** The parts of an RTP packet (RFC 3550 §5.1) that matter here; extensions and CSRCs are passed over, padding is taken off. */
export interface RtpPacket {
  readonly payloadType: number
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  readonly payload: Uint8Array
  /** The datagram, where it is a plain header and the payload and nothing else: it can go on under other numbers without a copy. */
  readonly plain?: Buffer | undefined
}

export const rtpHeaderBytes = 12
/** Largest packet taken; a G.711 packet of 20 ms has 172 bytes. */
export const rtpBytesMax = 1_500

const word = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0

/** Where the payload begins: behind CSRCs and the header extension. May be past the end of a packet that lies. */
export function rtpPayloadStart(bytes: Uint8Array): number {
  const first = bytes[0] ?? 0
  const start = rtpHeaderBytes + (first & 0x0f) * 4
  if ((first & 0x10) === 0) return start
  return start + 4 + (((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0)) * 4
}

class ReadPacket implements RtpPacket {
  readonly payloadType: number
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number

  constructor(bytes: Buffer, start: number, end: number) {
    const second = bytes[1] ?? 0
    this.payloadType = second & 0x7f
    this.marker = (second & 0x80) !== 0
    this.sequence = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
    this.timestamp = word(bytes, 4)
    this.ssrc = word(bytes, 8)
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  /** A view, made for who asks: what is only passed on needs none. */
  get payload(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  get plain(): Buffer | undefined {
    return this.#start === rtpHeaderBytes && this.#end === this.#bytes.length ? this.#bytes : undefined
  }
}

/** Reads a packet; `undefined` when it is none. The payload is a view into `bytes`. */
export function parseRtp(bytes: Buffer): RtpPacket | undefined {
  const first = bytes[0] ?? 0
  if (bytes.length < rtpHeaderBytes || bytes.length > rtpBytesMax || first >> 6 !== 2) return undefined
  const start = rtpPayloadStart(bytes)
  const end = bytes.length - ((first & 0x20) !== 0 ? (bytes[bytes.length - 1] ?? 0) : 0)
  if (end < start) return undefined
  return new ReadPacket(bytes, start, end)
}

/** Writes a header into the first 12 bytes of `bytes`. */
export function writeRtpHeader(
  bytes: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  bytes[0] = 0x80
  bytes[1] = (marker ? 0x80 : 0) | payloadType
  bytes[2] = (sequence >> 8) & 0xff
  bytes[3] = sequence & 0xff
  for (let index = 0; index < 4; index += 1) {
    bytes[4 + index] = (timestamp >>> (24 - 8 * index)) & 0xff
    bytes[8 + index] = (ssrc >>> (24 - 8 * index)) & 0xff
  }
}

/** A payload with room for a header before it. */
export function withHeaderRoom(payload: Uint8Array): Buffer {
  const packet = Buffer.allocUnsafe(rtpHeaderBytes + payload.length)
  packet.set(payload, rtpHeaderBytes)
  return packet
}

/** How far `b` is ahead of `a` on a 16-bit circle, −32768 to 32767. */
export const sequenceDistance = (a: number, b: number): number => ((b - a) << 16) >> 16

/** What a datagram on a media port is, by its first bytes: RFC 7983 §7, RFC 5761 §4. */
export function kindOfPacket(bytes: Uint8Array): 'stun' | 'dtls' | 'rtp' | 'rtcp' | 'unknown' {
  const [first = 255, second = 0] = bytes
  if (first < 4) return 'stun'
  if (first >= 20 && first < 64) return 'dtls'
  if (first < 128 || first >= 192) return 'unknown'
  return second >= 192 && second < 224 ? 'rtcp' : 'rtp'
}
