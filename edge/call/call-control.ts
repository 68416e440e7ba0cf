/**
 * The one port between the call layer and whatever decides calls (the SMA runtime). It speaks of legs, never of SIP messages.
 * Who may call, what is an emergency and what a REFER becomes are settled below it; where a call goes is decided above it.
 */
import type { RingOutcome, RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import type { AudioSource, MediaStats, Playing, PlayOptions, Recording, RecordOptions } from '../media/media-engine.ts'

/** Who a leg belongs to, proven by digest or by the trunk it came from. Never taken from a header. */
export type LegIdentity =
  | {
      readonly kind: 'device'
      readonly accountId: string
      readonly deviceId: string
      readonly username: string
      readonly userId?: string
    }
  | { readonly kind: 'trunk'; readonly accountId: string; readonly trunkId: string }
  /** A call started by a program, or a transfer in the name of `deviceId`. */
  | { readonly kind: 'system'; readonly accountId: string; readonly deviceId?: string }

export interface LegEnd {
  readonly by: 'remote' | 'local'
  /** Final SIP status when the leg was never answered, e.g. 486; 0 for a BYE. */
  readonly sipStatus: number
  readonly reason: string
  /** What a Reason header of the far end says, RFC 3326. */
  readonly reasonHeader?: string
}

export interface Leg {
  /** A UUID; Chime's CallId. */
  readonly id: string
  readonly direction: 'inbound' | 'outbound'
  /** Inbound: what was dialled (user part as sent). Outbound: what was called. */
  readonly to: string
  readonly from: string
  readonly fromName: string | undefined
  readonly anonymous: boolean
  readonly identity: LegIdentity
  /** `x-*`, `User-to-User` and `Diversion` that may be trusted or treated as data; foreign `X-Pbx-*` are gone. */
  readonly headers: Readonly<Record<string, string>>
  readonly startedAtMs: number
  readonly status: 'ringing' | 'connected' | 'disconnected'
  /** 180 to an unanswered inbound leg. Repeated calls do nothing. */
  ringing(): void
  /** 200 OK with media. Resolves when media may flow; rejects when the far end gave up first. Repeated calls resolve. */
  answer(): Promise<void>
  /** Final refusal of an unanswered inbound leg. */
  reject(sipStatus: 480 | 486 | 503, reason?: string): void
  play(source: AudioSource, options?: PlayOptions): Playing
  record(options: RecordOptions): Recording
  sendDigits(digits: string, toneMs?: number): Promise<void>
  /** Digits however they came (RFC 4733, SIP INFO), each once, in order. Returns what removes the listener. */
  onDigit(listener: (digit: string) => void): () => void
  /** BYE, CANCEL or a refusal, whichever fits. Repeated calls do nothing. */
  hangUp(reason?: string): void
  onEnd(listener: (end: LegEnd) => void): void
  stats(): Promise<MediaStats | undefined>
}

/** A call that came in. The listener must answer, ring for, or reject it; an unserved one is refused with 480 after 30 s. */
export interface IncomingCall {
  readonly leg: Leg
  /** The call this one continues (transfer): goes into the CDR of both. */
  readonly linkedTransactionId?: string
}

export interface Ringing {
  /** Settles once: an answered leg, connected and with media, not yet bridged; or nobody. */
  readonly done: Promise<{ readonly outcome: RingOutcome; readonly leg?: Leg }>
  /** Stops all ringing; `done` settles with reason `cancelled`. */
  cancel(reason?: string): void
}

/** Two connected legs that hear each other. Neither is hung up when the other ends: whoever decides calls does that. */
export interface Connection {
  readonly a: Leg
  readonly b: Leg
  release(): void
}

export interface OriginateOptions {
  readonly accountId: string
  readonly from: string
  readonly to: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface CallControl {
  /** Exactly one listener. */
  onCall(listener: (call: IncomingCall) => void): void
  /**
   * Carries a ring plan out for `caller`: forks to bindings and trunks with delays, asks for key presses, first answer wins, others are
   * cancelled within 1 s. An unanswered caller gets 180 and early media is not passed; `ringback` plays to an answered one.
   */
  ring(
    caller: Leg,
    plan: RingPlan,
    options: { readonly accountId: string; readonly callId: string; readonly ringback?: AudioSource },
  ): Ringing
  /** The call a leg belongs to, as soon as it has a name: what is noted of the leg is noted of that call. */
  nameCall(leg: Leg, callId: string): void
  /** Answers `a` when it is still ringing, then joins the media of both. */
  connect(a: Leg, b: Leg): Promise<Connection>
  /** A first leg of our own making, to a number through a trunk or to a device (`Create…Call`). Ends with a status when not answered. */
  originate(options: OriginateOptions): Leg
  /** No new calls from now on (503); resolves when the last call is over. */
  drain(): Promise<void>
  counts(): { readonly legs: number; readonly ringing: number; readonly connections: number }
}
