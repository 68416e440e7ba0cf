import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import { CallCommand, type CallCommandInput, type Speech } from '@offhook/shared/callflow/vocabulary.ts'
import { SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { actionsMax } from '@offhook/shared/sma-contract/limits.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Audio } from './audio.ts'
import { encode } from './encode.ts'
import { edgeArn, trustKey } from './testing/handler-under-test.ts'

const settings = { bucket: 'objects', edgeArn, trustKey, entranceRuleIds: [], callerIdNumber: '+12065550142' }
/** Sounds as they are without an account: prompts and tones are objects, words are words. */
const audio: Audio = {
  language: 'en-US',
  soundOf: (part) =>
    'say' in part
      ? { kind: 'text', text: part.say }
      : 'digits' in part
        ? { kind: 'text', text: part.digits }
        : { kind: 'object', key: Object.values(part).join() },
}

const leg = (tag: 'LEG-A' | 'LEG-B', status?: 'Connected' | 'Disconnected') => ({
  CallId: tag,
  ParticipantTag: tag,
  To: '1002',
  From: '+14255550163',
  Direction: tag === 'LEG-A' ? 'Inbound' : 'Outbound',
  StartTimeInMilliseconds: '1795600000123',
  ...(status === undefined ? {} : { Status: status }),
})
const eventWith = (...legs: object[]) =>
  SmaEvent.parse({
    SchemaVersion: '1.0',
    Sequence: 2,
    InvocationEventType: 'ACTION_SUCCESSFUL',
    CallDetails: { TransactionId: 'call', AwsAccountId: '1', AwsRegion: 'us-east-1', Participants: legs },
  })

function encoded(
  commands: readonly CallCommandInput[],
  event = eventWith(leg('LEG-A', 'Connected')),
  state: Partial<CallState> = {},
) {
  const call = { phase: 'deciding', answered: false, ...state } as CallState
  const context = { event, state: call, settings, audio, ringHeader: 'z.plan.mac' }
  return encode(
    context,
    commands.map((command) => CallCommand.parse(command)),
  )
}
const types = (...args: Parameters<typeof encoded>) => encoded(...args).map((action) => action.Type)

const plan = { id: 'call-3-0', legs: [], timeoutSeconds: 25, display: {} }

describe('commands as actions', () => {
  it('a prompt is played, words are spoken, neighbouring words in one breath', () => {
    const parts: Speech[] = [{ prompt: 'vm-person' }, { digits: '1001' }, { say: 'is away' }, { tone: 'beep' }]

    expect(encoded([{ type: 'play', parts, stopOn: '1#' }])).toMatchObject([
      {
        Type: 'PlayAudio',
        Parameters: { CallId: 'LEG-A', PlaybackTerminators: ['1', '#'], AudioSource: { Key: 'vm-person' } },
      },
      {
        Type: 'Speak',
        Parameters: { CallId: 'LEG-A', Text: '1001. is away', VoiceId: 'Joanna', LanguageCode: 'en-US' },
      },
      { Type: 'PlayAudio', Parameters: { AudioSource: { Key: 'beep' } } },
    ])
  })

  it('one file repeats by itself, a list is written out as often as it fits', () => {
    expect(encoded([{ type: 'play', parts: [{ media: 'moh' }], repeat: 500 }])).toMatchObject([
      { Parameters: { Repeat: 500 } },
    ])
    expect(types([{ type: 'play', parts: [{ prompt: 'a' }, { prompt: 'b' }], repeat: 100 }])).toHaveLength(8)
  })

  it('a question plays what comes before it until a key, and asks with its last part', () => {
    const gather = { type: 'gather', digitsMax: 4, firstDigitMs: 5_000, nextDigitMs: 2_000 } as const

    expect(types([{ ...gather, parts: [{ prompt: 'a' }, { prompt: 'b' }] }])).toEqual([
      'PlayAudio',
      'PlayAudioAndGetDigits',
    ])
    expect(types([{ ...gather, parts: [{ say: 'a' }, { say: 'b' }] }])).toEqual(['SpeakAndGetDigits'])
    expect(encoded([{ ...gather, parts: [{ say: 'Tom & <Jerry>' }] }])).toMatchObject([
      { Parameters: { SpeechParameters: { Text: '<speak>Tom &amp; &lt;Jerry&gt;</speak>', TextType: 'ssml' } } },
    ])
    expect(encoded([{ ...gather, parts: [] }])).toMatchObject([
      {
        Type: 'PlayAudioAndGetDigits',
        Parameters: {
          AudioSource: { Key: 'tones/silence.wav' },
          FailureAudioSource: { Key: 'tones/silence.wav' },
          Repeat: 1,
          MinNumberOfDigits: 1,
          MaxNumberOfDigits: 4,
          TerminatorDigits: ['#'],
          RepeatDurationInMilliseconds: 5_000,
          InBetweenDigitsDurationInMilliseconds: 2_000,
        },
      },
    ])
  })

  it('a recording begins after a beep and goes under its prefix', () => {
    expect(
      encoded([{ type: 'record', prefix: 'voicemail/a/b/c/', secondsMax: 180, silenceSeconds: 6, stopOn: '#' }]),
    ).toMatchObject([
      { Type: 'PlayAudio', Parameters: { AudioSource: { Key: 'tones/beep.wav' } } },
      {
        Type: 'RecordAudio',
        Parameters: {
          DurationInSeconds: 180,
          SilenceDurationInSeconds: 6,
          RecordingTerminators: ['#'],
          RecordingDestination: { Type: 'S3', BucketName: 'objects', Prefix: 'voicemail/a/b/c/' },
        },
      },
    ])
  })

  it('a ring is one bridge to the edge with the plan in its header; only an answered caller hears a tone', () => {
    const ring: CallCommandInput = { type: 'ring', plan, callerId: {} }

    const [unanswered] = encoded([ring], eventWith(leg('LEG-A')))
    const [answered] = encoded([ring])

    expect(unanswered).toEqual({
      Type: 'CallAndBridge',
      Parameters: {
        CallTimeoutSeconds: 25,
        CallerIdNumber: '+14255550163',
        Endpoints: [{ BridgeEndpointType: 'AWS', Arn: edgeArn, Uri: 'call-3-0' }],
        SipHeaders: { 'X-Pbx-Ring': 'z.plan.mac' },
      },
    })
    expect(answered).toMatchObject({ Parameters: { RingbackTone: { Key: 'tones/ringback.wav' } } })
  })

  it('an extension, which is no E.164 number, shows the number the account owns', () => {
    const internal = eventWith({ ...leg('LEG-A'), From: '1001' })

    expect(encoded([{ type: 'ring', plan, callerId: {} }], internal)).toMatchObject([
      { Parameters: { CallerIdNumber: '+12065550142' } },
    ])
  })

  it('before an answer a hang-up is busy or unavailable, after it only a hang-up', () => {
    const hangUp = (cause: 'normal' | 'busy' | 'unavailable', event = eventWith(leg('LEG-A'))) =>
      encoded([{ type: 'hang-up', leg: 'all', cause }], event)

    expect(hangUp('busy')).toMatchObject([{ Parameters: { SipResponseCode: 486 } }])
    expect(hangUp('unavailable')).toMatchObject([{ Parameters: { SipResponseCode: 480 } }])
    expect(hangUp('normal')).toMatchObject([{ Parameters: { SipResponseCode: 480 } }])
    expect(hangUp('normal', eventWith(leg('LEG-A', 'Connected')))).toMatchObject([
      { Parameters: { SipResponseCode: 0 } },
    ])
  })

  it('no leg that is up outlives the call, and none that is gone gets an action', () => {
    const over = { phase: 'ended' } as const

    expect(encoded([], eventWith(leg('LEG-A', 'Disconnected'), leg('LEG-B', 'Connected')), over)).toMatchObject([
      { Type: 'Hangup', Parameters: { CallId: 'LEG-B' } },
    ])
    expect(encoded([{ type: 'play', parts: [{ prompt: 'a' }] }], eventWith(leg('LEG-A', 'Disconnected')))).toEqual([])
    expect(
      types([{ type: 'hang-up', leg: 'all' }], eventWith(leg('LEG-A', 'Connected'), leg('LEG-B', 'Connected')), over),
    ).toEqual(['Hangup', 'Hangup'])
  })

  it('whatever is commanded, there are at most ten actions, each inside the contract, the one that waits last', () => {
    const speech = fc.oneof(
      fc.record({ prompt: fc.string({ minLength: 1, maxLength: 20 }) }),
      fc.record({ say: fc.string({ minLength: 1, maxLength: 1_000 }) }),
      fc.record({ digits: fc.stringMatching(/^[\d*#+]{1,40}$/) }),
    )
    const parts = fc.array(speech, { minLength: 1, maxLength: 10 })
    const command = fc.oneof(
      fc.record({ type: fc.constant('play' as const), parts, repeat: fc.integer({ min: 1, max: 1_000 }) }),
      fc.record({
        type: fc.constant('gather' as const),
        parts,
        digitsMin: fc.integer({ min: 1, max: 128 }),
        digitsMax: fc.integer({ min: 1, max: 128 }),
        firstDigitMs: fc.integer({ min: 100, max: 60_000 }),
        nextDigitMs: fc.integer({ min: 100, max: 60_000 }),
        terminator: fc.constantFrom('', '#', '*'),
      }),
      fc.record({
        type: fc.constant('record' as const),
        parts,
        prefix: fc.constant('v/'),
        secondsMax: fc.integer({ min: 1, max: 14_400 }),
      }),
    )

    fc.assert(
      fc.property(command, fc.boolean(), (wanted, ends) => {
        const commands: CallCommandInput[] = ends ? [wanted, { type: 'hang-up', leg: 'all' }] : [wanted]
        const actions = encoded(commands, undefined, ends ? { phase: 'ended' } : {})

        expect(actions.length).toBeLessThanOrEqual(actionsMax)
        for (const action of actions) expect(SmaAction.safeParse(action).error).toBeUndefined()
        const last = ends
          ? 'Hangup'
          : { play: /PlayAudio|Speak/, gather: /GetDigits/, record: /RecordAudio/ }[wanted.type]
        expect(actions.at(-1)?.Type).toMatch(last)
      }),
      { numRuns: 300 },
    )
  })
})
