import { actionTypes } from '@offhook/shared/sma-contract/actions.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runtimeUnderTest } from './testing/runtime-under-test.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 100)

const audio = fc.constantFrom<unknown>({ Type: 'S3', BucketName: 'b', Key: 'k.wav' }, { Type: 'S3' }, 'k.wav')
/** Parameters of every action, right ones and wrong ones. */
const parameters = fc.record(
  {
    CallId: fc.constantFrom('none', ''),
    ParticipantTag: fc.constantFrom('LEG-A', 'LEG-B', 'LEG-C'),
    AudioSource: audio,
    FailureAudioSource: audio,
    Repeat: fc.constantFrom<unknown>(1, '2', 0, 'x', 1e9),
    RepeatDurationInMilliseconds: fc.constantFrom<unknown>(500, '1000', -1),
    InputDigitsRegex: fc.constantFrom('^1$', '(', '(a+)+$'),
    MinNumberOfDigits: fc.nat(5),
    MaxNumberOfDigits: fc.nat(200),
    InBetweenDigitsDurationInMilliseconds: fc.nat(2_000),
    FlushDigitsDurationInMilliseconds: fc.nat(20_000),
    Text: fc.constantFrom('Hello.', '', '<speak>Hi</speak>'),
    SpeechParameters: fc.constantFrom<unknown>({ Text: 'Press 1.' }, {}),
    FailureSpeechParameters: fc.constantFrom<unknown>({ Text: 'No.' }, {}),
    Digits: fc.constantFrom('12#', 'xyz'),
    DurationInMilliseconds: fc.constantFrom<unknown>(100, '30000', 5),
    DurationInSeconds: fc.constantFrom<unknown>(1, 10, 0),
    RecordingTerminators: fc.constantFrom(['#'], ['##']),
    RecordingDestination: fc.constantFrom<unknown>({ Type: 'S3', BucketName: 'b', Prefix: 'p/' }, { Type: 'S3' }),
    Destination: fc.constant({ Type: 'S3', Location: 'b/p' }),
    Track: fc.constantFrom('BOTH', 'NONE'),
    CallerIdNumber: fc.constantFrom('1001', '+12065550142', 'me'),
    CallTimeoutSeconds: fc.constantFrom<unknown>(5, '20', 500),
    Endpoints: fc.constantFrom<unknown>(
      [{ BridgeEndpointType: 'PSTN', Uri: '+13605550177' }],
      [],
      [{ BridgeEndpointType: 'AWS', Uri: '1' }],
    ),
    SipResponseCode: fc.constantFrom<unknown>(0, '486', 404),
    JoinToken: fc.constant('t'),
    BotAliasArn: fc.constant('arn'),
    Enable: fc.constantFrom<unknown>('True', 7),
  },
  { requiredKeys: [] },
)
const action = fc.record({ Type: fc.constantFrom(...actionTypes, 'Fly'), Parameters: parameters })
const answer = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ SchemaVersion: fc.constant('1.0'), Actions: fc.array(action, { maxLength: 11 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ SchemaVersion: '1.0' }) },
  { weight: 1, arbitrary: fc.json().map((text): unknown => JSON.parse(text)) },
)

describe('whatever the handler answers', () => {
  it(
    'every event stays inside the contract, and the call ends when its caller does',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 12 }), async (answers) => {
          const left = [...answers]
          const underTest = runtimeUnderTest(
            () => left.shift() ?? { SchemaVersion: '1.0', Actions: [{ Type: 'Hangup', Parameters: {} }] },
          )

          const caller = underTest.calls.arrive()
          for (const keys of ['1', '#', '12*']) {
            await underTest.clock.pass(7_000)
            caller.press(keys)
          }
          caller.remoteHangsUp()
          await underTest.clock.pass(200_000)

          // Every event was parsed with the handler's schema on its way: one that was not would have come as an error of the function.
          expect(underTest.lines.filter((line) => String(line.gaveUp).includes('the function failed'))).toEqual([])
          expect(underTest.runtime.counts().calls).toBe(0)
          expect(underTest.closed).toHaveLength(1)
          expect(underTest.calls.counts().legs).toBe(0)
        }),
        { numRuns: runs },
      )
    },
    20_000 + 20 * runs,
  )
})
