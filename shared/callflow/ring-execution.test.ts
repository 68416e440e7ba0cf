import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Phone, ringScripted, targetOf } from '../testing/scripted-phones.ts'
import {
  keyPressSeconds,
  mostTelling,
  type RingInput,
  type RingOutput,
  ringInput,
  startRinging,
} from './ring-execution.ts'
import { LegResult, RingPlan } from './ring-plan.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 300)

const plan = (legs: readonly object[], more: object = {}): RingPlan =>
  RingPlan.parse({
    id: 'plan',
    timeoutSeconds: 30,
    display: {},
    legs: legs.map((leg, index) => ({
      id: String(index + 1),
      target: { kind: 'device', deviceId: `d${index + 1}`, username: `d${index + 1}` },
      timeoutSeconds: 20,
      ...leg,
    })),
    ...more,
  })
const ringing = (one: RingPlan, phones: Record<string, Phone>) => {
  const { outcome, endMs, alerts } = ringScripted(one, phones, 0)
  return {
    reason: outcome.reason,
    won: outcome.answered?.legId,
    results: outcome.legs.map(({ result }) => result),
    endSeconds: endMs / 1_000,
    windows: Object.fromEntries(alerts.map(({ target, fromMs, toMs }) => [target, [fromMs / 1_000, toMs / 1_000]])),
  }
}

describe('a ring plan', () => {
  it('R-068: the first to answer wins and the others stop at once', () => {
    const outcome = ringing(plan([{}, {}, {}]), {
      d2: { does: 'answer', afterSeconds: 5 },
      d3: { does: 'answer', afterSeconds: 6 },
    })

    expect(outcome).toMatchObject({ won: '2', reason: 'answered', results: ['cancelled', 'answered', 'cancelled'] })
    expect(outcome.windows).toEqual({ d1: [0, 5], d2: [0, 5], d3: [0, 5] })
  })

  it('R-070: each leg starts after its delay and rings its own time', () => {
    expect(ringing(plan([{}, { delaySeconds: 5, timeoutSeconds: 15 }]), {}).windows).toEqual({
      d1: [0, 20],
      d2: [5, 20],
    })
  })

  it('R-069: in order, the next starts when the one before is over, for whatever reason', () => {
    const outcome = ringing(plan([{ timeoutSeconds: 10 }, {}, {}], { mode: 'in-order', timeoutSeconds: 60 }), {
      d2: { does: 'be-busy', afterSeconds: 2 },
    })

    expect(outcome.windows).toEqual({ d1: [0, 10], d2: [10, 12], d3: [12, 32] })
    expect(outcome).toMatchObject({ reason: 'busy', endSeconds: 32 })
  })

  it('R-126: legs of one stage have their turn together, and the next stage begins when the last of them is over', () => {
    const stages = [{ stage: 0 }, { stage: 0, timeoutSeconds: 10 }, { stage: 1 }]
    const outcome = ringing(plan(stages, { mode: 'in-order', timeoutSeconds: 60 }), {
      d1: { does: 'be-busy', afterSeconds: 2 },
    })

    expect(outcome.windows).toEqual({ d1: [0, 2], d2: [0, 10], d3: [10, 30] })
  })

  it('R-139: an answer without the key holds nobody back and is given up after seven seconds', () => {
    const outcome = ringing(plan([{ keyPress: true }, {}]), {
      d1: { does: 'answer', afterSeconds: 3 },
      d2: { does: 'answer', afterSeconds: 15 },
    })

    expect(outcome).toMatchObject({ won: '2', results: ['no-key', 'answered'] })
    expect(outcome.windows.d1).toEqual([0, 3 + keyPressSeconds])
  })

  it('R-139: the key wins, another key is a slip', () => {
    const pressed = (key: string) =>
      ringing(plan([{ keyPress: true }]), { d1: { does: 'answer', presses: { key, afterSeconds: 1 } } }).reason

    expect(pressed('1')).toBe('answered')
    expect(pressed('2')).toBe('no-key')
  })

  it('one decline ends all only where the plan says so', () => {
    const phones = { d1: { does: 'decline', afterSeconds: 2 } } as const

    expect(ringing(plan([{}, {}]), phones)).toMatchObject({ endSeconds: 20, reason: 'declined' })
    expect(ringing(plan([{}, {}], { stopOnDecline: true }), phones)).toMatchObject({
      endSeconds: 2,
      reason: 'declined',
    })
  })

  it('is over at once when nobody is registered, and before it began without legs', () => {
    expect(ringing(plan([{}]), { d1: { does: 'be-off-line' } })).toMatchObject({
      endSeconds: 0,
      reason: 'unregistered',
    })
    expect(ringing(plan([]), {})).toMatchObject({ endSeconds: 0, reason: 'no-answer' })
  })

  it.each([
    [['no-answer', 'busy', 'unregistered'], 'busy'],
    [['unregistered', 'declined', 'no-answer'], 'declined'],
    [['unregistered', 'no-answer'], 'no-answer'],
    [['cancelled', 'unregistered'], 'unregistered'],
    [['no-trunk', 'failed'], 'failed'],
    [[], 'no-answer'],
  ] as const)('R-030: %j tells the caller most by %s', (results, expected) => {
    expect(mostTelling(results)).toBe(expected)
  })
})

const leg = fc.record({
  delaySeconds: fc.integer({ min: 0, max: 40 }),
  timeoutSeconds: fc.integer({ min: 1, max: 40 }),
  keyPress: fc.boolean(),
  stage: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
})
const randomPlan = fc
  .record({
    legs: fc.array(leg, { maxLength: 6 }),
    mode: fc.constantFrom('together', 'in-order'),
    timeoutSeconds: fc.integer({ min: 1, max: 60 }),
    stopOnDecline: fc.boolean(),
  })
  .map(({ legs, ...more }) => plan(legs, more))

const legId = fc.integer({ min: 1, max: 7 }).map(String)
const results = LegResult.options.filter((result) => result !== 'answered' && result !== 'cancelled')
const randomInput: fc.Arbitrary<RingInput> = fc.oneof(
  fc.record({ type: fc.constantFrom('alerting' as const, 'answered' as const), legId }),
  fc.record({ type: fc.constant('key' as const), legId, digit: fc.constantFrom('1', '1', '2') }),
  fc.record({ type: fc.constant('failed' as const), legId, result: fc.constantFrom(...results) }),
  fc.constant({ type: 'timer' as const }),
)
const happenings = fc.array(fc.tuple(fc.integer({ min: 0, max: 8_000 }), randomInput), { maxLength: 30, size: 'max' })

interface Said {
  readonly atMs: number
  readonly output: RingOutput
}

/** Carries a plan out under any inputs, with the clock kept as the edge keeps it: a timer at every deadline. */
function execute(one: RingPlan, inputs: readonly (readonly [number, RingInput])[], cancelAtEnd: boolean) {
  const said: Said[] = []
  const answered = new Map<string, number>()
  let nowMs = 0
  let [execution, outputs] = startRinging(one, nowMs)
  const note = () => said.push(...outputs.map((output) => ({ atMs: nowMs, output })))
  const feed = (input: RingInput) => {
    ;[execution, outputs] = ringInput(execution, input, nowMs)
    note()
  }
  const until = (limitMs: number) => {
    for (let ticks = 0; (execution.nextAtMs ?? Number.POSITIVE_INFINITY) <= limitMs; ticks++) {
      expect(ticks).toBeLessThan(100)
      nowMs = execution.nextAtMs ?? nowMs
      feed({ type: 'timer' })
    }
    nowMs = Math.max(nowMs, limitMs)
  }
  note()
  for (const [afterMs, input] of inputs) {
    until(nowMs + afterMs)
    if (input.type === 'answered' && !answered.has(input.legId)) answered.set(input.legId, nowMs)
    feed(input)
  }
  if (cancelAtEnd) feed({ type: 'cancel' })
  until(1_000_000)
  return { execution, said, answered, inputs }
}

describe('whatever phones do', () => {
  const property = (check: (one: RingPlan, run: ReturnType<typeof execute>) => void) =>
    fc.assert(
      fc.property(randomPlan, happenings, fc.boolean(), (one, inputs, cancelled) =>
        check(one, execute(one, inputs, cancelled)),
      ),
      { numRuns: runs },
    )

  it('a plan ends exactly once, in its time, and says nothing afterwards', () => {
    property((one, { said, execution }) => {
      const finished = said.filter(({ output }) => output.type === 'finished')

      expect(finished).toHaveLength(1)
      expect(said.at(-1)?.output.type).toBe('finished')
      expect(finished[0]?.atMs).toBeLessThanOrEqual(one.timeoutSeconds * 1_000)
      expect(execution.nextAtMs).toBeUndefined()
      expect(execution.outcome?.legs.map(({ legId: id }) => id)).toEqual(one.legs.map(({ id }) => id))
    })
  })

  it('no leg is left up: each that started has failed, was stopped, or has won', () => {
    property((_, { said, execution }) => {
      const of = (type: 'start' | 'stop') => said.flatMap(({ output }) => (output.type === type ? [output.legId] : []))
      const started = of('start')
      const stopped = of('stop')

      expect(new Set(started).size).toBe(started.length)
      expect(new Set(stopped).size).toBe(stopped.length)
      for (const id of stopped) expect(started).toContain(id)
      for (const id of started) {
        const result = execution.outcome?.legs.find((one) => one.legId === id)?.result
        const ended = stopped.includes(id) || result === 'answered' || results.some((one) => one === result)
        expect(ended).toBe(true)
      }
    })
  })

  it('a leg starts after its delay, and rings no longer than its own time and the key press after it', () => {
    property((one, { said, answered }) => {
      for (const { id, delaySeconds, timeoutSeconds } of one.legs) {
        const start = said.find(({ output }) => output.type === 'start' && output.legId === id)
        if (start === undefined) continue
        if (one.mode === 'together') expect(start.atMs).toBe(delaySeconds * 1_000)
        const stop = said.find(({ output }) => output.type === 'stop' && output.legId === id)
        const extraMs = answered.has(id) ? keyPressSeconds * 1_000 : 0
        if (stop !== undefined) expect(stop.atMs - start.atMs).toBeLessThanOrEqual(timeoutSeconds * 1_000 + extraMs)
      }
    })
  })

  it('only who answered wins, with the key where one is asked for', () => {
    property((one, { execution, inputs }) => {
      const winner = execution.outcome?.answered?.legId
      if (winner === undefined) return
      const { keyPress } = one.legs.find(({ id }) => id === winner) ?? { keyPress: true }

      expect(inputs.some(([, input]) => input.type === 'answered' && input.legId === winner)).toBe(true)
      if (keyPress)
        expect(inputs.some(([, input]) => input.type === 'key' && input.legId === winner && input.digit === '1')).toBe(
          true,
        )
      expect(execution.outcome?.legs.filter(({ result }) => result === 'answered')).toHaveLength(1)
    })
  })

  it('in order, one leg or stage rings at a time', () => {
    property((one, { said, inputs }) => {
      if (one.mode !== 'in-order') return
      const over = new Set<string>()
      const failed = new Set(inputs.flatMap(([, input]) => (input.type === 'failed' ? [input.legId] : [])))
      const stageOf = (id: string) => one.legs.find((each) => each.id === id)?.stage ?? `alone ${id}`
      const started: string[] = []
      for (const { output } of said) {
        if (output.type === 'stop') over.add(output.legId)
        if (output.type !== 'start') continue
        for (const before of started)
          if (stageOf(before) !== stageOf(output.legId)) expect(over.has(before) || failed.has(before)).toBe(true)
        started.push(output.legId)
      }
    })
  })

  it('targets of every kind have a name to be scripted by', () => {
    const [device, trunk, uri, echo] = plan([
      {},
      { target: { kind: 'trunk', number: '+12065550100', callerId: {} } },
      { target: { kind: 'uri', uri: 'sip:a@b.example' } },
      { target: { kind: 'echo' } },
    ]).legs

    expect([device, trunk, uri, echo].flatMap((one) => (one === undefined ? [] : [targetOf(one)]))).toEqual([
      'd1',
      '+12065550100',
      'sip:a@b.example',
      'echo',
    ])
  })
})
