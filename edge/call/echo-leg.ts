import { randomUUID } from 'node:crypto'
import type { MediaEngine, Playing, Recording, RecordOptions } from '../media/media-engine.ts'
import type { Connection, Leg, LegEnd, LegIdentity } from './call-control.ts'
import type { CallLeg } from './call-leg.ts'

const nothing = () => undefined

/** The far end of an echo test: nobody. It has no dialog and no media of its own; whoever is connected to it hears themselves. */
export class EchoLeg implements Leg {
  readonly id = randomUUID()
  readonly direction = 'outbound'
  readonly to = 'echo'
  readonly from: string
  readonly fromName = undefined
  readonly anonymous = false
  readonly identity: LegIdentity
  readonly headers = {}
  readonly startedAtMs: number
  readonly #media: MediaEngine
  readonly #listeners = new Set<(end: LegEnd) => void>()
  #end: LegEnd | undefined

  constructor(media: MediaEngine, caller: CallLeg, accountId: string, nowMs: number) {
    this.#media = media
    this.from = caller.from
    this.identity = { kind: 'system', accountId }
    this.startedAtMs = nowMs
  }

  get status(): Leg['status'] {
    return this.#end === undefined ? 'connected' : 'disconnected'
  }

  /** Turns the echo on for an answered leg, until it is released. */
  join(caller: CallLeg): Connection {
    const session = caller.party?.session
    if (session !== undefined) this.#media.echo(session, true)
    return {
      a: caller,
      b: this,
      release: () => {
        // A caller who is gone has no media left to turn anything off in.
        if (session !== undefined && caller.status === 'connected') this.#media.echo(session, false)
      },
    }
  }

  async answer(): Promise<void> {}
  readonly ringing = nothing
  readonly reject = nothing

  play(): Playing {
    return { done: Promise.resolve({ ended: 'stopped' }), stop: nothing }
  }

  record(options: RecordOptions): Recording {
    return {
      done: Promise.resolve({ ended: 'closed', durationMs: 0, path: options.path }),
      stop: nothing,
      pause: nothing,
      resume: nothing,
    }
  }

  async sendDigits(): Promise<void> {}

  onDigit(): () => void {
    return nothing
  }

  hangUp(reason = 'Normal call clearing'): void {
    if (this.#end !== undefined) return
    this.#end = { by: 'local', sipStatus: 0, reason }
    for (const listener of this.#listeners) listener(this.#end)
    this.#listeners.clear()
  }

  onEnd(listener: (end: LegEnd) => void): void {
    if (this.#end === undefined) this.#listeners.add(listener)
    else listener(this.#end)
  }

  async stats(): Promise<undefined> {}
}
