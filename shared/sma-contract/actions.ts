/** Actions of the contract: what the function may ask for. Numbers may come as strings, as the service's own samples send them. */
import * as z from 'zod'
import { ParticipantTag } from './events.ts'
import * as limits from './limits.ts'

/** A whole number, given as a number or as its digits. */
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^-?\d{1,15}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(min).max(max))

const flag = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i)
    .transform((text) => text.toLowerCase() === 'true'),
])

const key = z.string().regex(/^[\d*#]$/)
const keys = z.array(key).max(12)

/** CallId wins over the tag; neither means the leg the event is about. */
const legSelector = { CallId: z.string().optional(), ParticipantTag: ParticipantTag.optional() }
const callId = { CallId: z.string() }

export const S3Audio = z.object({
  Type: z.literal('S3'),
  BucketName: z.string().min(1),
  Key: z.string().min(1).max(1_024),
})
export type S3Audio = z.infer<typeof S3Audio>

const speechMembers = {
  Engine: z.enum(['standard', 'neural']).default('standard'),
  LanguageCode: z.string().max(10).optional(),
  TextType: z.enum(['text', 'ssml']).default('text'),
  VoiceId: z.string().max(32).default('Joanna'),
}
export const SpeechParameters = z.object({ Text: z.string().min(1).max(limits.speakCharsMax), ...speechMembers })
export type SpeechParameters = z.infer<typeof SpeechParameters>

const digitMembers = {
  InputDigitsRegex: z.string().min(1).max(1_024).optional(),
  MinNumberOfDigits: whole(0, limits.digitsMax).default(0),
  MaxNumberOfDigits: whole(0, limits.digitsMax).default(limits.digitsMax),
  TerminatorDigits: keys.default(['#']),
  InBetweenDigitsDurationInMilliseconds: whole(1).optional(),
  Repeat: whole(1).default(1),
  RepeatDurationInMilliseconds: whole(1),
}

/** Fills in what the service echoes, and refuses a maximum under the minimum (samples use both equal). */
const withDigitDefaults = <
  T extends {
    MinNumberOfDigits: number
    MaxNumberOfDigits: number
    RepeatDurationInMilliseconds: number
    InBetweenDigitsDurationInMilliseconds?: number | undefined
  },
>(
  parameters: T,
  context: z.RefinementCtx,
) => {
  if (parameters.MaxNumberOfDigits < parameters.MinNumberOfDigits)
    context.addIssue({ code: 'custom', path: ['MaxNumberOfDigits'], message: 'under MinNumberOfDigits' })
  return {
    ...parameters,
    InBetweenDigitsDurationInMilliseconds:
      parameters.InBetweenDigitsDurationInMilliseconds ?? parameters.RepeatDurationInMilliseconds,
  }
}

const action = <N extends string, P extends z.ZodType>(type: N, parameters: P) =>
  z.object({ Type: z.literal(type), Parameters: parameters })

export const PlayAudio = action(
  'PlayAudio',
  z.object({ ...legSelector, PlaybackTerminators: keys.optional(), Repeat: whole(1).default(1), AudioSource: S3Audio }),
)
export const PlayAudioAndGetDigits = action(
  'PlayAudioAndGetDigits',
  z
    .object({ ...legSelector, ...digitMembers, AudioSource: S3Audio, FailureAudioSource: S3Audio })
    .transform(withDigitDefaults),
)
export const Speak = action('Speak', z.object({ ...callId, ...SpeechParameters.shape }))
export const SpeakAndGetDigits = action(
  'SpeakAndGetDigits',
  z
    .object({
      ...legSelector,
      ...digitMembers,
      SpeechParameters,
      FailureSpeechParameters: SpeechParameters.partial().required({ Text: true }),
    })
    .transform(withDigitDefaults),
)
export const ReceiveDigits = action(
  'ReceiveDigits',
  z.object({
    ...legSelector,
    InputDigitsRegex: z.string().min(1).max(1_024),
    InBetweenDigitsDurationInMilliseconds: whole(1),
    FlushDigitsDurationInMilliseconds: whole(1),
  }),
)
export const SendDigits = action(
  'SendDigits',
  z.object({
    ...callId,
    Digits: z
      .string()
      .min(1)
      .max(limits.sendDigitsMax)
      .regex(/^[\d*#A-D,]+$/),
    ToneDurationInMilliseconds: whole(limits.toneMsMin, limits.toneMsMax).default(limits.toneMsDefault),
  }),
)
export const RecordAudio = action(
  'RecordAudio',
  z.object({
    ...legSelector,
    DurationInSeconds: whole(1).optional(),
    SilenceDurationInSeconds: whole(1, limits.silenceSecondsMax).optional(),
    SilenceThreshold: whole(1, limits.silenceThresholdMax).default(limits.silenceThresholdDefault),
    RecordingTerminators: keys,
    RecordingDestination: z.object({
      Type: z.literal('S3'),
      BucketName: z.string().min(1),
      Prefix: z.string().max(limits.recordingPrefixMax).optional(),
    }),
  }),
)
export const StartCallRecording = action(
  'StartCallRecording',
  z.object({
    ...callId,
    Track: z.enum(['BOTH', 'INCOMING', 'OUTGOING']),
    Destination: z.object({ Type: z.literal('S3'), Location: z.string().min(1).max(1_024) }),
  }),
)
export const StopCallRecording = action('StopCallRecording', z.object(callId))
export const PauseCallRecording = action('PauseCallRecording', z.object(callId))
export const ResumeCallRecording = action('ResumeCallRecording', z.object(callId))
export const Pause = action(
  'Pause',
  z.object({ ...legSelector, DurationInMilliseconds: whole(limits.pauseMsMin, limits.pauseMsMax) }),
)
export const BridgeEndpoint = z.object({
  BridgeEndpointType: z.enum(['PSTN', 'AWS']),
  Uri: z.string().min(1),
  Arn: z.string().optional(),
})
export const CallAndBridge = action(
  'CallAndBridge',
  z.object({
    CallTimeoutSeconds: whole(limits.bridgeSecondsMin, limits.bridgeSecondsMax).default(limits.bridgeSecondsDefault),
    CallerIdNumber: z.string().min(1).max(64),
    RingbackTone: S3Audio.optional(),
    Endpoints: z.array(BridgeEndpoint).length(1),
    SipHeaders: z.record(z.string(), z.string()).optional(),
  }),
)
export const JoinChimeMeeting = action(
  'JoinChimeMeeting',
  z.object({ ...legSelector, JoinToken: z.string().min(1), MeetingId: z.string().optional() }),
)
export const ModifyChimeMeetingAttendees = action(
  'ModifyChimeMeetingAttendees',
  z.object({
    ...legSelector,
    Operation: z.enum(['Mute', 'Unmute']),
    MeetingId: z.string(),
    AttendeeList: z.array(z.string()).min(1).max(100),
  }),
)
export const Hangup = action(
  'Hangup',
  z.object({
    ...legSelector,
    SipResponseCode: whole(0)
      .pipe(z.literal([0, 480, 486]))
      .default(0),
  }),
)
export const StartBotConversation = action(
  'StartBotConversation',
  z.object({
    ...legSelector,
    BotAliasArn: z.string().min(1),
    LocaleId: z.string().default('en_US'),
    Configuration: z.record(z.string(), z.unknown()).optional(),
  }),
)
export const VoiceFocus = action('VoiceFocus', z.object({ ...callId, Enable: flag }))

export const SmaAction = z.discriminatedUnion('Type', [
  PlayAudio,
  PlayAudioAndGetDigits,
  Speak,
  SpeakAndGetDigits,
  ReceiveDigits,
  SendDigits,
  RecordAudio,
  StartCallRecording,
  StopCallRecording,
  PauseCallRecording,
  ResumeCallRecording,
  Pause,
  CallAndBridge,
  JoinChimeMeeting,
  ModifyChimeMeetingAttendees,
  Hangup,
  StartBotConversation,
  VoiceFocus,
])
/** As the runtime reads it: defaults filled in, numbers as numbers. */
export type SmaAction = z.output<typeof SmaAction>
/** As the function writes it. */
export type SmaActionInput = z.input<typeof SmaAction>
export type ActionType = SmaAction['Type']
export type ActionOf<T extends ActionType> = Extract<SmaAction, { Type: T }>

export const actionTypes: ReadonlySet<string> = new Set(SmaAction.options.map((option) => option.shape.Type.value))

/** Report success by themselves, wherever they stand in a list: put them last (invoke-on-call-leg). */
export const alwaysReports: ReadonlySet<string> = new Set([
  'PlayAudioAndGetDigits',
  'SpeakAndGetDigits',
  'CallAndBridge',
  'JoinChimeMeeting',
  'ModifyChimeMeetingAttendees',
  'StartBotConversation',
])
/** Cut short by an update; all others are finished first (update-sip-call). */
export const interruptible: ReadonlySet<string> = new Set(['PlayAudio', 'RecordAudio', 'Pause'])
