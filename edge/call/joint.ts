import type { AudioSource, Bridge, MediaEngine, MediaSession, Playing } from '../media/media-engine.ts'
import type { Connection } from './call-control.ts'
import type { CallLeg } from './call-leg.ts'

/** What the peer of `holder` hears. It may take a moment to find: until then there is silence. Must not reject. */
export type HoldMusic = (holder: CallLeg) => AudioSource | Promise<AudioSource>

/** Two legs that hear each other, with music for the one whose peer put the call on hold. */
export class Joint implements Connection {
  readonly a: CallLeg
  readonly b: CallLeg
  readonly #bridge: Bridge
  readonly #holdMusic: HoldMusic
  readonly #onRelease: (joint: Joint) => void
  readonly #music = new Map<CallLeg, Playing>()
  /** Sessions of held peers; of a hold that is over the music is not played any more. */
  readonly #held = new Map<CallLeg, MediaSession>()
  readonly #joined = new Map<CallLeg, MediaSession>()
  #isReleased = false

  constructor(media: MediaEngine, a: CallLeg, b: CallLeg, holdMusic: HoldMusic, onRelease: (joint: Joint) => void) {
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
    this.#silence(leg)
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
    this.#silence(peer)
    if (isHeld) {
      this.#bridge.remove(session)
      this.#held.set(peer, session)
      void this.#entertain(holder, peer, session)
    } else this.#bridge.add(session)
  }

  async #entertain(holder: CallLeg, peer: CallLeg, session: MediaSession): Promise<void> {
    const source = await this.#holdMusic(holder)
    if (this.#isReleased || this.#held.get(peer) !== session || this.#music.has(peer)) return
    this.#music.set(peer, session.play(source, { repeat: Number.POSITIVE_INFINITY }))
  }

  #silence(peer: CallLeg): void {
    this.#held.delete(peer)
    this.#music.get(peer)?.stop()
    this.#music.delete(peer)
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
