import { randomBytes } from 'node:crypto'
import type { Source } from '../source-guard.ts'
import type { SrtpKey } from '../srtp.ts'
import { answerCheck } from '../stun.ts'
import type { Handshakes } from './handshakes.ts'
import type { BrowserSide } from './messages.ts'

/** A browser that has not proved itself for this long gets nothing more (RFC 7675 §5.1). */
const consentMs = 30_000

export interface BrowserEvents {
  send(bytes: Uint8Array, to: Source): void
  /** The path the browser proved and chose. */
  proved(source: Source): void
  keyed(local: SrtpKey, remote: SrtpKey): void
}

/** ICE (lite) of one browser session, and the way of its DTLS to the thread that does it. RFC 8445, RFC 5763. */
export class BrowserTransport {
  readonly #session: string
  readonly #events: BrowserEvents
  readonly #handshakes: Handshakes
  // Lengths that need no padding: letters, digits, `+` and `/` are what ICE allows (RFC 8839 §5.4).
  readonly #iceUfrag = randomBytes(6).toString('base64')
  readonly #icePwd = randomBytes(18).toString('base64')
  #remoteUfrag: string | undefined
  #source: Source | undefined
  #provedAtMs = Number.NEGATIVE_INFINITY

  constructor(session: string, handshakes: Handshakes, events: BrowserEvents) {
    this.#session = session
    this.#handshakes = handshakes
    this.#events = events
  }

  /** What our description has to say. Rejects when the thread for handshakes does not start. */
  async open(): Promise<Omit<BrowserSide, 'ssrc'>> {
    const fingerprint = await this.#handshakes.open(this.#session, {
      send: (bytes) => {
        if (this.#source !== undefined) this.#events.send(bytes, this.#source)
      },
      keyed: (local, remote) => this.#events.keyed(local, remote),
    })
    return { iceUfrag: this.#iceUfrag, icePwd: this.#icePwd, fingerprint }
  }

  configure(remote: { readonly iceUfrag: string; readonly fingerprint: string }): void {
    this.#remoteUfrag = remote.iceUfrag
    this.#handshakes.tell({ type: 'expect', session: this.#session, fingerprint: remote.fingerprint })
  }

  /** Whether the browser still wants to hear from us. */
  hasConsent(nowMs: number): boolean {
    return nowMs - this.#provedAtMs < consentMs
  }

  stun(bytes: Buffer, from: Source, nowMs: number): void {
    if (this.#remoteUfrag === undefined) return
    const credentials = { ufrag: this.#iceUfrag, pwd: this.#icePwd, remoteUfrag: this.#remoteUfrag }
    const answer = answerCheck(bytes, from, credentials)
    if (answer === undefined) return
    this.#events.send(answer.response, from)
    this.#provedAtMs = nowMs
    if (!answer.isChosen && this.#source !== undefined) return
    this.#source = { address: from.address, port: from.port }
    this.#events.proved(this.#source)
  }

  /** Only who proved himself by ICE may shake hands. */
  dtls(bytes: Buffer, from: Source): void {
    const source = this.#source
    if (source === undefined || source.port !== from.port || source.address !== from.address) return
    this.#handshakes.tell({ type: 'datagram', session: this.#session, bytes })
  }

  close(): void {
    this.#handshakes.tell({ type: 'close', session: this.#session })
  }
}
