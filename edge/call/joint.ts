import type { AudioSource, Bridge, MediaEngine, MediaSession, Playing } from '../media/media-engine.ts'
import type { Connection } from './call-control.ts'
import type { CallLeg } from './call-leg.ts'

/** Two legs that hear each other, with music for the one whose peer put the call on hold. */
export class Joint implements Connection {
  readonly a: CallLeg
  readonly b: CallLeg
  readonly #bridge: Bridge
  readonly #holdMusic: (holder: CallLeg) => AudioSource
  readonly #onRelease: (joint: Joint) => void
  readonly #music = new Map<CallLeg, Playing>()
  readonly #joined = new Map<CallLeg, MediaSession>()
  #isReleased = false

  constructor(
    media: MediaEngine,
    a: CallLeg,
    b: CallLeg,
    holdMusic: (holder: CallLeg) => AudioSource,
    onRelease: (joint: Joint) => void,
  ) {
    this.a = a
    this.b = b
    this.#bridge = media.createBridge()
    this.#holdMusic = holdMusic
    this.#onRelease = onRelease
    for (const leg of [a, b]) this.refresh(leg)
    for (const leg of [a, b]) if (leg.party?.isHeld === true) this.held(leg, true)
  }

  peerOf(leg: CallLeg): CallLeg {
    return leg === this.a ? this.b : this.a
  }

  /** Joins the session the leg has now; after a transfer it is another one. */
  refresh(leg: CallLeg): void {
    const session = leg.party?.session
    const before = this.#joined.get(leg)
    if (before === session) return
    this.#music.get(leg)?.stop()
    this.#music.delete(leg)
    if (before !== undefined) this.#bridge.remove(before)
    this.#joined.delete(leg)
    if (session === undefined || this.#isReleased) return
    this.#joined.set(leg, session)
    this.#bridge.add(session)
  }

  /** The holder's peer hears music and nothing else until it is taken back. */
  held(holder: CallLeg, isHeld: boolean): void {
    const peer = this.peerOf(holder)
    const session = this.#joined.get(peer)
    if (session === undefined || this.#isReleased) return
    this.#music.get(peer)?.stop()
    this.#music.delete(peer)
    if (isHeld) {
      this.#bridge.remove(session)
      this.#music.set(peer, session.play(this.#holdMusic(holder), { repeat: Number.POSITIVE_INFINITY }))
    } else this.#bridge.add(session)
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    for (const playing of this.#music.values()) playing.stop()
    this.#music.clear()
    this.#bridge.close()
    this.#onRelease(this)
  }
}
