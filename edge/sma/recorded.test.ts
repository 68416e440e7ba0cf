/**
 * Recorded calls. What the handler asks for is compared with the file; the call's state is carried from answer to answer as on the line, and
 * compared between two handlers that know nothing of each other: it is the engine's own and may grow.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { handlerUnderTest, trustKey } from '@offhook/functions/sma/testing/handler-under-test.ts'
import { did } from '@offhook/functions/sma/testing/small-account.ts'
import { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { ResponseEnvelope } from '@offhook/shared/sma-contract/response.ts'
import { describe, expect, it } from 'vitest'
import { inProcess } from './invoke.ts'
import { aTrunk, type FakeCallControl } from './testing/fake-call-control.ts'
import type { ManualClock } from './testing/manual-clock.ts'
import { runtimeUnderTest } from './testing/runtime-under-test.ts'

interface Turn {
  readonly nowMs: number
  readonly event: SmaEvent
  readonly actions: unknown
}

type Scene = (calls: FakeCallControl, clock: ManualClock) => Promise<void>

const scenes: Readonly<Record<string, Scene>> = {
  'answered-internal': async (calls, clock) => {
    calls.arrive({ to: '1002' })
    await clock.pass(30_000)
    calls.legs[1]?.remoteHangsUp()
    await clock.pass(1_000)
  },
  'menu-then-busy': async (calls, clock) => {
    calls.ringScript = () => ({ result: 'busy', afterMs: 1_000 })
    const caller = calls.arrive({ to: did, from: '+14255550163', identity: aTrunk })
    await clock.pass(700)
    caller.press('1')
    await clock.pass(10_000)
  },
  'menu-silent': async (calls, clock) => {
    calls.arrive({ to: did, from: '+14255550163', identity: aTrunk })
    await clock.pass(30_000)
  },
  'caller-gives-up': async (calls, clock) => {
    const caller = calls.arrive({ to: '1002' })
    await clock.pass(1_000)
    caller.remoteHangsUp(487)
    await clock.pass(1_000)
  },
}

const fileOf = (name: string) => join(import.meta.dirname, '../../testdata/sma', `recorded-${name}.json`)

async function record(scene: Scene): Promise<Turn[]> {
  const turns: Turn[] = []
  const functions = handlerUnderTest()
  const edge: ReturnType<typeof runtimeUnderTest> = runtimeUnderTest(() => undefined, {
    trustKey,
    invoke: inProcess(async (event, context) => {
      const nowMs = edge.clock.nowMs()
      functions.time.nowMs = nowMs
      const answer = ResponseEnvelope.parse(await functions.handler(event, context))
      const { TransactionAttributes: _state, ...details } = SmaEvent.parse(event).CallDetails
      turns.push({ nowMs, event: { ...SmaEvent.parse(event), CallDetails: details }, actions: answer.Actions ?? null })
      return answer
    }),
  })
  await scene(edge.calls, edge.clock)
  return turns
}

describe('recorded calls', () => {
  if (process.env.OFFHOOK_RECORD === '1')
    it.each(Object.entries(scenes))('%s is recorded anew', async (name, scene) => {
      await writeFile(fileOf(name), `${JSON.stringify(await record(scene), undefined, 2)}\n`)
    })

  it.each(Object.keys(scenes))('R-293: %s replays to the same answers, byte for byte', async (name) => {
    const turns: Turn[] = JSON.parse(await readFile(fileOf(name), 'utf8'))
    const [one, other] = [handlerUnderTest(), handlerUnderTest()]
    let attributes: unknown

    for (const { nowMs, event, actions } of turns) {
      const CallDetails = {
        ...event.CallDetails,
        ...(attributes === undefined ? {} : { TransactionAttributes: attributes }),
      }
      const answers = await Promise.all(
        [one, other].map(({ handler, time }) => {
          time.nowMs = nowMs
          return handler({ ...event, CallDetails }, { getRemainingTimeInMillis: () => 5_000 })
        }),
      )
      const answer = ResponseEnvelope.parse(answers[0])
      expect(answer.Actions ?? null).toEqual(actions)
      expect(JSON.stringify(answers[1])).toBe(JSON.stringify(answers[0]))
      attributes = answer.TransactionAttributes ?? attributes
    }

    expect(turns.length).toBeGreaterThanOrEqual(3)
    expect(one.store.cdrs).toHaveLength(1)
  })
})
