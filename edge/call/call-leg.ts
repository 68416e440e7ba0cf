import { randomUUID } from 'node:crypto'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { AudioSource, MediaStats, Playing, PlayOptions, Recording, RecordOptions } from '../media/media-engine.ts'
import type { InDialogRequest } from '../sip/user-agent.ts'
import type { Leg, LegEnd, LegIdentity } from './call-control.ts'
import { hopsMax } from './hops.ts'
import type { Signalling } from './leg-notes.ts'
import type { Party } from './party.ts'

/** How an unanswered leg is alerted, answered and refused: an INVITE from a phone, a call of our own, a transfer. */
export interface Alerting {
  ringing(): void
  /** Resolves with the connected far end; rejects when it gave up first or no codec fits. */
  answer(): Promise<Party>
  /** Final refusal, or our giving up. */
  refuse(sipStatus: number, reason: string): void
}

export interface LegFacts {
  readonly direction: Leg['direction']
  readonly to: string
  readonly from: string
  readonly fromName?: string | undefined
  readonly anonymous?: boolean
  readonly identity: LegIdentity
  readonly headers?: Readonly<Record<string, string>>
  readonly startedAtMs: number
  /** The call it is part of, where that is known from the start. @default a call of its own */
  readonly callId?: string
  /** Hops its INVITE had left. @default 70 */
  readonly hopsLeft?: number
  /** Where the INVITE of an unanswered leg came from. */
  readonly signalling?: Signalling | undefined
}

/** What the call layer hears of a leg beyond its public face. */
export interface LegHooks {
  /** Hold and resume of the far end. */
  held(leg: CallLeg, isHeld: boolean): void
  /** A key that came by INFO: the peer gets it as a tone. */
  infoDigit(leg: CallLeg, digit: string): void
  refer(leg: CallLeg, party: Party, incoming: InDialogRequest): void
  /** The leg speaks for this party from now on. */
  answered(leg: CallLeg, party: Party): void
  /** The leg is over, or speaks for another party; without a party it was never answered. */
  left(leg: CallLeg, party: Party | undefined, end: LegEnd): void
  ended(leg: CallLeg): void
}

/** One party's part of a call as the decider sees it; the party behind it may change by transfer. */
export class CallLeg implements Leg {
  readonly id = randomUUID()
  readonly direction: Leg['direction']
  readonly to: string
  readonly from: string
  readonly fromName: string | undefined
  readonly anonymous: boolean
  readonly identity: LegIdentity
  readonly headers: Readonly<Record<string, string>>
  readonly startedAtMs: number
  readonly callId: string
  readonly signalling: Signalling | undefined
  readonly hopsLeft: number
  readonly #hooks: LegHooks
  readonly #alerting: Alerting | undefined
  readonly #digitListeners = new Set<(digit: string) => void>()
  readonly #endListeners = new Set<(end: LegEnd) => void>()
  #party: Party | undefined
  #answering: Promise<void> | undefined
  #end: LegEnd | undefined
  #isLoose = false

  constructor(facts: LegFacts, hooks: LegHooks, start: { readonly alerting: Alerting } | { readonly party: Party }) {
    this.direction = facts.direction
    this.to = facts.to
    this.from = facts.from
    this.fromName = facts.fromName
    this.anonymous = facts.anonymous ?? false
    this.identity = facts.identity
    this.headers = facts.headers ?? {}
    this.startedAtMs = facts.startedAtMs
    this.callId = facts.callId ?? this.id
    this.signalling = facts.signalling
    this.hopsLeft = facts.hopsLeft ?? hopsMax
    this.#hooks = hooks
    this.#alerting = 'alerting' in start ? start.alerting : undefined
    if ('party' in start) this.adopt(start.party)
  }

  get status(): Leg['status'] {
    if (this.#end !== undefined) return 'disconnected'
    return this.#party === undefined ? 'ringing' : 'connected'
  }

  /** The far end, once there is one. */
  get party(): Party | undefined {
    return this.#party
  }

  ringing(): void {
    if (this.status === 'ringing' && this.#answering === undefined) this.#alerting?.ringing()
  }

  answer(): Promise<void> {
    if (this.#end !== undefined) return Promise.reject(new PbxError('leg-ended', { message: this.#end.reason }))
    this.#answering ??= this.#answerOnce()
    return this.#answering
  }

  async #answerOnce(): Promise<void> {
    if (this.#party !== undefined || this.#alerting === undefined) return
    try {
      const party = await this.#alerting.answer()
      if (this.#end === undefined) return void this.adopt(party)
      party.bye('Call over')
    } catch (cause) {
      this.finish({ by: 'local', sipStatus: cause instanceof PbxError ? cause.status : 500, reason: 'Not answered' })
      throw cause
    }
    throw new PbxError('leg-ended', { message: 'The far end gave up before the answer.' })
  }

  reject(sipStatus: 480 | 486 | 503, reason?: string): void {
    this.refuse(sipStatus, reason)
  }

  /** As `reject`, with any final status. */
  refuse(sipStatus: number, reason = 'Refused'): void {
    if (this.status !== 'ringing') return
    this.#alerting?.refuse(sipStatus, reason)
    this.finish({ by: 'local', sipStatus, reason })
  }

  play(source: AudioSource, options?: PlayOptions): Playing {
    const session = this.#party?.session
    // A leg that is gone plays nothing, which is no mistake of whoever asked: hanging up races with everything.
    return session === undefined
      ? { done: Promise.resolve({ ended: 'stopped' }), stop: () => undefined }
      : session.play(source, options)
  }

  record(options: RecordOptions): Recording {
    const session = this.#party?.session
    if (session !== undefined) return session.record(options)
    const nothing = () => undefined
    return {
      done: Promise.resolve({ ended: 'closed', durationMs: 0, path: options.path }),
      stop: nothing,
      pause: nothing,
      resume: nothing,
    }
  }

  async sendDigits(digits: string, toneMs?: number): Promise<void> {
    await this.#party?.session.sendDigits(digits, toneMs)
  }

  onDigit(listener: (digit: string) => void): () => void {
    this.#digitListeners.add(listener)
    return () => void this.#digitListeners.delete(listener)
  }

  hangUp(reason = 'Normal call clearing'): void {
    if (this.#end !== undefined) return
    const party = this.#party
    if (party === undefined) return this.refuse(this.direction === 'inbound' ? 480 : 487, reason)
    if (!this.#isLoose) party.bye(reason)
    this.finish({ by: 'local', sipStatus: 0, reason })
  }

  onEnd(listener: (end: LegEnd) => void): void {
    if (this.#end !== undefined) listener(this.#end)
    else this.#endListeners.add(listener)
  }

  async stats(): Promise<MediaStats | undefined> {
    return this.#party?.session.stats()
  }

  /** Speaks for this party from now on; returns the one before, which nobody listens to any more. */
  adopt(party: Party): Party | undefined {
    const before = this.#party
    before?.listen({})
    if (before !== undefined) this.#hooks.left(this, before, { by: 'local', sipStatus: 0, reason: 'Transferred' })
    this.#party = party
    this.#hooks.answered(this, party)
    party.listen({
      digit: (digit, how) => this.#digit(digit, how),
      held: (isHeld) => this.#hooks.held(this, isHeld),
      refer: (incoming) => this.#hooks.refer(this, party, incoming),
      ended: (end) => this.finish(end),
    })
    if (party.isOver) this.finish({ by: 'remote', sipStatus: 0, reason: 'Hung up' })
    return before
  }

  /** Lets the party go on without this leg: from now on the leg cannot hang it up. `finish` it next. */
  loosen(): Party | undefined {
    this.#party?.listen({})
    this.#isLoose = true
    return this.#party
  }

  #digit(digit: string, how: 'rtp' | 'info'): void {
    // An INFO digit enters by the media layer too, which reports it; here it only goes on to the peer.
    if (how === 'info') return this.#hooks.infoDigit(this, digit)
    for (const listener of [...this.#digitListeners]) listener(digit)
  }

  finish(end: LegEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#hooks.left(this, this.#party, end)
    this.#hooks.ended(this)
    for (const listener of [...this.#endListeners]) listener(end)
    this.#endListeners.clear()
    this.#digitListeners.clear()
  }
}
