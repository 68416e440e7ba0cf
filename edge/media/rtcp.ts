import type { Reception } from './reception.ts'

/** Seconds between 1900 and 1970. */
const ntpEpoch = 2_208_988_800
/** Packet types, RFC 3550 §12.1. */
const packetType = { senderReport: 200, receiverReport: 201, description: 202, bye: 203 } as const
const senderBytes = 28
const blockBytes = 24
/** Largest compound packet looked at. */
const reportBytesMax = 1_500
const cname = Buffer.from('offhook')

export interface SenderFacts {
  readonly ssrc: number
  readonly packets: number
  readonly octets: number
  readonly timestamp: number
}

export interface HeardFacts {
  readonly ssrc: number
  readonly reception: Reception
  /** Compact NTP of the last sender report heard, 0 for none, and when that was. */
  readonly lastSr: number
  readonly lastSrAtMs: number
}

/** Middle 32 bits of the NTP time, RFC 3550 §4. */
export const compactNtp = (nowMs: number): number =>
  (((Math.floor(nowMs / 1_000) + ntpEpoch) << 16) | Math.floor(((nowMs % 1_000) / 1_000) * 65_536)) >>> 0

function writeHeader(bytes: Buffer, count: number, type: number, ssrc: number): void {
  bytes.writeUInt8(0x80 | count, 0)
  bytes.writeUInt8(type, 1)
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2)
  bytes.writeUInt32BE(ssrc, 4)
}

/** A reception block, RFC 3550 §6.4.1. */
function writeBlock(
  bytes: Buffer,
  at: number,
  { ssrc, reception, lastSr, lastSrAtMs }: HeardFacts,
  nowMs: number,
): void {
  bytes.writeUInt32BE(ssrc, at)
  bytes.writeUInt32BE(
    ((reception.fractionLost() << 24) | (Math.min(reception.lost, 0x7fffff) & 0xffffff)) >>> 0,
    at + 4,
  )
  bytes.writeUInt32BE(reception.extendedHighest >>> 0, at + 8)
  bytes.writeUInt32BE(Math.round(reception.jitter) >>> 0, at + 12)
  bytes.writeUInt32BE(lastSr, at + 16)
  bytes.writeUInt32BE(lastSr === 0 ? 0 : Math.round(((nowMs - lastSrAtMs) / 1_000) * 65_536) >>> 0, at + 20)
}

function description(ssrc: number): Buffer {
  // One chunk: SSRC, CNAME, at least one zero, filled up to whole words (§6.5).
  const bytes = Buffer.alloc(4 + Math.ceil((4 + 2 + cname.length + 1) / 4) * 4)
  writeHeader(bytes, 1, packetType.description, ssrc)
  bytes.writeUInt8(1, 8)
  bytes.writeUInt8(cname.length, 9)
  cname.copy(bytes, 10)
  return bytes
}

/** A sender report, or a receiver report while we have sent nothing, with one reception block and a CNAME: RFC 3550 §§6.4, 6.5. */
export function senderReport(us: SenderFacts, them: HeardFacts | undefined, nowMs: number): Buffer {
  const head = us.packets > 0 ? senderBytes : 8
  const report = Buffer.alloc(head + (them === undefined ? 0 : blockBytes))
  const type = us.packets > 0 ? packetType.senderReport : packetType.receiverReport
  writeHeader(report, them === undefined ? 0 : 1, type, us.ssrc)
  if (us.packets > 0) {
    report.writeUInt32BE((Math.floor(nowMs / 1_000) + ntpEpoch) >>> 0, 8)
    report.writeUInt32BE(Math.floor(((nowMs % 1_000) / 1_000) * 2 ** 32) >>> 0, 12)
    report.writeUInt32BE(us.timestamp >>> 0, 16)
    report.writeUInt32BE(us.packets >>> 0, 20)
    report.writeUInt32BE(us.octets >>> 0, 24)
  }
  if (them !== undefined) writeBlock(report, head, them, nowMs)
  return Buffer.concat([report, description(us.ssrc)])
}

/** We leave, RFC 3550 §6.6. Goes behind a report. */
export function byeReport(ssrc: number): Buffer {
  const bytes = Buffer.alloc(8)
  writeHeader(bytes, 1, packetType.bye, ssrc)
  return bytes
}

export interface ReportHeard {
  /** Compact NTP of the sender report in it, for our answer. */
  readonly lastSr?: number
  readonly roundTripMs?: number
  /** Of 1, since the report before. */
  readonly fractionLost?: number
  /** Of all we sent, as far as the far end knows. */
  readonly packetsLost?: number
  /** In samples. */
  readonly jitter?: number
}

type Heard = { -readonly [Name in keyof ReportHeard]: ReportHeard[Name] }

/** What a compound packet says to us. Bounded by its length; malformed parts are passed over. */
export function readReport(bytes: Buffer, ourSsrc: number, nowMs: number): ReportHeard {
  const heard: Heard = {}
  if (bytes.length > reportBytesMax) return heard
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = (bytes.readUInt16BE(at + 2) + 1) * 4
    const type = bytes.readUInt8(at + 1)
    if (at + length > bytes.length || bytes.readUInt8(at) >> 6 !== 2) break
    const isSender = type === packetType.senderReport && length >= senderBytes
    if (isSender) heard.lastSr = bytes.readUInt32BE(at + 10)
    const isReport = isSender || type === packetType.receiverReport
    const blocks = isReport ? bytes.readUInt8(at) & 31 : 0
    for (let block = 0; block < blocks; block += 1) {
      const start = at + (isSender ? senderBytes : 8) + block * blockBytes
      if (start + blockBytes > at + length) break
      if (bytes.readUInt32BE(start) === ourSsrc) readBlock(bytes, start, nowMs, heard)
    }
    at += length
  }
  return heard
}

function readBlock(bytes: Buffer, at: number, nowMs: number, heard: Heard): void {
  heard.fractionLost = bytes.readUInt8(at + 4) / 256
  // Below zero where packets came twice.
  heard.packetsLost = Math.max(0, bytes.readIntBE(at + 5, 3))
  heard.jitter = bytes.readUInt32BE(at + 12)
  const lsr = bytes.readUInt32BE(at + 16)
  const delay = bytes.readUInt32BE(at + 20)
  if (lsr !== 0) heard.roundTripMs = Math.max(0, (((compactNtp(nowMs) - lsr - delay) | 0) / 65_536) * 1_000)
}
