import fc from 'fast-check'
import type { CallState } from '../callflow/call-state.ts'
import { type Callflow, CallflowNode } from '../callflow/callflow.ts'
import { modules } from '../callflow/modules/index.ts'
import type { RingOutcome } from '../callflow/ring-plan.ts'
import { LegResult } from '../callflow/ring-plan.ts'
import { VariableName } from '../callflow/route-variable.ts'
import { CallEvent, FactKey, LiveFacts } from '../callflow/vocabulary.ts'
import { Account } from '../model/account.ts'
import { type Kind, nouns, singletonId } from '../model/document.ts'
import { Id, Instant, Language, TimeZone } from '../model/id.ts'
import { CallflowNumber, DialString, E164 } from '../model/number.ts'
import { numberRouteId } from '../model/number-route.ts'
import { WebUrl } from '../model/web-url.ts'
import { arbitraryOf, type Pools } from './arbitrary.ts'

/** Every document's id is one of few, whatever its kind, so that what refers to something mostly finds it. */
const ids = ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd', 'gone'] as const
const savedIds = ids.slice(0, 4)
const id = fc.noBias(fc.constantFrom(...ids))
/** 0 to n, each as likely. */
const chance = (n: number) => fc.noBias(fc.nat({ max: n }))
const numbers = ['1000', '1001', '911', '0', '*97', '+16045550100', '+14255550163', '+442079460000'] as const
/** Numbers that mostly lead into a callflow. */
const routed = ['1000', '1001', '+16045550100', '+14255550163'] as const
const dialled = [...numbers, '9911', '112', '933', '**1000', '604-555-0100', '011442079460000', '9', '#', ''] as const

const patternOf = (schema: { safeParse(text: string): { success: boolean } }, candidates: readonly string[]) =>
  candidates.filter((text) => schema.safeParse(text).success)

/** The text of the one pattern a string schema has. */
export const keyOf = (schema: { toJSONSchema?(): unknown }): string =>
  (schema.toJSONSchema?.() as { pattern?: string } | undefined)?.pattern ?? ''

const zones = ['America/New_York', 'Europe/London', 'Asia/Kolkata', 'Nowhere/At-All']
export const pools: Pools = new Map<string, readonly string[]>([
  ['', ['911', '1000', '^9.*', '(', '(a+)+$', 'alex', 'Éva', '元']],
  [keyOf(Id), ids],
  [keyOf(TimeZone), zones],
  [keyOf(Language), ['en-US', 'fr', 'xx-YY']],
  [keyOf(CallflowNumber), patternOf(CallflowNumber, dialled)],
  [keyOf(DialString), patternOf(DialString, dialled)],
  [keyOf(E164), patternOf(E164, dialled)],
  [keyOf(Instant), ['2026-11-24T15:00:00.000Z', '2026-11-24T14:50:00.000Z', '2027-03-14T07:00:00.000Z']],
  [keyOf(VariableName), ['where', 'digits']],
  [keyOf(WebUrl), ['https://pbx.example/next']],
  // Of DISA: keyed in now and then, so that some get through.
  [String.raw`^\d{6,15}$`, ['738291']],
  [keyOf(CallflowNode.shape.type), [...modules.map((module) => module.type), 'magic']],
])

const exitNames = ['next', 'no-answer', 'default', 'other', '1', '2', '*', 'no-match'] as const

/** Parameters each module's schema accepts; a Route Variable now and then, as it takes the place of what is chosen. */
const nodesOf = modules.map((module) => ({
  module,
  params: fc.tuple(arbitraryOf(module.params, pools), chance(5)).map(([params, rare]): object => {
    const { routeVariable, ...rest } = params as Record<string, unknown>
    return rare === 0 && routeVariable !== undefined ? { ...rest, routeVariable: 'where' } : rest
  }),
}))

/** A callflow whose nodes are real modules with parameters their schemas accept, mostly, wired at random: circles and loose ends included. */
const callflow = (callflowId: string): fc.Arbitrary<Callflow> => {
  const node = (nodeId: string) =>
    fc.noBias(fc.constantFrom(...nodesOf)).chain(({ module, params: fitting }) =>
      fc
        .tuple(
          fc.oneof({ weight: 9, arbitrary: fitting }, { weight: 1, arbitrary: fc.object() }),
          fc.dictionary(fc.noBias(fc.constantFrom(...exitNames)), id),
          fc.boolean(),
          chance(9),
        )
        .map(([params, exits, skip, rare]) =>
          CallflowNode.parse({
            id: nodeId,
            type: rare === 0 ? 'magic' : module.type,
            params: JSON.parse(JSON.stringify(params)),
            exits,
            skip: skip && rare < 3,
          }),
        ),
    )
  return fc
    .tuple(fc.option(id, { nil: undefined, freq: 9 }), fc.tuple(...savedIds.map(node)))
    .map(([root, nodes]) =>
      nouns.callflow.parse({ id: callflowId, root, nodes: Object.fromEntries(nodes.map((one) => [one.id, one])) }),
    )
}

const documentOf = (kind: Kind, documentId: string): fc.Arbitrary<unknown> =>
  kind === 'callflow'
    ? callflow(documentId)
    : arbitraryOf(nouns[kind], pools).map((document) => ({ ...document, id: documentId }))

/** A document that is mostly there, mostly switched on. */
const entry = (kind: Kind, documentId: string) =>
  fc
    .tuple(fc.option(documentOf(kind, documentId), { nil: null, freq: 9 }), chance(5))
    .map(([document, rare]) => [`${kind}/${documentId}`, rare > 0 ? switchedOn(document) : document] as const)

const switchedOn = (document: unknown): unknown =>
  typeof document === 'object' && document !== null && 'enabled' in document
    ? {
        ...document,
        ...('followMeSchedule' in document ? { followMeSchedule: undefined } : {}),
        enabled: true,
        ...('doNotDisturb' in document ? { doNotDisturb: false } : {}),
        ...('followMe' in document ? { followMe: true } : {}),
      }
    : document

const drawnApart: ReadonlySet<Kind> = new Set(['account', 'routing', 'number-route'])
/** Kinds no decision about a call looks at. */
const neverRead: ReadonlySet<Kind> = new Set(['conference', 'queue', 'carrier', 'prompt', 'feature-code'])

/** An account such as nobody would set up and the schemas accept, by `kind/id`. */
export const randomAccount: fc.Arbitrary<ReadonlyMap<string, unknown>> = fc
  .tuple(
    fc.tuple(arbitraryOf(Account, pools), chance(9)),
    fc.tuple(
      ...(Object.keys(nouns) as Kind[])
        .filter((kind) => !drawnApart.has(kind) && !neverRead.has(kind))
        .flatMap((kind) => savedIds.map((documentId) => entry(kind, documentId))),
    ),
    entry('routing', singletonId),
    fc.tuple(
      ...patternOf(CallflowNumber, numbers).map((number) =>
        fc
          .option(id, { nil: undefined, freq: 9 })
          .map(
            (callflowId) =>
              [
                `number-route/${numberRouteId(number)}`,
                callflowId === undefined ? null : { id: numberRouteId(number), number, callflowId },
              ] as const,
          ),
      ),
    ),
  )
  .map(
    ([[account, rare], documents, routing, routes]) =>
      new Map<string, unknown>([
        [`account/${singletonId}`, { ...account, enabled: rare > 0 }],
        ...documents,
        routing,
        ...routes,
      ]),
  )

/** A call from one of the devices, from outside or from a program to one of the numbers. */
export const arrivalTo = (to: readonly string[], devices: readonly string[]): fc.Arbitrary<CallEvent> =>
  fc
    .record({
      from: fc.oneof(
        fc.noBias(fc.constantFrom(...devices)).map((deviceId) => ({ kind: 'device', deviceId })),
        fc.constant({ kind: 'trunk', trunkId: 'carrier' }),
        fc.constant({ kind: 'system' }),
      ),
      dialled: fc.noBias(fc.constantFrom(...to)),
      event: arbitraryOf(CallEvent.options[0], pools),
    })
    .map(({ from, dialled: number, event }) => CallEvent.parse({ ...event, origin: from, dialled: number }))

export const randomArrival = arrivalTo([...routed, ...routed, ...routed, ...routed, ...dialled], ids)

const anyEvent = arbitraryOf(CallEvent, pools)
/** Calls up: mostly none, so that caps are met but do not end every story. */
const few = fc.noBias(fc.constantFrom(0, 0, 0, 0, 0, 1, 5, 10_000))
const factValues = Object.fromEntries(
  FactKey.shape.kind.options.map((kind) => [
    kind,
    fc.tuple(arbitraryOf(LiveFacts[kind], pools), few, few, chance(3)).map(([value, callsUp, outboundUp, rare]) => ({
      ...(rare > 0 ? quiet(value) : value),
      ...(kind === 'account' || kind === 'device' ? { callsUp, outboundUp } : {}),
    })),
  ]),
)

/** Mostly nothing was set by phone that keeps phones from ringing. */
const quiet = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { doNotDisturb: _dnd, forward: _forward, hotDeskUserIds: _users, hotDeskDeviceIds: _devices, ...rest } = value
  return rest
}

/** One thing that happens next: what the call waits for, something it does not, or what already happened. */
export interface Happening {
  readonly how: 'fits' | 'anything' | 'again' | 'earlier'
  readonly anything: CallEvent
  readonly digits: string
  readonly outcome: { readonly result: LegResult; readonly answered: boolean; readonly rightPlan: boolean }
  readonly facts: Readonly<Record<string, unknown>>
  readonly number: number
}

export const randomHappening: fc.Arbitrary<Happening> = fc.record({
  how: fc.oneof(
    { weight: 8, arbitrary: fc.constant('fits' as const) },
    { weight: 1, arbitrary: fc.constantFrom('anything' as const, 'again' as const, 'earlier' as const) },
  ),
  anything: anyEvent,
  digits: fc.constantFrom('', '', '1', '2', '0', '*', '#', '7', '911', '1000', '364', '4711', '738291'),
  outcome: fc.record({
    result: fc.constantFrom(...LegResult.options),
    answered: chance(5).map((n) => n === 0),
    rightPlan: chance(9).map((n) => n > 0),
  }),
  facts: fc.record(factValues),
  number: fc.nat({ max: 1_000 }),
})

/** The event the call waits for, made of a happening; nothing when it waits for nobody but its parties. */
export function fittingEvent(state: CallState, happening: Happening, at: string): CallEvent | undefined {
  const { digits, outcome, number } = happening
  const failed = { type: 'failed', at, command: 'play', reason: 'unreadable' } as const
  switch (state.awaiting) {
    case 'looked-up':
      return {
        type: 'looked-up',
        at,
        facts: (state.pending?.keys ?? []).map((key) => ({
          key,
          value: (happening.facts[key.kind] ?? {}) as Record<string, unknown>,
        })),
      }
    case 'digits':
      return { type: 'digits', at, digits }
    case 'recorded':
      return { type: 'recorded', at, objectKey: `voicemail/acme/a/${number}.wav`, durationMs: number * 10 }
    case 'played':
      return number % 10 === 0 ? failed : { type: 'played', at }
    case 'paused':
      return { type: 'paused', at }
    case 'answered-url':
      return { type: 'answered-url', at, id: state.asked?.id ?? '', ...urlAnswers[number % urlAnswers.length] }
    case 'rang':
      return { type: 'rang', at, outcome: outcomeOf(state, outcome) }
    default:
      return undefined
  }
}

const steps = (root: string, nodes: object) => ({ text: JSON.stringify({ callflow: { root, nodes } }) })
/** What URLs say: steps, a callflow of the account, nonsense, nothing. */
const urlAnswers: readonly object[] = [
  steps('hi', {
    hi: { type: 'text-to-speech', params: { text: 'Hi.' }, exits: { next: 'on' } },
    on: { type: 'pivot' },
  }),
  steps('ask', {
    ask: { type: 'collect-digits', exits: { next: 'out' } },
    out: { type: 'account-carrier', params: { numberVariable: 'digits' }, exits: { failed: 'again' } },
    again: { type: 'pivot', params: { url: 'https://pbx.example/next' } },
  }),
  { text: '{"callflowId":"a"}' },
  { text: '{"callflow":{"root":"constructor","nodes":{}}}' },
  { text: 'no JSON' },
  { problem: 'no answer within 2 seconds' },
]

function outcomeOf(state: CallState, { result, answered, rightPlan }: Happening['outcome']): RingOutcome {
  const planId = rightPlan ? (state.planId ?? '') : 'another'
  return {
    planId,
    reason: answered ? 'answered' : result,
    legs: [{ legId: '1', result: answered ? 'answered' : result }],
    ...(answered ? { answered: { legId: '1' } } : {}),
  }
}
