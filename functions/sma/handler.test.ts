import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { ResponseEnvelope } from '@offhook/shared/sma-contract/response.ts'
import { describe, expect, it } from 'vitest'
import { handlerUnderTest } from './testing/handler-under-test.ts'

const testdata = (name: string) => join(import.meta.dirname, '../../testdata/sma', name)
const read = async (name: string) => JSON.parse(await readFile(testdata(name), 'utf8'))
const inTime = { getRemainingTimeInMillis: () => 5_000 }

interface Turn {
  readonly nowMs: number
  readonly event: SmaEvent
}

type UnderTest = ReturnType<typeof handlerUnderTest>

/** Gives events as the service would, with the attributes of the last answer. */
async function tell({ handler, time }: UnderTest, turns: readonly Turn[]) {
  let attributes: unknown
  const answers: ResponseEnvelope[] = []
  for (const { nowMs, event } of turns) {
    time.nowMs = nowMs
    const details = { ...event.CallDetails, ...(attributes === undefined ? {} : { TransactionAttributes: attributes }) }
    const answer = ResponseEnvelope.parse(await handler({ ...event, CallDetails: details }, inTime))
    attributes = answer.TransactionAttributes ?? attributes
    for (const action of answer.Actions ?? []) expect(SmaAction.safeParse(action).error).toBeUndefined()
    answers.push(answer)
  }
  return answers
}

const recorded = ['answered-internal', 'menu-then-busy', 'menu-silent', 'caller-gives-up']
const errors = ({ lines }: UnderTest) => lines.filter((line) => line.level === 'ERROR')

describe('events out of order', () => {
  it.each(recorded)('%s: each event told twice changes nothing and ends in one CDR', async (name) => {
    const turns: Turn[] = await read(`recorded-${name}.json`)
    const underTest = handlerUnderTest()

    await tell(
      underTest,
      turns.flatMap((turn) => [turn, turn]),
    )

    expect(underTest.store.cdrs).toHaveLength(1)
    expect(errors(underTest)).toEqual([])
  })

  it.each(recorded)('%s: with any two events swapped nothing breaks', async (name) => {
    const turns: Turn[] = await read(`recorded-${name}.json`)
    for (let at = 1; at < turns.length; at++) {
      const [before, one, other, rest] = [turns.slice(0, at - 1), turns[at - 1], turns[at], turns.slice(at + 1)]
      if (one === undefined || other === undefined) continue
      const underTest = handlerUnderTest()

      await tell(underTest, [...before, other, one, ...rest])

      expect(underTest.store.cdrs.length).toBeLessThanOrEqual(1)
      expect(errors(underTest)).toEqual([])
    }
  })

  it('a late event keeps the queue as it is', async () => {
    const turns: Turn[] = await read('recorded-menu-silent.json')
    const [first, second] = turns
    if (first === undefined || second === undefined) throw new Error('no such turns')
    const late = { ...second, event: { ...second.event, Sequence: 1 } }

    const answers = await tell(handlerUnderTest(), [first, second, late])

    expect(answers[2]).toEqual({ SchemaVersion: '1.0' })
  })
})

describe('events of every documented shape', () => {
  it('are read, and answered inside the contract', async () => {
    const events: unknown[] = await read('documented.json')
    for (const raw of events) {
      const event = SmaEvent.parse(raw)
      const answer = ResponseEnvelope.parse(await handlerUnderTest().handler(raw, inTime))
      expect(answer.SchemaVersion).toBe('1.0')
      for (const action of answer.Actions ?? [])
        expect(SmaAction.safeParse(action).error, event.InvocationEventType).toBeUndefined()
    }
  })

  it.each([null, 'text', 7, {}, [], { SchemaVersion: '1.0' }, { SchemaVersion: '9', CallDetails: {} }])(
    '%j, which is none, is harmless',
    async (raw) => {
      expect(await handlerUnderTest().handler(raw, inTime)).toEqual({ SchemaVersion: '1.0' })
    },
  )

  it('an answer the service could not use is apologised for, once; a second break hangs up', async () => {
    const events: SmaEvent[] = await read('documented.json')
    const refused = events.find((event) => event.InvocationEventType === 'INVALID_LAMBDA_RESPONSE')
    if (refused === undefined) throw new Error('no such event')
    const { handler } = handlerUnderTest()

    const first = ResponseEnvelope.parse(await handler(refused, inTime))
    const attributes = { ...refused.CallDetails, TransactionAttributes: first.TransactionAttributes }
    const second = ResponseEnvelope.parse(await handler({ ...refused, Sequence: 3, CallDetails: attributes }, inTime))

    expect(first.Actions?.map((action) => action.Type)).toEqual(['PlayAudio', 'Hangup'])
    expect(second.Actions?.map((action) => action.Type)).toEqual(['Hangup'])
  })
})

describe('a turn that takes too long', () => {
  it('is given up half a second before the function would be stopped, with an apology', async () => {
    const [first]: Turn[] = await read('recorded-menu-silent.json')
    const underTest = handlerUnderTest(undefined, { outcomes: { find: () => new Promise(() => {}) } })
    underTest.store.accounts.head = () => new Promise(() => {})
    underTest.time.nowMs = first?.nowMs ?? 0

    const answer = ResponseEnvelope.parse(
      await underTest.handler(first?.event, { getRemainingTimeInMillis: () => 520 }),
    )

    expect(answer.Actions?.map((action) => action.Type)).toEqual(['PlayAudio', 'Hangup'])
    expect(errors(underTest)).toMatchObject([{ error: expect.stringContaining('aborted') }])
  })
})

describe('reads of a call', () => {
  it('one head, its documents and one look-up at arrival; each write once', async () => {
    const turns: Turn[] = await read('recorded-answered-internal.json')
    const underTest = handlerUnderTest()

    await tell(underTest, turns)

    expect(underTest.store.asked.lookUps).toBeLessThanOrEqual(2)
    expect(underTest.store.asked.shares).toBe(2)
  })
})
