import type { RingOutcome } from '@offhook/shared/callflow/ring-plan.ts'
import type { ActionOf, ActionType } from '@offhook/shared/sma-contract/actions.ts'
import type { ActionError } from '@offhook/shared/sma-contract/errors.ts'
import type { CallControl, Connection, Leg } from '../../call/call-control.ts'
import type { CallLeg } from '../call-leg.ts'
import type { RuntimeClock } from '../clock.ts'
import type { Profile } from '../profile.ts'
import type { LoadItem } from '../x-pbx.ts'
import type { CallRecordings } from './call-recording.ts'

/** Where sound comes from and goes to. Paths are files the media engine can read. */
export interface AudioFiles {
  /** A local file of an object, or nothing when there is none. */
  readonly resolve: (bucket: string, key: string) => Promise<string | undefined>
  /** Speech rendered once and cached. `language` such as `en-US`. */
  readonly speak: (text: string, language: string) => Promise<string>
  /** A path to record to; the folder exists. */
  readonly beginRecording: (bucket: string, key: string) => Promise<string>
  /** Hands the finished file over as the object. Rejects when it cannot be stored. */
  readonly finishRecording: (bucket: string, key: string, path: string) => Promise<void>
}

/** What actions are carried out with; the same for every call of a runtime. */
export interface ActionTools {
  readonly calls: CallControl
  readonly audio: AudioFiles
  readonly clock: RuntimeClock
  readonly profile: Profile
  readonly trustKey: string
  readonly loadItem: LoadItem
  /** Where ring outcomes go on planes whose events cannot carry them. */
  readonly saveOutcome: (accountId: string, outcome: RingOutcome) => Promise<void>
}

/** The call an action runs in. */
export interface ActionContext extends ActionTools {
  readonly transactionId: string
  readonly accountId: string
  /** The leg meant by CallId, by tag, or by the event. */
  readonly leg: CallLeg
  readonly legA: CallLeg
  readonly legB: CallLeg | undefined
  readonly isBridged: boolean
  readonly recordings: CallRecordings
  /** Aborted by an update, by the end of the action's leg, or by the end of the call. */
  readonly signal: AbortSignal
  /** The far end answered: from now on there is a LEG-B. */
  joined(leg: Leg, connection: Connection): void
  /** Arms in-call digits of a leg. */
  listen(leg: CallLeg, parameters: ActionOf<'ReceiveDigits'>['Parameters']): void
}

/** How an action ended. `data` are the fields it adds to ActionData; `silent` reports no success (the last leg is gone). */
export type ActionResult =
  | { readonly kind: 'done'; readonly data?: Readonly<Record<string, unknown>>; readonly silent?: boolean }
  | { readonly kind: 'failed'; readonly error: ActionError; readonly data?: Readonly<Record<string, unknown>> }
  /** Cut off by the signal with nothing to show. */
  | { readonly kind: 'stopped' }

export type Execute<T extends ActionType> = (
  context: ActionContext,
  parameters: ActionOf<T>['Parameters'],
) => Promise<ActionResult>

export const done: ActionResult = { kind: 'done' }
export const stopped: ActionResult = { kind: 'stopped' }
export const failed = (error: ActionError): ActionResult => ({ kind: 'failed', error })
