/** The PBX's commands as actions of the contract, inside its limits: 10 actions, 1,000 characters of speech, 128 digits, 120 s of ringing. */
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand, CallCommandOf, Speech } from '@offhook/shared/callflow/vocabulary.ts'
import { E164 } from '@offhook/shared/model/number.ts'
import type { S3Audio, SmaActionInput } from '@offhook/shared/sma-contract/actions.ts'
import { isUp, type Participant, participant, type SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { actionsMax, bridgeSecondsMax, speakCharsMax, uriCharsMax } from '@offhook/shared/sma-contract/limits.ts'
import { xPbxRing } from '@offhook/shared/sma-contract/x-pbx.ts'
import { spokenLanguage, voiceOf } from '../speech/voices.ts'
import { type Audio, type Sound, toneKey } from './audio.ts'
import type { SmaSettings } from './dependencies.ts'

/** All that a turn's commands become actions with. `ringHeader` is the packed plan of the turn's ring command. */
export interface EncodeContext {
  readonly event: SmaEvent
  readonly state: CallState
  readonly settings: SmaSettings
  readonly audio: Audio
  readonly ringHeader?: string
}

/** At most ten actions, the waiting one last; legs that are gone get none, and none that is up outlives the call. */
export function encode(context: EncodeContext, commands: readonly CallCommand[]): SmaActionInput[] {
  const caller = participant(context.event, 'LEG-A')
  const callee = participant(context.event, 'LEG-B')
  const actions = isUp(caller)
    ? commands.flatMap((command) => actionsOf(context, caller, callee, command))
    : isUp(callee) && commands.some((command) => command.type === 'hang-up')
      ? [hangUp(callee, 0)]
      : []
  return bounded(context.state.phase === 'ended' ? withNobodyLeft(actions, caller, callee) : actions)
}

/** Speech in the middle is what can be missed: the first actions and the last two (an apology is short, a hang-up is not optional) stay. */
const bounded = (actions: SmaActionInput[]): SmaActionInput[] =>
  actions.length <= actionsMax ? actions : [...actions.slice(0, actionsMax - 2), ...actions.slice(-2)]

/** The other leg is never hung up for us (call-and-bridge). */
function withNobodyLeft(actions: SmaActionInput[], ...legs: (Participant | undefined)[]): SmaActionInput[] {
  const told = new Set(actions.map((one) => (one.Type === 'Hangup' ? one.Parameters.CallId : undefined)))
  const left = legs.filter(isUp).filter((leg) => !told.has(leg.CallId))
  return [...actions, ...left.map((leg) => hangUp(leg, isAnswered(leg) ? 0 : 480))]
}

function actionsOf(
  context: EncodeContext,
  caller: Participant,
  callee: Participant | undefined,
  command: CallCommand,
): SmaActionInput[] {
  switch (command.type) {
    case 'play':
      return played(context, caller, command)
    case 'gather':
      return gathered(context, caller, command)
    case 'record':
      return recorded(context, caller, command)
    case 'ring':
      return [bridged(context, caller, command)]
    case 'pause':
      return [{ Type: 'Pause', Parameters: { CallId: caller.CallId, DurationInMilliseconds: command.durationMs } }]
    case 'hang-up':
      return hungUp(caller, callee, command)
    default:
      return []
  }
}

function played(context: EncodeContext, caller: Participant, command: CallCommandOf<'play'>): SmaActionInput[] {
  const sounds = soundsOf(context, command.parts)
  const [only] = sounds
  if (sounds.length === 1 && only?.kind === 'object')
    return [playAudio(context, caller, only.key, command.stopOn, command.repeat)]
  // Only PlayAudio repeats by itself; a list is written out as often as it fits.
  const once = sounds.map((sound) => sounded(context, caller, sound, command.stopOn))
  const times = Math.min(command.repeat, Math.max(1, Math.floor((actionsMax - 1) / Math.max(1, once.length))))
  return Array.from({ length: times }, () => once).flat()
}

/** Earlier parts are played before, each ended by any key, which stays typed ahead; the last part is played by the question itself. */
function gathered(context: EncodeContext, caller: Participant, command: CallCommandOf<'gather'>): SmaActionInput[] {
  const sounds = soundsOf(context, command.parts)
  const last = sounds.at(-1)
  const isAsked = last !== undefined && (last.kind === 'object' || ssml(last.text).length <= speakCharsMax)
  const before = (isAsked ? sounds.slice(0, -1) : sounds).map((sound) => sounded(context, caller, sound, anyKey))
  const asked: Sound = isAsked ? last : { kind: 'object', key: toneKey('silence') }
  const digits = {
    CallId: caller.CallId,
    MinNumberOfDigits: Math.min(command.digitsMin, command.digitsMax),
    MaxNumberOfDigits: command.digitsMax,
    TerminatorDigits: command.terminator.split(''),
    InBetweenDigitsDurationInMilliseconds: command.nextDigitMs,
    Repeat: 1,
    RepeatDurationInMilliseconds: command.firstDigitMs,
  }
  const question: SmaActionInput =
    asked.kind === 'object'
      ? {
          Type: 'PlayAudioAndGetDigits',
          Parameters: {
            ...digits,
            AudioSource: s3(context, asked.key),
            // Played after a failed attempt; what to say then is the core's to decide.
            FailureAudioSource: s3(context, toneKey('silence')),
          },
        }
      : {
          Type: 'SpeakAndGetDigits',
          Parameters: {
            ...digits,
            SpeechParameters: { ...voice(context), TextType: 'ssml', Text: ssml(asked.text) },
            FailureSpeechParameters: { Text: '<speak><break time="10ms"/></speak>' },
          },
        }
  return [...before, question]
}

function recorded(context: EncodeContext, caller: Participant, command: CallCommandOf<'record'>): SmaActionInput[] {
  const before = soundsOf(context, command.parts).map((sound) => sounded(context, caller, sound, command.stopOn))
  return [
    ...before,
    // RecordAudio gives no sign that it has begun.
    playAudio(context, caller, toneKey('beep'), '', 1),
    {
      Type: 'RecordAudio',
      Parameters: {
        CallId: caller.CallId,
        DurationInSeconds: command.secondsMax,
        ...(command.silenceSeconds === undefined ? {} : { SilenceDurationInSeconds: command.silenceSeconds }),
        RecordingTerminators: command.stopOn.split(''),
        RecordingDestination: { Type: 'S3', BucketName: context.settings.bucket, Prefix: command.prefix },
      },
    },
  ]
}

/** One bridge, to the edge, with the plan in its header. An answered caller would hear nothing without a ringback tone. */
function bridged(context: EncodeContext, caller: Participant, command: CallCommandOf<'ring'>): SmaActionInput {
  const ringback = command.ringback === undefined ? undefined : context.audio.soundOf(command.ringback)
  const key = ringback?.kind === 'object' ? ringback.key : toneKey('ringback')
  const isHeard = isAnswered(caller) || context.state.answered
  return {
    Type: 'CallAndBridge',
    Parameters: {
      CallTimeoutSeconds: Math.min(command.plan.timeoutSeconds, bridgeSecondsMax),
      CallerIdNumber: callerIdNumber(caller, context.settings),
      ...(isHeard ? { RingbackTone: s3(context, key) } : {}),
      Endpoints: [{ BridgeEndpointType: 'AWS', Arn: context.settings.edgeArn, Uri: uriOf(command.plan.id) }],
      ...(context.ringHeader === undefined ? {} : { SipHeaders: { [xPbxRing]: context.ringHeader } }),
    },
  }
}

/** Always allowed: leg A's own From, or an owned number. What phones and carriers shall see travels in the plan. */
const callerIdNumber = (caller: Participant, settings: SmaSettings): string =>
  E164.safeParse(caller.From).success ? caller.From : (settings.callerIdNumber ?? caller.From)

/** User part of the bridge's URI, for people who read traces: the end of the plan's id is what differs. */
const uriOf = (planId: string): string => planId.replaceAll(/[^A-Za-z0-9_.-]/g, '-').slice(-uriCharsMax) || 'ring'

function hungUp(
  caller: Participant,
  callee: Participant | undefined,
  command: CallCommandOf<'hang-up'>,
): SmaActionInput[] {
  const status = command.cause === 'busy' ? 486 : command.cause === 'unavailable' || !isAnswered(caller) ? 480 : 0
  const callees = isUp(callee) && command.leg !== 'caller' ? [hangUp(callee, 0)] : []
  return command.leg === 'callee' ? callees : [...callees, hangUp(caller, status)]
}

const hangUp = (leg: Participant, status: 0 | 480 | 486): SmaActionInput => ({
  Type: 'Hangup',
  Parameters: { CallId: leg.CallId, SipResponseCode: status },
})

const isAnswered = (leg: Participant): boolean => leg.Status === 'Connected'

const anyKey = '0123456789*#'

/** Sounds in order, with neighbouring words joined as long as one Speak can hold them. */
function soundsOf(context: EncodeContext, parts: readonly Speech[]): Sound[] {
  const joined: Sound[] = []
  for (const sound of parts.map((part) => context.audio.soundOf(part))) {
    const last = joined.at(-1)
    if (sound.kind === 'text' && last?.kind === 'text' && last.text.length + sound.text.length + 2 <= speakCharsMax)
      joined.splice(-1, 1, { kind: 'text', text: `${last.text}. ${sound.text}` })
    else joined.push(sound)
  }
  return joined
}

const sounded = (context: EncodeContext, leg: Participant, sound: Sound, stopOn: string): SmaActionInput =>
  sound.kind === 'object'
    ? playAudio(context, leg, sound.key, stopOn, 1)
    : { Type: 'Speak', Parameters: { CallId: leg.CallId, ...voice(context), Text: sound.text.slice(0, speakCharsMax) } }

const playAudio = (
  context: EncodeContext,
  leg: Participant,
  key: string,
  stopOn: string,
  repeat: number,
): SmaActionInput => ({
  Type: 'PlayAudio',
  Parameters: {
    CallId: leg.CallId,
    ...(stopOn === '' ? {} : { PlaybackTerminators: stopOn.split('') }),
    ...(repeat === 1 ? {} : { Repeat: repeat }),
    AudioSource: s3(context, key),
  },
})

const s3 = (context: EncodeContext, key: string): S3Audio => ({
  Type: 'S3',
  BucketName: context.settings.bucket,
  Key: key,
})

function voice({ audio }: EncodeContext) {
  return { VoiceId: voiceOf(audio.language), LanguageCode: spokenLanguage(audio.language) }
}

/** The failure text inherits the text type, and only mark-up can be silent: so questions are always mark-up. */
const ssml = (text: string): string =>
  `<speak>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</speak>`
