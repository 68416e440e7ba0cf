import type { SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import type { ActionData, Attributes, EventType, SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import type { LegEnd } from '../call/call-control.ts'
import type { CallLeg } from './call-leg.ts'

/** Who this call is to the service. */
export interface TransactionIdentity {
  readonly transactionId: string
  readonly accountId: string
  readonly awsAccountId: string
  readonly awsRegion: string
  readonly sipMediaApplicationId: string
  /** Inbound calls only. */
  readonly sipRuleId?: string
}

/** Something the function is to be told of, in the order it happened. */
export interface Happening {
  readonly type: EventType
  readonly actionData?: ActionData
  readonly error?: { readonly type: string; readonly message: string }
  /** Leg an action without a selector is meant for. */
  readonly leg: CallLeg
}

/** What an event says of the whole call, at the moment it is sent. */
export interface CallSnapshot extends TransactionIdentity {
  readonly sequence: number
  readonly attributes?: Attributes
  readonly legs: readonly CallLeg[]
}

/** The event as the contract prints it; fields that are not known are absent, as on the service. */
export function eventOf(happening: Happening, call: CallSnapshot): SmaEvent {
  const { actionData, error } = happening
  return {
    SchemaVersion: '1.0',
    Sequence: call.sequence,
    InvocationEventType: happening.type,
    ...(actionData === undefined ? {} : { ActionData: actionData }),
    ...(error === undefined ? {} : { ErrorType: error.type, ErrorMessage: error.message }),
    CallDetails: {
      TransactionId: call.transactionId,
      ...(call.attributes === undefined ? {} : { TransactionAttributes: call.attributes }),
      AwsAccountId: call.awsAccountId,
      AwsRegion: call.awsRegion,
      ...(call.sipRuleId === undefined ? {} : { SipRuleId: call.sipRuleId }),
      SipMediaApplicationId: call.sipMediaApplicationId,
      Participants: call.legs.map((leg) => leg.participant()),
    },
  }
}

/** The action as events echo it: parameters with defaults and the leg it ran on. */
export function dataOf(action: SmaAction, leg: CallLeg, legA: CallLeg): ActionData {
  const parameters: Record<string, unknown> = { ...action.Parameters }
  if (action.Type === 'CallAndBridge') parameters.CallId = legA.id
  else if (parameters.CallId === undefined) parameters.ParticipantTag ??= leg.tag
  return { Type: action.Type, Parameters: parameters }
}

/** ActionData of HANGUP. */
export const hangupData = (leg: CallLeg, end: LegEnd): ActionData => ({
  Type: 'Hangup',
  Parameters: {
    // Absent in what an application hung up itself (as observed).
    ...(leg.isHungUpByUs ? {} : { SipResponseCode: end.sipStatus }),
    CallId: leg.id,
    ParticipantTag: leg.tag,
  },
})
