import { mix } from './mixer.ts'
import type { RtpSession } from './rtp-session.ts'

/** Legs of one mixed bridge; beyond that newcomers are not joined. */
const legsMax = 500

/** Who hears whom. Two legs pass packets to each other at once; three and more are mixed by the clock. */
export class Bridges {
  readonly #bridges = new Map<string, RtpSession[]>()
  readonly #move: (session: RtpSession, slot: number) => void

  /** `move` puts a session into another part of the tick: legs that are mixed have to speak at the same time. */
  constructor(move: (session: RtpSession, slot: number) => void) {
    this.#move = move
  }

  /** The bridge has these legs from now on; none: it is gone. */
  update(id: string, legs: readonly RtpSession[], muted: readonly string[]): void {
    for (const leg of this.#bridges.get(id) ?? []) {
      leg.peer = undefined
      leg.mixing = false
      leg.muted = false
    }
    const joined = legs.slice(0, legsMax)
    if (joined.length === 0) this.#bridges.delete(id)
    else this.#bridges.set(id, joined)
    for (const leg of joined) leg.muted = muted.includes(leg.id)
    const [a, b] = joined
    if (a === undefined || b === undefined) return
    if (joined.length === 2) {
      a.peer = b
      b.peer = a
      return
    }
    for (const leg of joined) {
      leg.mixing = true
      this.#move(leg, a.slot)
    }
  }

  /** A session is gone. */
  forget(session: RtpSession): void {
    for (const [id, legs] of this.#bridges) {
      if (!legs.includes(session)) continue
      const muted = legs.filter((leg) => leg.muted).map((leg) => leg.id)
      const left = legs.filter((leg) => leg !== session)
      this.update(id, left, muted)
    }
    session.peer = undefined
  }

  /** What the legs that are mixed in this part of the tick hear. */
  mixed(slot: number): Map<RtpSession, Uint8Array> {
    const all = new Map<RtpSession, Uint8Array>()
    for (const legs of this.#bridges.values()) {
      if (legs.length <= 2 || legs[0]?.slot !== slot) continue
      for (const [leg, frame] of mix(legs)) all.set(leg, frame)
    }
    return all
  }
}
