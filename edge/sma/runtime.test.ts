import type { SmaActionInput } from '@offhook/shared/sma-contract/actions.ts'
import { describe, expect, it } from 'vitest'
import { chimeProfile, edgeProfile } from './profile.ts'
import { answer, runtimeUnderTest, type Script } from './testing/runtime-under-test.ts'

const prompt = { Type: 'S3', BucketName: 'objects', Key: 'hello.wav' } as const
const play: SmaActionInput = { Type: 'PlayAudio', Parameters: { AudioSource: prompt } }
const hangUp: SmaActionInput = { Type: 'Hangup', Parameters: {} }
const bridge: SmaActionInput = {
  Type: 'CallAndBridge',
  Parameters: {
    CallTimeoutSeconds: '20',
    CallerIdNumber: '1001',
    Endpoints: [{ BridgeEndpointType: 'AWS', Arn: 'arn:aws:chime:us-east-1:111122223333:vc/abc', Uri: '1002' }],
  },
}
const question: SmaActionInput = {
  Type: 'PlayAudioAndGetDigits',
  Parameters: {
    AudioSource: prompt,
    FailureAudioSource: { ...prompt, Key: 'wrong.wav' },
    MinNumberOfDigits: 1,
    MaxNumberOfDigits: 4,
    RepeatDurationInMilliseconds: 5_000,
    InBetweenDigitsDurationInMilliseconds: 2_000,
  },
}

/** Answers by event type and action, else with nothing to do. */
const script =
  (answers: Readonly<Record<string, unknown>>): Script =>
  (event) =>
    answers[`${event.InvocationEventType} ${event.ActionData?.Type ?? ''}`.trim()] ??
    answers[event.InvocationEventType] ??
    answer()

describe('the queue', () => {
  it('reports a list once, with its last action', async () => {
    const { clock, calls, seen, events } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(play, play) }))

    const caller = calls.arrive()
    await clock.pass(2_500)

    expect(caller.status).toBe('connected')
    expect(caller.played).toEqual(['hello.wav', 'hello.wav'])
    expect(seen()).toEqual(['NEW_INBOUND_CALL', 'ACTION_SUCCESSFUL PlayAudio'])
    expect(events.map((event) => event.Sequence)).toEqual([1, 2])
    expect(events[1]?.ActionData?.Parameters).toMatchObject({ Repeat: 1, ParticipantTag: 'LEG-A' })
  })

  it('says only HANGUP after a list that ends by hanging up the last leg', async () => {
    const { clock, calls, seen, closed } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(play, hangUp) }))

    calls.arrive()
    await clock.pass(1_500)

    expect(seen()).toEqual(['NEW_INBOUND_CALL', 'HANGUP Hangup'])
    expect(closed).toHaveLength(1)
    expect(calls.counts().legs).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('drops the rest of a list when an action fails', async () => {
    const { clock, calls, seen, audio, events } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(play, play) }))
    audio.missing.add('hello.wav')

    const caller = calls.arrive()
    await clock.pass(100)

    expect(caller.played).toEqual([])
    expect(seen()).toEqual(['NEW_INBOUND_CALL', 'ACTION_FAILED PlayAudio'])
    expect(events[1]?.ActionData).toMatchObject({ ErrorType: 'InvalidAudioSource' })
  })

  it('an update interrupts playing at once', async () => {
    const { clock, calls, seen, runtime, opened } = runtimeUnderTest(
      script({
        NEW_INBOUND_CALL: answer({ Type: 'PlayAudio', Parameters: { AudioSource: prompt, Repeat: '99' } }),
        CALL_UPDATE_REQUESTED: answer({
          Type: 'PlayAudio',
          Parameters: { AudioSource: { ...prompt, Key: 'next.wav' } },
        }),
      }),
    )

    const caller = calls.arrive()
    await clock.pass(3_500)
    runtime.update(opened[0]?.callId ?? '', { op: 'next' })
    await clock.pass(1_500)

    expect(caller.played).toEqual(['hello.wav', 'next.wav'])
    expect(seen()).toEqual([
      'NEW_INBOUND_CALL',
      'CALL_UPDATE_REQUESTED CallUpdateRequest',
      'ACTION_INTERRUPTED PlayAudio',
      'ACTION_SUCCESSFUL PlayAudio',
    ])
  })

  it('an update waits for an action that cannot be interrupted, and replaces the rest', async () => {
    const { clock, calls, seen, runtime, opened } = runtimeUnderTest(
      script({
        NEW_INBOUND_CALL: answer(question, play),
        CALL_UPDATE_REQUESTED: answer({ Type: 'Pause', Parameters: { DurationInMilliseconds: 500 } }),
        // A question always reports; an absent list keeps what the update asked for.
        'ACTION_SUCCESSFUL PlayAudioAndGetDigits': { SchemaVersion: '1.0' },
      }),
    )

    const caller = calls.arrive()
    await clock.pass(500)
    runtime.update(opened[0]?.callId ?? '', {})
    caller.press('12#')
    await clock.pass(1_500)

    expect(caller.played).toEqual(['hello.wav'])
    expect(seen()).toEqual([
      'NEW_INBOUND_CALL',
      'CALL_UPDATE_REQUESTED CallUpdateRequest',
      'ACTION_SUCCESSFUL PlayAudioAndGetDigits',
      'ACTION_SUCCESSFUL Pause',
    ])
  })

  it('absent actions keep what is queued, an empty list ends it', async () => {
    let keep = true
    const { clock, calls, runtime, opened } = runtimeUnderTest((event) =>
      event.InvocationEventType === 'NEW_INBOUND_CALL'
        ? answer({ Type: 'Pause', Parameters: { DurationInMilliseconds: 1_000 } }, play, play)
        : event.InvocationEventType === 'CALL_UPDATE_REQUESTED'
          ? keep
            ? { SchemaVersion: '1.0', Actions: null }
            : answer()
          : answer(),
    )

    const caller = calls.arrive()
    await clock.pass(1_500)
    runtime.update(opened[0]?.callId ?? '', {})
    await clock.pass(800)
    expect(caller.played).toHaveLength(2)
    keep = false
    runtime.update(opened[0]?.callId ?? '', {})
    await clock.pass(5_000)

    expect(caller.played).toHaveLength(2)
  })
})

describe('keys', () => {
  const asked = script({ NEW_INBOUND_CALL: answer(question) })

  it('cut the prompt off and are reported without the terminator', async () => {
    const { clock, calls, events } = runtimeUnderTest(asked)

    const caller = calls.arrive()
    await clock.pass(300)
    caller.press('15#')
    await clock.pass(10)

    expect(events[1]?.ActionData).toMatchObject({ ReceivedDigits: '15' })
    expect(events[1]?.ActionData?.Parameters).toMatchObject({
      TerminatorDigits: ['#'],
      Repeat: 1,
      MaxNumberOfDigits: 4,
    })
  })

  it('typed ahead while an announcement plays answer the question after it', async () => {
    const { clock, calls, events } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(play, question) }))

    const caller = calls.arrive()
    await clock.pass(300)
    caller.press('7')
    await clock.pass(800)
    caller.press('#')
    await clock.pass(10)

    expect(caller.played).toEqual(['hello.wav'])
    expect(events[1]?.ActionData).toMatchObject({ Type: 'PlayAudioAndGetDigits', ReceivedDigits: '7' })
  })

  it('that never come fail the question after the wait, with the failure prompt said', async () => {
    const { clock, calls, seen } = runtimeUnderTest(asked)

    const caller = calls.arrive()
    await clock.pass(5_900)
    expect(seen()).toHaveLength(1)
    await clock.pass(1_200)

    expect(caller.played).toEqual(['hello.wav', 'wrong.wav'])
    expect(seen()[1]).toBe('ACTION_FAILED PlayAudioAndGetDigits')
  })

  it('in a conversation match an armed pattern and are told once', async () => {
    const armed: SmaActionInput = {
      Type: 'ReceiveDigits',
      Parameters: {
        InputDigitsRegex: '^\\*\\d$',
        InBetweenDigitsDurationInMilliseconds: 1_000,
        FlushDigitsDurationInMilliseconds: 10_000,
      },
    }
    const { clock, calls, events, seen } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(play, armed) }))

    const caller = calls.arrive()
    await clock.pass(1_100)
    caller.press('*1')
    await clock.pass(1_100)
    caller.press('*2')
    await clock.pass(1_100)

    expect(seen()).toEqual(['NEW_INBOUND_CALL', 'ACTION_SUCCESSFUL ReceiveDigits', 'DIGITS_RECEIVED ReceiveDigits'])
    expect(events[2]?.ActionData).toMatchObject({ ReceivedDigits: '*1' })
  })
})

describe('a bridge', () => {
  it('answers the caller only when the far end answers, and hangs neither leg up for the handler', async () => {
    const { clock, calls, events, seen } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(bridge) }))

    const caller = calls.arrive()
    await clock.pass(1_900)
    expect(caller.status).toBe('ringing')
    await clock.pass(200)
    expect(caller.status).toBe('connected')
    caller.remoteHangsUp()
    await clock.pass(100)

    expect(seen()).toEqual(['NEW_INBOUND_CALL', 'ACTION_SUCCESSFUL CallAndBridge', 'HANGUP Hangup'])
    expect(events[1]?.CallDetails.Participants.map((one) => [one.ParticipantTag, one.Status])).toEqual([
      ['LEG-A', 'Connected'],
      ['LEG-B', 'Connected'],
    ])
    expect(events[1]?.ActionData).toMatchObject({ Outcome: { answered: { legId: '1' } } })
    expect(events[2]?.ActionData?.Parameters).toMatchObject({ ParticipantTag: 'LEG-A', SipResponseCode: 0 })
    expect(calls.legs[1]?.status).toBe('connected')
  })

  it('nobody answers: the failure tells why, and the caller rings on', async () => {
    const { clock, calls, events } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(bridge) }))
    calls.ringScript = () => ({ result: 'busy', afterMs: 100 })

    const caller = calls.arrive()
    await clock.pass(200)

    expect(events[1]?.ActionData).toMatchObject({ ErrorType: 'CallNotAnswered', Outcome: { reason: 'busy' } })
    expect(events[1]?.CallDetails.Participants).toHaveLength(1)
    expect(caller.status).toBe('ringing')
  })

  it('is given up after its time-out, and when the caller hangs up', async () => {
    const { clock, calls, events, seen } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(bridge) }))
    calls.ringScript = () => ({ answerAfterMs: 600_000 })

    calls.arrive()
    await clock.pass(20_100)
    expect(events[1]?.ActionData).toMatchObject({ ErrorType: 'CallNotAnswered', Outcome: { reason: 'no-answer' } })

    const other = calls.arrive()
    await clock.pass(1_000)
    other.remoteHangsUp(487)
    await clock.pass(100)
    expect(seen().slice(-3)).toEqual(['NEW_INBOUND_CALL', 'ACTION_FAILED CallAndBridge', 'HANGUP Hangup'])
  })

  it('counts as two of the ten calls the service allows; ours has no such bound', async () => {
    for (const profile of [chimeProfile([], 0), edgeProfile]) {
      const { clock, calls } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(bridge) }), { profile })
      for (let n = 0; n < 5; n++) {
        calls.arrive()
        await clock.pass(3_000)
      }

      const sixth = calls.arrive()
      await clock.pass(100)

      expect(sixth.ended?.sipStatus).toBe(profile.quotas ? 486 : undefined)
    }
  })

  it('takes exactly one endpoint and refuses a foreign header and a second bridge', async () => {
    const wrong = (more: object): SmaActionInput =>
      ({ ...bridge, Parameters: { ...bridge.Parameters, ...more } }) as SmaActionInput
    const message = async (action: SmaActionInput) => {
      const { clock, calls, events } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(action) }))
      calls.arrive()
      await clock.pass(100)
      return events[1]?.ActionData?.ErrorMessage
    }

    expect(await message(wrong({ Endpoints: [] }))).toBe('Invalid number of endpoints provided')
    expect(await message(wrong({ CallTimeoutSeconds: 121 }))).toMatch(/MaxCallTimeout/)
    expect(await message(wrong({ CallerIdNumber: 'me' }))).toMatch(/caller ID number is invalid/)
    expect(await message(wrong({ SipHeaders: { 'X-Amzn-Trick': '1' } }))).toMatch(/X-Amzn-Trick/)
    expect(await message(wrong({ SipHeaders: { 'X-Pbx-Ring': 'z.forged.mac' } }))).toMatch(/X-Pbx-Ring/)
  })
})

describe('a recording', () => {
  const record: SmaActionInput = {
    Type: 'RecordAudio',
    Parameters: {
      RecordingTerminators: ['#'],
      DurationInSeconds: '60',
      RecordingDestination: { Type: 'S3', BucketName: 'objects', Prefix: 'voicemail/acme/box/call/' },
    },
  }

  it('is kept when the caller hangs up, and told before HANGUP', async () => {
    const { clock, calls, events, seen, audio } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(record) }))

    const caller = calls.arrive()
    await clock.pass(4_000)
    caller.remoteHangsUp()
    await clock.pass(100)

    expect(seen()).toEqual(['NEW_INBOUND_CALL', 'ACTION_SUCCESSFUL RecordAudio', 'HANGUP Hangup'])
    expect(events[1]?.CallDetails.Participants[0]?.Status).toBe('Disconnected')
    expect(events[1]?.ActionData?.RecordingDestination?.Key).toBe(audio.stored[0])
    expect(audio.stored[0]).toMatch(/^voicemail\/acme\/box\/call\/2026-11-23-09-15-00-000-/)
  })

  it('ends by a key, which is told and not typed ahead', async () => {
    const { clock, calls, events } = runtimeUnderTest(
      script({ NEW_INBOUND_CALL: answer(record), 'ACTION_SUCCESSFUL RecordAudio': answer(question) }),
    )

    const caller = calls.arrive()
    await clock.pass(4_000)
    caller.press('#')
    await clock.pass(100)

    expect(events[1]?.ActionData?.RecordingTerminatorUsed).toBe('#')
    expect(caller.played).toEqual(['hello.wav'])
  })

  it('that cannot be stored is a failure', async () => {
    const { clock, calls, events, audio } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(record) }))
    audio.canStore = false

    const caller = calls.arrive()
    await clock.pass(100)
    caller.press('#')
    await clock.pass(100)

    expect(events[1]?.ActionData).toMatchObject({ ErrorType: 'InvalidActionParameter' })
  })
})

describe('a call of a program', () => {
  it('is told of, answered, and obeys from then on', async () => {
    const { clock, calls, events, seen, runtime } = runtimeUnderTest(
      script({
        NEW_OUTBOUND_CALL: { SchemaVersion: '1.0', TransactionAttributes: { job: '7' } },
        CALL_ANSWERED: answer(play),
      }),
    )

    runtime.create({ accountId: 'acme', from: '+12065550142', to: '+13605550177', arguments: { role: 'test' } })
    await clock.pass(100)
    calls.legs[0]?.remoteAnswers()
    await clock.pass(1_200)

    expect(seen()).toEqual(['NEW_OUTBOUND_CALL CallCreateRequest', 'CALL_ANSWERED', 'ACTION_SUCCESSFUL PlayAudio'])
    expect(events[0]?.ActionData?.Parameters).toEqual({ Arguments: { role: 'test' } })
    expect(events[1]?.CallDetails.TransactionAttributes).toEqual({ job: '7' })
  })

  it('refuses updates that pile up behind a function that does not answer', async () => {
    const { calls, runtime, opened } = runtimeUnderTest(() => new Promise(() => {}))
    calls.arrive()
    const update = () => runtime.update(opened[0]?.callId ?? '', {})

    for (let n = 0; n < 100; n++) update()

    expect(update).toThrow(expect.objectContaining({ code: 'too-many-updates', status: 429 }))
    expect(() => runtime.update('nobody', {})).toThrow(expect.objectContaining({ code: 'call-not-found' }))
  })

  it('nobody answers is over with the status', async () => {
    const { clock, calls, events, seen, runtime, closed } = runtimeUnderTest(script({}))

    runtime.create({ accountId: 'acme', from: '+12065550142', to: '+13605550177' })
    await clock.pass(100)
    calls.legs[0]?.remoteHangsUp(486)
    await clock.pass(100)

    expect(seen()).toEqual(['NEW_OUTBOUND_CALL', 'HANGUP Hangup'])
    expect(events[1]?.ActionData?.Parameters).toMatchObject({ SipResponseCode: 486 })
    expect(closed).toHaveLength(1)
  })
})

describe('actions of services that are not here', () => {
  it.each([
    [
      { Type: 'JoinChimeMeeting', Parameters: { JoinToken: 't', MeetingId: 'm' } },
      { Error: expect.stringMatching(/^ErrorJoiningMeeting/) },
    ],
    [{ Type: 'StartBotConversation', Parameters: { BotAliasArn: 'arn' } }, { ErrorType: 'ResourceNotFound' }],
    [{ Type: 'VoiceFocus', Parameters: { CallId: 'x', Enable: 'True' } }, { ErrorType: 'InvalidActionParameter' }],
    [{ Type: 'VoiceFocus', Parameters: { CallId: 'x' } }, { ErrorType: 'MissingRequiredActionParameter' }],
  ] as const)('%o is answered with the documented error', async (action, error) => {
    const { clock, calls, events } = runtimeUnderTest(script({ NEW_INBOUND_CALL: answer(action as SmaActionInput) }))

    calls.arrive()
    await clock.pass(100)

    expect(events[1]?.ActionData).toMatchObject(error)
  })
})

describe('a handler that is no use', () => {
  const everyRow: readonly [string, Script][] = [
    ['throws', () => Promise.reject(new Error('a bug'))],
    ['answers nothing', () => undefined],
    ['answers an API Gateway envelope', () => ({ statusCode: 200, body: '{}' })],
    ['answers text', () => '{"SchemaVersion":"1.0"}'],
    ['answers another schema version', () => ({ SchemaVersion: '2.0', Actions: [] })],
    ['answers eleven actions', () => answer(...Array.from({ length: 11 }, () => play))],
    [
      'answers an action that does not exist',
      () => ({ SchemaVersion: '1.0', Actions: [{ Type: 'Transfer', Parameters: {} }] }),
    ],
    ['answers an empty list to a new call', () => answer()],
    [
      'answers too many attributes',
      () => ({
        ...answer(play),
        TransactionAttributes: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, ''])),
      }),
    ],
    ['never answers', () => new Promise(() => {})],
  ]

  it.each(everyRow)('%s: the caller gets 480, not silence', async (_name, broken) => {
    const { clock, calls, closed } = runtimeUnderTest(broken)

    const caller = calls.arrive()
    await clock.pass(120_000)

    expect(caller.ended).toMatchObject({ by: 'local', sipStatus: 480 })
    expect(closed).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it.each(everyRow)('%s in mid-call: a lone caller hears an apology and is hung up on', async (_name, broken) => {
    const { clock, calls, closed } = runtimeUnderTest((event) =>
      event.InvocationEventType === 'NEW_INBOUND_CALL' ? answer(play) : broken(event),
    )

    const caller = calls.arrive()
    await clock.pass(180_000)

    expect(caller.played.at(-1)).toBe('apology.wav')
    expect(caller.status).toBe('disconnected')
    expect(closed).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it.each(everyRow)(
    '%s after a bridge: the parties talk on, and neither leg outlives the other',
    async (_name, broken) => {
      const { clock, calls, closed } = runtimeUnderTest((event) =>
        event.InvocationEventType === 'NEW_INBOUND_CALL' ? answer(bridge) : broken(event),
      )

      const caller = calls.arrive()
      await clock.pass(60_000)
      expect(calls.counts().legs).toBe(2)
      caller.remoteHangsUp()
      await clock.pass(120_000)

      expect(calls.counts().legs).toBe(0)
      expect(closed).toHaveLength(1)
    },
  )

  it('stalls for 6 s: it is asked again after 5 s, and the first answer counts', async () => {
    const sequences: number[] = []
    const underTest = runtimeUnderTest((event) => {
      sequences.push(event.Sequence)
      return new Promise((resolve) => underTest.clock.after(6_000, () => resolve(answer(play, hangUp))))
    })

    const caller = underTest.calls.arrive()
    await underTest.clock.pass(6_500)
    expect(caller.played).toEqual(['hello.wav'])
    await underTest.clock.pass(60_000)

    expect(sequences.slice(0, 2)).toEqual([1, 1])
    expect(underTest.closed).toHaveLength(1)
  })
})
