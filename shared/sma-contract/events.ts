/** Events of the contract: what the service tells the function (pstn-invocations). Unknown fields are kept, unknown types are no error. */
import * as z from 'zod'

/** Every event type the guide names. */
export const eventTypes = [
  'NEW_INBOUND_CALL',
  'NEW_OUTBOUND_CALL',
  'RINGING',
  'CALL_ANSWERED',
  'ACTION_SUCCESSFUL',
  'ACTION_FAILED',
  'ACTION_INTERRUPTED',
  'DIGITS_RECEIVED',
  'CALL_UPDATE_REQUESTED',
  'HANGUP',
  'INVALID_LAMBDA_RESPONSE',
] as const
export type EventType = (typeof eventTypes)[number]

export const ParticipantTag = z.enum(['LEG-A', 'LEG-B'])
export type ParticipantTag = z.infer<typeof ParticipantTag>

export const Participant = z.looseObject({
  CallId: z.string().min(1).max(64),
  /** One example of the guide prints `Leg-A`. */
  ParticipantTag: z.preprocess((tag) => (typeof tag === 'string' ? tag.toUpperCase() : tag), ParticipantTag),
  To: z.string().max(255),
  From: z.string().max(255),
  Direction: z.enum(['Inbound', 'Outbound']),
  StartTimeInMilliseconds: z.string().regex(/^\d{1,16}$/),
  /** Absent on new inbound calls and on legs that were not answered. */
  Status: z.enum(['Connected', 'Disconnected']).optional(),
  SipHeaders: z.record(z.string(), z.string()).optional(),
})
export type Participant = z.infer<typeof Participant>

export const ActionData = z.looseObject({
  Type: z.string(),
  Parameters: z.record(z.string(), z.unknown()).optional(),
  ReceivedDigits: z.string().max(256).optional(),
  RecordingDestination: z.looseObject({ Key: z.string().max(1_024) }).optional(),
  RecordingTerminatorUsed: z.string().optional(),
  ErrorType: z.string().optional(),
  ErrorMessage: z.string().optional(),
  Error: z.string().optional(),
  /** The one field the `edge` plane adds, on the event that ends a CallAndBridge: a `RingOutcome`. */
  Outcome: z.unknown().optional(),
})
export type ActionData = z.infer<typeof ActionData>

export const Attributes = z.record(z.string(), z.string())
export type Attributes = z.infer<typeof Attributes>

export const SmaEvent = z.looseObject({
  SchemaVersion: z.literal('1.0'),
  Sequence: z.int().min(1),
  /** One of `eventTypes`; others may come and are answered with nothing to do. */
  InvocationEventType: z.string(),
  ActionData: ActionData.optional(),
  /** At the top only for INVALID_LAMBDA_RESPONSE. */
  ErrorType: z.string().optional(),
  ErrorMessage: z.string().optional(),
  CallDetails: z.looseObject({
    TransactionId: z.string().min(1).max(64),
    TransactionAttributes: Attributes.nullish(),
    AwsAccountId: z.string(),
    AwsRegion: z.string(),
    SipRuleId: z.string().optional(),
    SipMediaApplicationId: z.string().optional(),
    Participants: z.array(Participant).min(1).max(2),
  }),
})
export type SmaEvent = z.infer<typeof SmaEvent>

/** The leg with a tag, as the event shows it. */
export const participant = (event: SmaEvent, tag: ParticipantTag): Participant | undefined =>
  event.CallDetails.Participants.find((one) => one.ParticipantTag === tag)

/** Up: ringing or connected. Absent status is a leg nobody has answered yet. */
export const isUp = (leg: Participant | undefined): leg is Participant =>
  leg !== undefined && leg.Status !== 'Disconnected'
