/** Calls at their worst, on both planes: whatever the handler, the far end or the order of things does, each ends with one CDR. */
import { handlerUnderTest, trustKey } from '@offhook/functions/sma/testing/handler-under-test.ts'
import { did } from '@offhook/functions/sma/testing/small-account.ts'
import { LegResult } from '@offhook/shared/callflow/ring-plan.ts'
import { describe, expect, it } from 'vitest'
import { inProcess } from './invoke.ts'
import type { Invoke } from './invoker.ts'
import { chimeProfile, edgeProfile, type Profile } from './profile.ts'
import { aTrunk, type FakeLeg } from './testing/fake-call-control.ts'
import { ManualClock } from './testing/manual-clock.ts'
import { MemoryJournal } from './testing/memory-journal.ts'
import { runtimeUnderTest } from './testing/runtime-under-test.ts'
import { seeded } from './testing/seeded.ts'

/** Shuffled calls a run; ten thousand in the long suite. */
const runs = Number(process.env.OFFHOOK_RUNS ?? 100)

type Random = () => number
const among = <T>(random: Random, values: readonly T[]): T => {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new RangeError('nothing to choose from')
  return value
}

const never = new Promise<never>(() => {})

/** A function that mostly works, and otherwise stalls, throws, forgets, repeats or talks nonsense. */
function unreliable(invoke: Invoke, random: Random, clock: ManualClock): Invoke {
  const late = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  return async (event) => {
    const fate = random()
    if (fate < 0.03) throw new Error('thrown before')
    if (fate < 0.06) return never
    if (fate < 0.09)
      return among<unknown>(random, [undefined, null, 'text', {}, { statusCode: 200 }, { SchemaVersion: '2.0' }, [], 7])
    if (fate < 0.12)
      return {
        SchemaVersion: '1.0',
        Actions: [{ Type: among(random, ['Fly', 'PlayAudio', 'CallAndBridge']), Parameters: {} }],
      }
    if (fate < 0.2) await late(among(random, [100, 4_000, 6_000, 19_000]))
    const answer = await invoke(event)
    if (fate > 0.97) throw new Error('thrown after')
    if (fate > 0.94) return never
    return answer
  }
}

/** One call of one caller who does as they please; the callee as well. The last legs hang up by themselves only where nobody did it for them. */
async function oneCall(seed: number, profile: Profile) {
  const random = seeded(seed)
  const functions = handlerUnderTest()
  const clock = new ManualClock()
  const table = functions.store.calls
  const journal = new MemoryJournal(
    (records) => table.share(records),
    () => clock.nowMs(),
  )
  functions.store.calls = journal
  const handler = inProcess(async (event, context) => {
    functions.time.nowMs = clock.nowMs()
    return functions.handler(event, context)
  })
  const edge = runtimeUnderTest(
    () => undefined,
    {
      profile,
      trustKey,
      random,
      journal,
      invoke: unreliable(handler, random, clock),
      loadItem: (key) => functions.store.load(key),
      saveOutcome: async (_accountId, outcome) => void functions.outcomes.set(outcome.planId, outcome),
    },
    clock,
  )
  const { calls } = edge
  calls.ringScript = () =>
    random() < 0.6
      ? { answerAfterMs: Math.floor(random() * 25_000) }
      : { result: among(random, refusals), afterMs: Math.floor(random() * 25_000) }

  const caller = calls.arrive(among(random, callers))
  for (let moment = 0; moment < 6; moment++) {
    await clock.pass(Math.floor(random() * 12_000))
    act(random, calls.legs)
  }
  await clock.pass(60_000)
  caller.remoteHangsUp()
  await clock.pass(120_000)
  return { ...edge, store: functions.store }
}

const callers = [{ to: '1002' }, { to: did, from: '+14255550163', identity: aTrunk }, { to: '4711' }]
const refusals = LegResult.options.filter((result) => result !== 'answered')

function act(random: Random, legs: readonly FakeLeg[]): void {
  const leg = among(random, legs)
  const what = random()
  if (what < 0.4) leg.press(among(random, ['1', '7', '#', '12*', '0000']))
  else if (what < 0.5) leg.remoteHangsUp(among(random, [0, 486, 487]))
}

describe.each([
  ['edge', edgeProfile],
  ['chime', chimeProfile([did], 0.2)],
] as const)('R-295: on the %s plane', (_name, profile) => {
  it(
    `${runs} shuffled calls end with no leg up and exactly one CDR each`,
    async () => {
      const reasons = new Map<string, number>()
      for (let seed = 1; seed <= runs; seed++) {
        const { calls, store, clock, runtime } = await oneCall(seed, profile)

        const left = {
          seed,
          legs: calls.counts().legs,
          cdrs: store.cdrs.length,
          calls: runtime.counts().calls,
          timers: clock.pending,
        }
        expect(left).toEqual({ seed, legs: 0, cdrs: 1, calls: 0, timers: 0 })
        const reason = store.cdrs[0]?.disposition ?? ''
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      }
      // The calls are of every kind, or this would prove little.
      expect([...reasons.keys()]).toEqual(expect.arrayContaining(['answered', 'no-answer', 'cancelled', 'failed']))
    },
    20_000 + 20 * runs,
  )
})
