import type { LiveCall } from '@offhook/shared/api/calls.ts'
import type { CarrierTestResult } from '@offhook/shared/api/carriers.ts'
import type { LadderMessage, SipTrace } from '@offhook/shared/api/sip-traces.ts'
import type { SignedFor } from '@offhook/shared/callflow/vocabulary.ts'
import type { Carrier } from '@offhook/shared/model/carrier.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import type { Store } from '@offhook/store/store.ts'
import type * as z from 'zod'
import type { RenderOnce } from '../speech/render-once.ts'
import type { AudioConverter } from '../speech/uploaded-audio.ts'
import type { ProvisioningSettings } from './provisioning-source.ts'
import type { TokenVerifier } from './token.ts'

/** What a console is told so that somebody can sign in. */
export interface SignInSettings {
  readonly issuer: string
  readonly clientId: string
  /** The resource tokens are asked for, RFC 8707: the audience this API accepts. */
  readonly resource: string
  readonly scope: string
}

/** Seats an account has bought. Not enforced: everything is allowed, the counters count. */
export interface SeatPolicy {
  readonly enforced: boolean
  /** Cell phones and landlines need a Call-Forward seat. */
  readonly countsCallForward: boolean
  readonly voicemailOnly: number
  readonly callForward: number
}

export const noSeatPolicy: SeatPolicy = { enforced: false, countsCallForward: false, voicemailOnly: 0, callForward: 0 }

/** Something the API could not do and nobody asked for: a bug, or a service that is away. Never holds bodies or tokens. */
export interface Failure {
  readonly method: string
  readonly path: string
  readonly error: unknown
}

/** What is asked of the edge that carries an account's calls: in this process on one machine, by a queue of each task elsewhere. */
export interface EdgeControl {
  /** Records the SIP messages of the account's calls from now on. */
  trace(accountId: string, minutes: number): Promise<SipTrace>
  /** What was recorded of a call of this account, oldest first; of another's nothing. */
  ladder(accountId: string, callId: string): Promise<readonly LadderMessage[]>
  /** Sends a NOTIFY with this event to every contact of a username of this account, and says what each answered. @default no way */
  resync?(accountId: string, username: string, event: string): Promise<readonly ResyncAnswer[]>
  /** Asks every host of a carrier of this account whether it is there and takes the password. @default no way */
  testCarrier?(accountId: string, carrier: Carrier): Promise<readonly z.input<typeof CarrierTestResult>[]>
}

/** What a phone answered that was asked to fetch its settings; 408 and 503 stand for none. */
export interface ResyncAnswer {
  readonly contact: string
  readonly userAgent?: string
  readonly status: number
}

/** Everything the API stands on. */
export interface ApiDependencies {
  readonly store: Store
  readonly objects: ObjectStore
  readonly verifyToken: TokenVerifier
  readonly signIn: SignInSettings
  readonly report: (failure: Failure) => void
  /** What time calls think it is, ms since 1970. @default Date.now */
  readonly callClock?: () => number
  /** Calls in progress. @default those the table knows */
  readonly liveCalls?: (accountId: string) => Promise<readonly LiveCall[]>
  /** @default no way to the edge: what needs one is answered with 501 */
  readonly edge?: EdgeControl
  /** How phones fetch their settings. @default they cannot: 501, and nothing below `/provision/` */
  readonly provisioning?: ProvisioningSettings
  /** Gives media that are made of text their sound. @default no voice: calls speak the text themselves */
  readonly speech?: RenderOnce
  /** Converts uploads where calls do not wait for it. @default here, between two other requests */
  readonly convertAudio?: AudioConverter
  /** What requests of a Pivot or Webhook are signed with. @default they cannot be shown: 501 */
  readonly moduleSecret?: (accountId: string, module: SignedFor) => string
  /** @default nothing enforced */
  readonly seats?: (accountId: string) => Promise<SeatPolicy>
  /** Origins of consoles served from elsewhere. @default none: only the console of the same origin */
  readonly allowedOrigins?: readonly string[]
}
