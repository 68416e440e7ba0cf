/** A call layer in memory: legs that ring, answer, play and hang up without a packet. */
import { randomUUID } from 'node:crypto'
import type { LegResult, RingOutcome, RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import type {
  CallControl,
  Connection,
  IncomingCall,
  Leg,
  LegEnd,
  LegIdentity,
  OriginateOptions,
  Ringing,
} from '../../call/call-control.ts'
import type {
  AudioSource,
  Playing,
  PlayOptions,
  PlayResult,
  Recording,
  RecordOptions,
  RecordResult,
} from '../../media/media-engine.ts'
import type { AudioFiles } from '../actions/action.ts'
import type { ManualClock } from './manual-clock.ts'

/** Every file lasts this long, milliseconds. */
export const fileMs = 1_000

interface FakeLegOptions {
  readonly direction: 'inbound' | 'outbound'
  readonly to: string
  readonly from: string
  readonly fromName?: string
  readonly anonymous?: boolean
  readonly identity: LegIdentity
  readonly headers?: Readonly<Record<string, string>>
}

export class FakeLeg implements Leg {
  readonly id = randomUUID()
  readonly direction: 'inbound' | 'outbound'
  readonly to: string
  readonly from: string
  readonly fromName: string | undefined
  readonly anonymous: boolean
  readonly identity: LegIdentity
  readonly headers: Readonly<Record<string, string>>
  readonly startedAtMs: number
  status: Leg['status'] = 'ringing'
  /** File names in the order they began to play. */
  readonly played: string[] = []
  readonly sent: string[] = []
  readonly recordings: RecordOptions[] = []
  ended: LegEnd | undefined
  readonly #clock: ManualClock
  readonly #digitListeners = new Set<(digit: string) => void>()
  readonly #endListeners = new Set<(end: LegEnd) => void>()
  readonly #stops = new Set<() => void>()
  readonly #answered = Promise.withResolvers<void>()

  constructor(clock: ManualClock, options: FakeLegOptions) {
    this.#clock = clock
    this.direction = options.direction
    this.to = options.to
    this.from = options.from
    this.fromName = options.fromName
    this.anonymous = options.anonymous ?? false
    this.identity = options.identity
    this.headers = options.headers ?? {}
    this.startedAtMs = clock.nowMs()
    this.#answered.promise.catch(() => undefined)
  }

  // What the far end does.

  press(digits: string): void {
    for (const digit of digits.split('')) for (const listener of this.#digitListeners) listener(digit)
  }

  remoteAnswers(): void {
    this.status = 'connected'
    this.#answered.resolve()
  }

  remoteHangsUp(sipStatus = 0): void {
    this.#end({ by: 'remote', sipStatus, reason: 'remote' })
  }

  // What the runtime asks for.

  ringing(): void {}

  answer(): Promise<void> {
    if (this.status === 'disconnected') return Promise.reject(new Error('the far end gave up'))
    if (this.direction === 'inbound') this.remoteAnswers()
    return this.#answered.promise
  }

  reject(sipStatus: 480 | 486 | 503, reason = ''): void {
    this.#end({ by: 'local', sipStatus, reason })
  }

  hangUp(reason = ''): void {
    this.#end({ by: 'local', sipStatus: 0, reason })
  }

  play(source: AudioSource, options: PlayOptions = {}): Playing {
    this.played.push(source.kind === 'file' ? source.path : source.kind)
    const { promise, resolve } = Promise.withResolvers<PlayResult>()
    const stop = () => finish({ ended: 'stopped' })
    const finish = (result: PlayResult) => {
      forget()
      this.#stops.delete(stop)
      resolve(result)
    }
    const forget = this.#clock.after(fileMs * (options.repeat ?? 1), () => finish({ ended: 'complete' }))
    this.#stops.add(stop)
    if (this.status !== 'connected') stop()
    return { done: promise, stop }
  }

  record(options: RecordOptions): Recording {
    this.recordings.push(options)
    const startedMs = this.#clock.nowMs()
    const { promise, resolve } = Promise.withResolvers<RecordResult>()
    const finish = (ended: RecordResult['ended'], digit?: string) => {
      forget()
      forgetDigits()
      this.#stops.delete(close)
      const durationMs = this.#clock.nowMs() - startedMs
      resolve({ ended, durationMs, path: options.path, ...(digit === undefined ? {} : { digit }) })
    }
    const close = () => finish('closed')
    const forget = this.#clock.after(options.maxSeconds * 1_000, () => finish('limit'))
    const forgetDigits = this.onDigit((digit) => {
      if (options.stopOn?.includes(digit) === true) finish('digit', digit)
    })
    this.#stops.add(close)
    return { done: promise, stop: () => finish('stopped'), pause: () => {}, resume: () => {} }
  }

  async sendDigits(digits: string): Promise<void> {
    this.sent.push(digits)
  }

  onDigit(listener: (digit: string) => void): () => void {
    this.#digitListeners.add(listener)
    return () => this.#digitListeners.delete(listener)
  }

  onEnd(listener: (end: LegEnd) => void): void {
    this.#endListeners.add(listener)
  }

  async stats(): Promise<undefined> {
    return undefined
  }

  #end(end: LegEnd): void {
    if (this.status === 'disconnected') return
    this.status = 'disconnected'
    this.ended = end
    this.#answered.reject(new Error('the far end gave up'))
    for (const stop of [...this.#stops]) stop()
    for (const listener of this.#endListeners) listener(end)
  }
}

/** What the called side does with a plan: an answer after some time, or a refusal of every leg. */
export type RingScript = (
  plan: RingPlan,
) => { readonly answerAfterMs: number } | { readonly result: LegResult; readonly afterMs: number }

const device: LegIdentity = { kind: 'device', accountId: 'acme', deviceId: 'device-1001', username: '1001' }
export const aTrunk: LegIdentity = { kind: 'trunk', accountId: 'acme', trunkId: 'carrier' }

export class FakeCallControl implements CallControl {
  readonly #clock: ManualClock
  #listener: ((call: IncomingCall) => void) | undefined
  /** Every leg that ever was, callers first. */
  readonly legs: FakeLeg[] = []
  /** Calls that legs were said to belong to, by leg. */
  readonly names = new Map<string, string>()
  readonly plans: {
    readonly plan: RingPlan
    readonly accountId: string
    readonly callId: string
    readonly ringback?: AudioSource
  }[] = []
  ringScript: RingScript = () => ({ answerAfterMs: 2_000 })
  released = 0

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  /** Somebody calls. */
  arrive(options: Partial<FakeLegOptions> = {}, linkedTransactionId?: string): FakeLeg {
    const leg = new FakeLeg(this.#clock, {
      direction: 'inbound',
      to: '1002',
      from: '1001',
      identity: device,
      ...options,
    })
    this.legs.push(leg)
    this.#listener?.({ leg, ...(linkedTransactionId === undefined ? {} : { linkedTransactionId }) })
    return leg
  }

  onCall(listener: (call: IncomingCall) => void): void {
    this.#listener = listener
  }

  ring(caller: Leg, plan: RingPlan, options: { accountId: string; callId: string; ringback?: AudioSource }): Ringing {
    this.plans.push({ plan, ...options })
    const { promise, resolve } = Promise.withResolvers<{ outcome: RingOutcome; leg?: Leg }>()
    const script = this.ringScript(plan)
    const first = plan.legs[0]?.id ?? '1'
    const end = (result: LegResult) => {
      forget()
      forgetTimeout()
      resolve({
        outcome: { planId: plan.id, reason: result, legs: plan.legs.map(({ id }) => ({ legId: id, result })) },
      })
    }
    const answer = () => {
      forgetTimeout()
      const leg = new FakeLeg(this.#clock, {
        direction: 'outbound',
        to: plan.id,
        from: caller.from,
        identity: caller.identity,
      })
      this.legs.push(leg)
      leg.remoteAnswers()
      const legs = [{ legId: first, result: 'answered' as const }]
      resolve({ outcome: { planId: plan.id, answered: { legId: first }, reason: 'answered', legs }, leg })
    }
    const forget =
      'answerAfterMs' in script
        ? this.#clock.after(script.answerAfterMs, answer)
        : this.#clock.after(script.afterMs, () => end(script.result))
    const forgetTimeout = this.#clock.after(plan.timeoutSeconds * 1_000, () => end('no-answer'))
    return { done: promise, cancel: () => end('cancelled') }
  }

  async connect(a: Leg, b: Leg): Promise<Connection> {
    await a.answer()
    return { a, b, release: () => this.released++ }
  }

  originate(options: OriginateOptions): FakeLeg {
    const identity: LegIdentity = { kind: 'system', accountId: options.accountId }
    const leg = new FakeLeg(this.#clock, { direction: 'outbound', to: options.to, from: options.from, identity })
    this.legs.push(leg)
    return leg
  }

  nameCall(leg: Leg, callId: string): void {
    this.names.set(leg.id, callId)
  }

  async drain(): Promise<void> {}

  counts() {
    const up = this.legs.filter((leg) => leg.status !== 'disconnected')
    return { legs: up.length, ringing: up.filter((leg) => leg.status === 'ringing').length, connections: 0 }
  }
}

/** Files by name; nothing is read or written. */
export class FakeAudio implements AudioFiles {
  readonly missing = new Set<string>()
  readonly stored: string[] = []
  canStore = true

  readonly resolve = async (_bucket: string, key: string) => (this.missing.has(key) ? undefined : key)
  readonly speak = async (text: string) => `say:${text}`
  readonly beginRecording = async (_bucket: string, key: string) => `spool/${key}`
  readonly finishRecording = async (_bucket: string, key: string) => {
    if (!this.canStore) throw new Error('the disk is full')
    this.stored.push(key)
  }
}
