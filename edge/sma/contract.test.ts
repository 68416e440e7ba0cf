/** Both sides of the contract together: the shipped handler and engine behind the runtime, phones in memory. */

import { handlerUnderTest, trustKey } from '@offhook/functions/sma/testing/handler-under-test.ts'
import { did } from '@offhook/functions/sma/testing/small-account.ts'
import { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { describe, expect, it } from 'vitest'
import { inProcess } from './invoke.ts'
import { chimeProfile, edgeProfile, type Profile } from './profile.ts'
import { aTrunk } from './testing/fake-call-control.ts'
import { runtimeUnderTest } from './testing/runtime-under-test.ts'
import { seeded } from './testing/seeded.ts'

/** An office of two phones; `profile` says which plane plays the contract. */
function office(profile: Profile) {
  const functions = handlerUnderTest()
  const seen: SmaEvent[] = []
  const doubled: [unknown, unknown][] = []
  const edge = runtimeUnderTest(() => undefined, {
    profile,
    trustKey,
    invoke: inProcess(async (event, context) => {
      seen.push(SmaEvent.parse(event))
      functions.time.nowMs = edge.clock.nowMs()
      return functions.handler(event, context)
    }),
    loadItem: (key) => functions.store.load(key),
    saveOutcome: async (_accountId, outcome) => void functions.outcomes.set(outcome.planId, outcome),
    random: seeded(1),
    onDoubled: (_event, first, second) => void doubled.push([first, second]),
  })
  return { ...edge, ...functions, seen, doubled }
}

const planes: readonly [string, Profile][] = [
  ['edge', edgeProfile],
  ['chime', chimeProfile([did], 0.5)],
]

describe.each(planes)('R-291, R-295: on the %s plane', (_name, profile) => {
  it('1001 rings 1002, they talk, and the call has one CDR', async () => {
    const { clock, calls, store } = office(profile)

    const caller = calls.arrive({ to: '1002' })
    await clock.pass(2_100)
    expect(calls.plans[0]?.plan.legs[0]?.target).toMatchObject({ kind: 'device', deviceId: 'device-1002' })
    expect(caller.status).toBe('connected')
    await clock.pass(60_000)
    calls.legs[1]?.remoteHangsUp()
    await clock.pass(1_000)

    expect(calls.counts().legs).toBe(0)
    expect(store.cdrs).toHaveLength(1)
    expect(store.cdrs[0]).toMatchObject({
      disposition: 'answered',
      endedBy: 'callee',
      direction: 'internal',
      to: '1002',
    })
    expect([...store.records.values()].map((record) => record.kind)).toEqual(['started', 'ended'])
  })

  it('a busy phone is told apart from one that does not answer', async () => {
    for (const [result, disposition] of [
      ['busy', 'busy'],
      ['no-answer', 'no-answer'],
      ['declined', 'declined'],
    ] as const) {
      const { clock, calls, store } = office(profile)
      calls.ringScript = () => ({ result, afterMs: 500 })

      const caller = calls.arrive({ to: '1002' })
      await clock.pass(2_000)

      expect(caller.ended?.sipStatus).toBe(result === 'busy' ? 486 : 480)
      expect(store.cdrs.map((cdr) => cdr.disposition)).toEqual([disposition])
    }
  })

  it('an outside caller hears the menu, presses 1 and is connected with a ringback tone', async () => {
    const { clock, calls, store } = office(profile)

    const caller = calls.arrive({ to: did, from: '+14255550163', identity: aTrunk })
    await clock.pass(500)
    caller.press('1')
    await clock.pass(3_000)
    caller.remoteHangsUp()
    await clock.pass(1_000)

    expect(caller.played).toEqual(['media/acme/hello.wav'])
    expect(calls.plans[0]?.ringback).toEqual({ kind: 'file', path: 'tones/ringback.wav' })
    expect(store.cdrs).toMatchObject([
      { disposition: 'answered', endedBy: 'caller', direction: 'inbound', from: '+14255550163' },
    ])
    expect(calls.counts().legs).toBe(0)
  })

  it('a silent caller hears the menu twice, then good bye', async () => {
    const { clock, calls, store } = office(profile)

    const caller = calls.arrive({ to: did, from: '+14255550163', identity: aTrunk })
    await clock.pass(30_000)

    expect(caller.played).toEqual([
      'media/acme/hello.wav',
      'tones/silence.wav',
      'media/acme/hello.wav',
      'tones/silence.wav',
      'say:Good bye.',
    ])
    expect(store.cdrs).toHaveLength(1)
    expect(caller.status).toBe('disconnected')
  })

  it('a transferred call names the call it came out of', async () => {
    const { clock, calls, store } = office(profile)

    const caller = calls.arrive({ to: '1002' })
    await clock.pass(3_000)
    const transferred = calls.arrive(
      { to: '1002', identity: { kind: 'system', accountId: 'acme', deviceId: 'device-1002' } },
      caller.id,
    )
    caller.remoteHangsUp()
    await clock.pass(3_000)
    transferred.remoteHangsUp()
    await clock.pass(1_000)

    // They end in the same instant.
    const [first, second] = store.cdrs.toSorted((one, other) => one.at.localeCompare(other.at))
    expect(second?.linkedCallIds).toEqual([first?.callId])
  })

  it('an event asked twice gets the same answer to the byte', async () => {
    const { clock, calls, doubled } = office({ ...profile, duplicates: 1 })

    const caller = calls.arrive({ to: did, from: '+14255550163', identity: aTrunk })
    await clock.pass(500)
    caller.press('1')
    await clock.pass(3_000)
    caller.remoteHangsUp()
    await clock.pass(1_000)

    expect(doubled.length).toBeGreaterThanOrEqual(5)
    for (const [first, second] of doubled) expect(JSON.stringify(second)).toBe(JSON.stringify(first))
  })

  it('the store breaks: the caller hears an apology, and the call still gets its CDR', async () => {
    const { clock, calls, store } = office(profile)

    const caller = calls.arrive({ to: did, from: '+14255550163', identity: aTrunk })
    await clock.pass(500)
    store.broken = new Error('the table is gone')
    caller.press('7')
    await clock.pass(200)
    store.broken = undefined
    await clock.pass(5_000)

    expect(caller.played.at(-1)).toBe('prompts/en-US/system-problem.wav')
    expect(caller.status).toBe('disconnected')
    expect(store.cdrs).toMatchObject([{ disposition: 'failed', endedBy: 'us', reason: 'Error' }])
  })
})
