import type { MediaStats } from '../media-engine.ts'
import type { Reception } from '../reception.ts'
import { byeReport, readReport, type SenderFacts, senderReport } from '../rtcp.ts'

/** Time between reports, ms: the least RFC 3550 §6.2 recommends. */
const reportMs = 5_000

/** Samples a second of the RTP clock, of a thousand. */
const samplesPerMs = 8
/** A far end that claims more jitter than this is mistaken, ms. */
const jitterMsMax = 10_000

/** The RTCP of one leg: when a report is due, what it says, what the far end's say. */
export class Reports {
  #lastSr = { value: 0, atMs: 0 }
  #dueAtMs: number
  roundTripMs: number | undefined
  /** What the far end last told of what it heard of us. */
  farEnd: MediaStats['farEnd']

  /** The first report comes at random within the first interval, so that calls do not report in step. */
  constructor(nowMs: number) {
    this.#dueAtMs = nowMs + Math.random() * reportMs
  }

  isDue(nowMs: number): boolean {
    if (nowMs < this.#dueAtMs) return false
    this.#dueAtMs = nowMs + reportMs
    return true
  }

  make(us: SenderFacts, theirSsrc: number | undefined, reception: Reception, nowMs: number): Buffer {
    const { value: lastSr, atMs: lastSrAtMs } = this.#lastSr
    const them = theirSsrc === undefined ? undefined : { ssrc: theirSsrc, reception, lastSr, lastSrAtMs }
    return senderReport(us, them, nowMs)
  }

  bye(us: SenderFacts, nowMs: number): Buffer {
    return Buffer.concat([senderReport(us, undefined, nowMs), byeReport(us.ssrc)])
  }

  read(bytes: Buffer, us: Pick<SenderFacts, 'ssrc' | 'packets'>, nowMs: number): void {
    const heard = readReport(bytes, us.ssrc, nowMs)
    const { packetsLost, jitter = 0 } = heard
    if (packetsLost !== undefined && us.packets > 0)
      this.farEnd = {
        lossPercent: Math.round(Math.min(1, packetsLost / us.packets) * 1_000) / 10,
        jitterMs: Math.min(jitterMsMax, Math.round((jitter * 10) / samplesPerMs) / 10),
      }
    if (heard.lastSr !== undefined) this.#lastSr = { value: heard.lastSr, atMs: nowMs }
    this.roundTripMs = heard.roundTripMs ?? this.roundTripMs
  }
}
