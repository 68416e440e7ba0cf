import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { rtpPayloadStart } from './rtp-packet.ts'

/** AES_CM_128_HMAC_SHA1: bytes of the master key and of the salt behind it (RFC 3711 §8.2). */
const keyBytes = 16
const saltBytes = 14
export const masterBytes = keyBytes + saltBytes
/** Reports carry a tag of 80 bits with either suite (RFC 4568 §6.2). */
const reportTagBytes = 10
const reportHeaderBytes = 8
/** Packets that may come late, RFC 3711 §3.3.2 asks for 64 at least. */
const replayWindow = 128
/** Streams told apart under one key; a phone sends one. */
const streamsMax = 4

/** Keys of one direction. `master` is key and salt, 30 bytes; the tag has 10 bytes, or 4 with the suite `_32`. */
export interface SrtpKey {
  readonly master: Uint8Array
  readonly tagBytes: 10 | 4
}

interface SessionKeys {
  readonly cipher: Buffer
  readonly auth: Buffer
  readonly salt: Buffer
}

/** Key derivation with a rate of zero, RFC 3711 §4.3.1. Labels 0, 1, 2 are for RTP; 3, 4, 5 for RTCP. */
export function deriveKeys(master: Uint8Array, firstLabel: 0 | 3): SessionKeys {
  const derive = (label: number, length: number): Buffer => {
    const counter = Buffer.alloc(16)
    counter.set(master.subarray(keyBytes, masterBytes))
    counter.writeUInt8(counter.readUInt8(7) ^ label, 7)
    return createCipheriv('aes-128-ctr', master.subarray(0, keyBytes), counter).update(Buffer.alloc(length))
  }
  return {
    cipher: derive(firstLabel, keyBytes),
    auth: derive(firstLabel + 1, 20),
    salt: derive(firstLabel + 2, saltBytes),
  }
}

/** AES in counter mode over one packet; encrypting and decrypting are the same (RFC 3711 §4.1.1). */
function crypt(keys: SessionKeys, ssrc: number, index: number, bytes: Uint8Array): Buffer {
  const counter = Buffer.alloc(16)
  counter.writeUInt32BE(ssrc, 4)
  counter.writeUIntBE(index, 8, 6)
  for (let at = 0; at < saltBytes; at += 1) counter[at] = (counter[at] ?? 0) ^ (keys.salt[at] ?? 0)
  return createCipheriv('aes-128-ctr', keys.cipher, counter).update(bytes)
}

function tagOf(keys: SessionKeys, bytes: Uint8Array, rollover: number | undefined, tagBytes: number): Buffer {
  const hmac = createHmac('sha1', keys.auth).update(bytes)
  if (rollover !== undefined) {
    const word = Buffer.alloc(4)
    word.writeUInt32BE(rollover >>> 0)
    hmac.update(word)
  }
  return hmac.digest().subarray(0, tagBytes)
}

/** Protects what we send under one key. Sequence numbers count up, so the rollover counter does too. */
export class SrtpSender {
  readonly #rtp: SessionKeys
  readonly #rtcp: SessionKeys
  readonly #tagBytes: number
  #highest: number | undefined
  #reports = 0

  constructor({ master, tagBytes }: SrtpKey) {
    this.#rtp = deriveKeys(master, 0)
    this.#rtcp = deriveKeys(master, 3)
    this.#tagBytes = tagBytes
  }

  /** An RTP packet of ours, protected: RFC 3711 §3.1. */
  protect(packet: Buffer): Buffer {
    const start = rtpPayloadStart(packet)
    const index = nearestIndex(this.#highest, packet.readUInt16BE(2))
    this.#highest = Math.max(this.#highest ?? 0, index)
    const body = Buffer.concat([
      packet.subarray(0, start),
      crypt(this.#rtp, packet.readUInt32BE(8), index, packet.subarray(start)),
    ])
    return Buffer.concat([body, tagOf(this.#rtp, body, Math.floor(index / 65_536), this.#tagBytes)])
  }

  /** A compound RTCP packet of ours, encrypted and protected: RFC 3711 §3.4. */
  protectReport(report: Buffer): Buffer {
    const index = this.#reports
    this.#reports = (index + 1) % 2 ** 31
    const trailer = Buffer.alloc(4)
    trailer.writeUInt32BE(0x80000000 + index)
    const body = Buffer.concat([
      report.subarray(0, reportHeaderBytes),
      crypt(this.#rtcp, report.readUInt32BE(4), index, report.subarray(reportHeaderBytes)),
      trailer,
    ])
    return Buffer.concat([body, tagOf(this.#rtcp, body, undefined, reportTagBytes)])
  }
}

/** The packet index nearest to the highest so far: rollover counter and sequence number in one, RFC 3711 §3.3.1. */
export function nearestIndex(highest: number | undefined, sequence: number): number {
  if (highest === undefined) return sequence
  const ahead = ((sequence - (highest & 0xffff)) << 16) >> 16
  const index = highest + ahead
  // Nothing comes before the first packet of the first round.
  return index < 0 ? index + 65_536 : index
}

/** Which packet indexes came already: the newest 128. */
class ReplayWindow {
  highest: number | undefined
  readonly #seen = new Float64Array(replayWindow).fill(-1)

  isFresh(index: number): boolean {
    if (this.highest !== undefined && index <= this.highest - replayWindow) return false
    return this.#seen[index % replayWindow] !== index
  }

  note(index: number): void {
    this.#seen[index % replayWindow] = index
    this.highest = Math.max(this.highest ?? 0, index)
  }
}

/** Opens what the far end sends under one key. What does not authenticate, or comes a second time, comes out as `undefined`. */
export class SrtpReceiver {
  readonly #rtp: SessionKeys
  readonly #rtcp: SessionKeys
  readonly #tagBytes: number
  readonly #streams = new Map<number, ReplayWindow>()
  readonly #reports = new ReplayWindow()

  constructor({ master, tagBytes }: SrtpKey) {
    this.#rtp = deriveKeys(master, 0)
    this.#rtcp = deriveKeys(master, 3)
    this.#tagBytes = tagBytes
  }

  unprotect(packet: Buffer): Buffer | undefined {
    const start = rtpPayloadStart(packet)
    const end = packet.length - this.#tagBytes
    if (end < start) return undefined
    const ssrc = packet.readUInt32BE(8)
    // A stream is remembered only once a packet of it has proved itself: strangers cannot fill the table.
    const stream = this.#streams.get(ssrc) ?? new ReplayWindow()
    const index = nearestIndex(stream.highest, packet.readUInt16BE(2))
    if (!stream.isFresh(index)) return undefined
    const body = packet.subarray(0, end)
    const tag = tagOf(this.#rtp, body, Math.floor(index / 65_536), this.#tagBytes)
    if (!timingSafeEqual(tag, packet.subarray(end))) return undefined
    this.#remember(ssrc, stream)
    stream.note(index)
    return Buffer.concat([body.subarray(0, start), crypt(this.#rtp, ssrc, index, body.subarray(start))])
  }

  #remember(ssrc: number, stream: ReplayWindow): void {
    if (this.#streams.has(ssrc)) return
    const [oldest] = this.#streams.keys()
    if (this.#streams.size >= streamsMax && oldest !== undefined) this.#streams.delete(oldest)
    this.#streams.set(ssrc, stream)
  }

  unprotectReport(packet: Buffer): Buffer | undefined {
    const end = packet.length - reportTagBytes
    if (end < reportHeaderBytes + 4) return undefined
    const body = packet.subarray(0, end)
    if (!timingSafeEqual(tagOf(this.#rtcp, body, undefined, reportTagBytes), packet.subarray(end))) return undefined
    const trailer = packet.readUInt32BE(end - 4)
    const index = trailer % 2 ** 31
    if (!this.#reports.isFresh(index)) return undefined
    this.#reports.note(index)
    const payload = body.subarray(reportHeaderBytes, end - 4)
    const isEncrypted = trailer >= 2 ** 31
    const plain = isEncrypted ? crypt(this.#rtcp, packet.readUInt32BE(4), index, payload) : payload
    return Buffer.concat([body.subarray(0, reportHeaderBytes), plain])
  }
}
