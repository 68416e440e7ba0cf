import { RtpHeader, SrtcpSession, SrtpSession } from 'werift'
import { parseRtp, rtpHeaderBytes } from '../rtp-packet.ts'
import type { SrtpKeys } from './messages.ts'

/** AES_CM_128_HMAC_SHA1_80, as werift numbers it (RFC 5764 §4.1.2). */
const profile = 1
const keyBytes = 16

/** SDES-SRTP of one session: packets in and out, RFC 3711 by werift. What does not authenticate comes out as `undefined`. */
export class Srtp {
  readonly #rtp: SrtpSession
  readonly #rtcp: SrtcpSession

  constructor({ local, remote }: SrtpKeys) {
    const keys = {
      localMasterKey: Buffer.from(local.subarray(0, keyBytes)),
      localMasterSalt: Buffer.from(local.subarray(keyBytes)),
      remoteMasterKey: Buffer.from(remote.subarray(0, keyBytes)),
      remoteMasterSalt: Buffer.from(remote.subarray(keyBytes)),
    }
    this.#rtp = new SrtpSession({ keys, profile })
    this.#rtcp = new SrtcpSession({ keys, profile })
  }

  protect(packet: Uint8Array): Uint8Array {
    const parsed = parseRtp(packet)
    if (parsed === undefined) return packet
    const header = new RtpHeader({
      payloadType: parsed.payloadType,
      marker: parsed.marker,
      sequenceNumber: parsed.sequence,
      timestamp: parsed.timestamp,
      ssrc: parsed.ssrc,
    })
    return this.#rtp.encrypt(Buffer.from(packet.subarray(rtpHeaderBytes)), header)
  }

  unprotect(packet: Buffer): Buffer | undefined {
    try {
      return this.#rtp.decrypt(packet)
    } catch {
      return undefined
    }
  }

  protectReport(report: Buffer): Buffer {
    return this.#rtcp.encrypt(report)
  }

  unprotectReport(report: Buffer): Buffer | undefined {
    try {
      return this.#rtcp.decrypt(report)
    } catch {
      return undefined
    }
  }
}
