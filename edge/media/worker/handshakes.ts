import { Worker } from 'node:worker_threads'
import type { SrtpKey } from '../srtp.ts'

export type ToHandshakes =
  | { readonly type: 'open'; readonly session: string }
  /** The certificate the browser's description names. */
  | { readonly type: 'expect'; readonly session: string; readonly fingerprint: string }
  | { readonly type: 'datagram'; readonly session: string; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly session: string }

export type FromHandshakes =
  | { readonly type: 'opened'; readonly session: string; readonly fingerprint: string }
  | { readonly type: 'datagram'; readonly session: string; readonly bytes: Uint8Array }
  /** Master key and salt of either side, 30 bytes each. */
  | { readonly type: 'keyed'; readonly session: string; readonly local: Uint8Array; readonly remote: Uint8Array }

export interface HandshakeEvents {
  /** A datagram for the browser. */
  send(bytes: Uint8Array): void
  /** Done, and the far end is who its description says. */
  keyed(local: SrtpKey, remote: SrtpKey): void
}

interface Opening extends HandshakeEvents {
  readonly opened: (fingerprint: string) => void
  readonly failed: (error: Error) => void
}

/** The thread for DTLS handshakes, started with the first browser. When it dies, calls that have their keys talk on, and the next browser starts another. */
export class Handshakes {
  #thread: Worker | undefined
  readonly #sessions = new Map<string, Opening>()

  /** Prepares for a browser; answers with the fingerprint of our certificate, SHA-256. */
  open(session: string, events: HandshakeEvents): Promise<string> {
    const thread = this.#running()
    return new Promise((opened, failed) => {
      this.#sessions.set(session, { ...events, opened, failed })
      thread.postMessage({ type: 'open', session } satisfies ToHandshakes)
    })
  }

  #running(): Worker {
    if (this.#thread !== undefined) return this.#thread
    const thread = new Worker(new URL('./handshake-worker.ts', import.meta.url), { name: 'handshakes' })
    this.#thread = thread
    // Media ends when its sessions do; this thread ends with it.
    thread.unref()
    thread.on('message', (message: FromHandshakes) => this.#received(message))
    thread.once('error', (error: Error) => this.#ended(thread, error))
    thread.once('exit', () => this.#ended(thread, new Error('the thread for handshakes has ended')))
    return thread
  }

  #ended(thread: Worker, error: Error): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    for (const { failed } of this.#sessions.values()) failed(error)
    this.#sessions.clear()
  }

  #received(message: FromHandshakes): void {
    const session = this.#sessions.get(message.session)
    if (message.type === 'opened') session?.opened(message.fingerprint)
    else if (message.type === 'datagram') session?.send(message.bytes)
    else session?.keyed({ master: message.local, tagBytes: 10 }, { master: message.remote, tagBytes: 10 })
  }

  tell(message: Exclude<ToHandshakes, { type: 'open' }>): void {
    this.#thread?.postMessage(message)
    if (message.type === 'close') this.#sessions.delete(message.session)
  }
}
