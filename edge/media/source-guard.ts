import { sequenceDistance } from './rtp-packet.ts'

export interface Source {
  readonly address: string
  readonly port: number
}

/** Packets in a row before a source that nobody announced is believed, and the time they take at least: a burst is no phone. */
const inRow = 4
const inRowMs = 50
/** Sequence numbers one of them may be ahead of the one before, for lines that lose packets. */
const gapMax = 8
/** Sources watched at once while none is believed. */
const candidatesMax = 8

/**
 * Decides whose packets are the call's. The address of the description is believed at once; behind a NAT the stream comes from elsewhere
 * (symmetric RTP, RFC 4961), and then the first source that keeps coming in order wins. From then on nobody else is heard until a
 * new description, so that a stranger who sprays ports cannot take a call over or talk into it.
 */
export class SourceGuard {
  #announced: Source | undefined
  #believed: Source | undefined
  #isSettled = false
  readonly #candidates = new Map<
    string,
    { readonly sequence: number; readonly count: number; readonly sinceMs: number }
  >()

  /** A description names this source, or none; the stream is learned anew, and meanwhile goes where it went. */
  announce(source: Source | undefined): void {
    const moved = source?.address !== this.#announced?.address || source?.port !== this.#announced?.port
    this.#announced = source
    this.#candidates.clear()
    this.#isSettled = false
    if (moved) this.#believed = undefined
  }

  /** Where to send: to who is believed, else to who was announced. */
  get destination(): Source | undefined {
    return this.#believed ?? this.#announced
  }

  /** ICE proved this source (RFC 8445 §7.3): it is the one, at once. */
  prove(source: Source): void {
    this.#believed = source
    this.#isSettled = true
  }

  /** Whether a packet of this source is taken. `isAuthentic`: it proved itself by SRTP. */
  admits(address: string, port: number, sequence: number, isAuthentic: boolean, nowMs: number): boolean {
    const believed = this.#believed
    if (believed !== undefined && believed.port === port && believed.address === address) {
      this.#isSettled = true
      return true
    }
    if (this.#isSettled) return false
    const isAnnounced = this.#announced?.port === port && this.#announced.address === address
    if (!isAnnounced && !isAuthentic && !this.#keepsComing(`${address} ${port}`, sequence, nowMs)) return false
    this.#believed = { address, port }
    this.#isSettled = true
    this.#candidates.clear()
    return true
  }

  #keepsComing(key: string, sequence: number, nowMs: number): boolean {
    const before = this.#candidates.get(key)
    const ahead = before === undefined ? 0 : sequenceDistance(before.sequence, sequence)
    const goesOn = before !== undefined && ahead > 0 && ahead <= gapMax
    const now = goesOn
      ? { sequence, count: before.count + 1, sinceMs: before.sinceMs }
      : { sequence, count: 1, sinceMs: nowMs }
    if (before !== undefined || this.#candidates.size < candidatesMax) this.#candidates.set(key, now)
    return now.count >= inRow && nowMs - now.sinceMs >= inRowMs
  }
}
