import type { Reception } from './reception.ts'

/** Seconds between 1900 and 1970. */
const ntpEpoch = 2_208_988_800

export interface SenderFacts {
  readonly ssrc: number
  readonly packets: number
  readonly octets: number
  readonly timestamp: number
}

/** Middle 32 bits of the NTP time, RFC 3550 §4. */
export const compactNtp = (nowMs: number): number =>
  (((Math.floor(nowMs / 1_000) + ntpEpoch) << 16) | Math.floor(((nowMs % 1_000) / 1_000) * 65_536)) >>> 0

/** A sender report with one reception block and a CNAME, RFC 3550 §§6.4.1, 6.5. */
export function senderReport(
  us: SenderFacts,
  them:
    | { readonly ssrc: number; readonly reception: Reception; readonly lastSr: number; readonly lastSrAtMs: number }
    | undefined,
  nowMs: number,
): Buffer {
  const blocks = them === undefined ? 0 : 1
  const report = Buffer.alloc(28 + blocks * 24)
  report.writeUInt8(0x80 | blocks, 0)
  report.writeUInt8(200, 1)
  report.writeUInt16BE(report.length / 4 - 1, 2)
  report.writeUInt32BE(us.ssrc, 4)
  report.writeUInt32BE((Math.floor(nowMs / 1_000) + ntpEpoch) >>> 0, 8)
  report.writeUInt32BE(Math.floor(((nowMs % 1_000) / 1_000) * 2 ** 32) >>> 0, 12)
  report.writeUInt32BE(us.timestamp >>> 0, 16)
  report.writeUInt32BE(us.packets >>> 0, 20)
  report.writeUInt32BE(us.octets >>> 0, 24)
  if (them !== undefined) {
    report.writeUInt32BE(them.ssrc, 28)
    report.writeUInt32BE(
      ((them.reception.fractionLost() << 24) | (Math.min(them.reception.lost, 0x7fffff) & 0xffffff)) >>> 0,
      32,
    )
    report.writeUInt32BE(them.reception.extendedHighest >>> 0, 36)
    report.writeUInt32BE(Math.round(them.reception.jitter) >>> 0, 40)
    report.writeUInt32BE(them.lastSr, 44)
    report.writeUInt32BE(them.lastSr === 0 ? 0 : Math.round(((nowMs - them.lastSrAtMs) / 1_000) * 65_536) >>> 0, 48)
  }
  const cname = Buffer.from('offhook')
  const words = Math.ceil((6 + cname.length + 1) / 4)
  const description = Buffer.alloc(4 + words * 4)
  description.writeUInt8(0x81, 0)
  description.writeUInt8(202, 1)
  description.writeUInt16BE(words, 2)
  description.writeUInt32BE(us.ssrc, 4)
  description.writeUInt8(1, 8)
  description.writeUInt8(cname.length, 9)
  cname.copy(description, 10)
  return Buffer.concat([report, description])
}

export interface ReportHeard {
  /** Compact NTP of the sender report in it, for our answer. */
  readonly lastSr?: number
  readonly roundTripMs?: number
  readonly fractionLost?: number
}

/** What a compound packet says to us. Bounded by its length; malformed parts are passed over. */
export function readReport(bytes: Buffer, ourSsrc: number, nowMs: number): ReportHeard {
  const heard: { lastSr?: number; roundTripMs?: number; fractionLost?: number } = {}
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = (bytes.readUInt16BE(at + 2) + 1) * 4
    const type = bytes.readUInt8(at + 1)
    if (at + length > bytes.length || bytes.readUInt8(at) >> 6 !== 2) break
    if (type === 200 && length >= 28) heard.lastSr = bytes.readUInt32BE(at + 10)
    const blocksAt = type === 200 ? at + 28 : type === 201 ? at + 8 : -1
    for (
      let block = 0;
      blocksAt > 0 && block < (bytes.readUInt8(at) & 31) && blocksAt + (block + 1) * 24 <= at + length;
      block += 1
    ) {
      const start = blocksAt + block * 24
      if (bytes.readUInt32BE(start) !== ourSsrc) continue
      heard.fractionLost = bytes.readUInt8(start + 4) / 256
      const [lsr, delay] = [bytes.readUInt32BE(start + 16), bytes.readUInt32BE(start + 20)]
      if (lsr !== 0) heard.roundTripMs = Math.max(0, (((compactNtp(nowMs) - lsr - delay) | 0) / 65_536) * 1_000)
    }
    at += length
  }
  return heard
}
