import type { AccountRevision } from '@offhook/shared/callflow/account-revision.ts'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import type { RingOutcome } from '@offhook/shared/callflow/ring-plan.ts'
import type { Turn } from '@offhook/shared/callflow/turn.ts'
import type { CallEvent, FactKey } from '@offhook/shared/callflow/vocabulary.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import type { DocumentKey } from '@offhook/shared/model/document.ts'
import type { OutsideUrls } from '../outside/outside-url.ts'

export interface LookedUp {
  readonly key: FactKey
  readonly value: Record<string, unknown>
}

/** What a turn reads and writes. The store serves all of it; on one machine `calls.share` is the edge's journal. */
export interface SmaStore {
  readonly accounts: {
    head(accountId: string): Promise<{ readonly configRevision: number; readonly enabled: boolean } | undefined>
  }
  readonly numbers: { findDid(e164: string): Promise<{ readonly accountId: string } | undefined> }
  readonly documents: {
    /** By `kind/id`; `null` marks what the account has not at that revision. */
    fetch(accountId: string, revision: number, keys: readonly DocumentKey[]): Promise<ReadonlyMap<string, unknown>>
  }
  readonly facts: { lookUp(accountId: string, keys: readonly FactKey[]): Promise<readonly LookedUp[]> }
  readonly calls: { share(records: readonly CallRecord[]): Promise<void> }
}

/** Immutable items a call leaves behind: state beyond 8 kB, ring plans too long for a header. Writing one twice is harmless. */
export interface Spill {
  save(key: string, bytes: Uint8Array): Promise<void>
  load(key: string): Promise<Uint8Array | undefined>
}

/** How a ring plan ended, when the event could not carry it (`chime` plane). */
export interface Outcomes {
  find(accountId: string, planId: string): Promise<RingOutcome | undefined>
}

export interface Clock {
  nowMs(): number
  /** Milliseconds by which `OFFHOOK_CLOCK` moves the calls' time away from real time. */
  readonly shiftMs: number
}

export interface SmaSettings {
  /** Bucket of prompts, greetings, voicemail and recordings. */
  readonly bucket: string
  /** Voice Connector the edge stands behind; every bridge goes there. */
  readonly edgeArn: string
  /** Shared with the edge; signs `X-Pbx-Call` and `X-Pbx-Ring`. At least 32 characters. */
  readonly trustKey: string
  /** An owned number shown where the caller's own is no E.164 number. */
  readonly callerIdNumber?: string
  /** True where no prompts were rendered into the bucket: the voice speaks their words. Recordings of an account's own come first. */
  readonly speaksPrompts?: boolean
  /** Languages there are a voice and prompts for; absent: any. */
  readonly languages?: readonly string[]
  /** SIP rules of the entrance trunk: calls by these must bear `X-Pbx-Call`. */
  readonly entranceRuleIds: readonly string[]
}

/** Names of callers that come without one (CNAM). It is not waited for long. */
export interface CallerNames {
  /** The name of an E.164 number as an account may see it. */
  nameOf(accountId: string, number: string): Promise<string | undefined>
}

export interface SmaDependencies {
  readonly settings: SmaSettings
  readonly store: SmaStore
  readonly spill: Spill
  readonly outcomes: Outcomes
  /** Absent: names are facts of the account in the table. */
  readonly callerNames?: CallerNames
  /** Where calls ask how they go on. Absent: nowhere, and such a call goes on without. */
  readonly urls?: OutsideUrls
  /** Milliseconds of sound in a recording, or nothing when it cannot be told. */
  readonly recordingMs: (objectKey: string) => Promise<number | undefined>
  readonly step: (config: AccountRevision, state: CallState | undefined, event: CallEvent) => Turn
  readonly cdrOf: (state: CallState) => Cdr
  readonly clock: Clock
  /** One JSON line a turn. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}
