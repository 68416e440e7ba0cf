import { revisionOf } from '../callflow/account-revision.ts'
import type { CallState } from '../callflow/call-state.ts'
import { cdrOf } from '../callflow/cdr.ts'
import type { ModuleExample } from '../callflow/define-module.ts'
import { step } from '../callflow/engine.ts'
import { findModule } from '../callflow/modules/index.ts'
import { factKey } from '../callflow/suspension.ts'
import { type CallCommand, CallEvent } from '../callflow/vocabulary.ts'
import type { Cdr } from '../model/cdr.ts'
import { type Kind, nouns, singletonId } from '../model/document.ts'

/** When examples begin: Tuesday, 10:00 in New York. */
export const exampleAt = '2026-11-24T15:00:00Z'

/** Reads documents given in input form, by `kind/id`; ids and defaults are filled in. */
export function documentsOf(inputs: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const documents = new Map<string, unknown>()
  for (const [key, value] of Object.entries(inputs)) {
    const [kind = '', id = ''] = key.split(/\/(.*)/s)
    documents.set(key, nouns[kind as Kind].parse({ id, ...(value as object) }))
  }
  return documents
}

type Example = Pick<ModuleExample, 'params' | 'documents' | 'facts' | 'arrived'>

/** A module in an account of its own: a callflow of one node with a probe at each of its ways out, called through the real engine. */
export class ExampleCall {
  readonly exits: readonly string[]
  readonly commands: CallCommand[] = []
  readonly #config: ReturnType<typeof revisionOf>
  readonly #facts: ReadonlyMap<string, Record<string, unknown>>
  #state: CallState | undefined
  #atMs = Date.parse(exampleAt)

  /** The caller is there, and the module has begun. `without`: documents of the example that are gone. */
  constructor(type: string, example: Example, without: readonly string[] = []) {
    this.exits = findModule(type)?.exitsOf(example.params) ?? []
    const probe = (exit: string) => `probe-${this.exits.indexOf(exit)}`
    const exits = Object.fromEntries(this.exits.map((exit) => [exit, probe(exit)]))
    const nodes = Object.fromEntries([
      ['node', { id: 'node', type, params: example.params, exits }],
      ...this.exits.map((exit) => [probe(exit), { id: probe(exit), type: 'hang-up' }] as const),
    ])
    const documents = documentsOf({
      [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
      'callflow/flow': { numbers: ['5000'], root: 'node', nodes },
      'number-route/n5000': { number: '5000', callflowId: 'flow' },
      [`routing/${singletonId}`]: {},
      ...example.documents,
    })
    for (const key of without) documents.delete(key)
    this.#config = revisionOf('acme', 1, documents, 'absent')
    this.#facts = new Map(example.facts?.map(({ key, value }) => [factKey(key), { ...value }]))
    this.feed({
      type: 'arrived',
      callId: 'call',
      accountId: 'acme',
      configRevision: 1,
      origin: { kind: 'trunk', trunkId: 'carrier' },
      dialled: '5000',
      caller: { number: '+14255550163' },
      ...example.arrived,
    })
  }

  get state(): CallState {
    if (this.#state === undefined) throw new Error('no call has arrived')
    return this.#state
  }
  get cdr(): Cdr {
    return cdrOf(this.state)
  }
  /** The command that is waited for; nothing when the module is done. */
  get waitsFor(): CallCommand | undefined {
    return this.leftBy === 'waits' ? this.commands.at(-1) : undefined
  }
  /** The step of the trace that tells how the module was left. */
  get left(): CallState['path'][number] | undefined {
    return this.state.path.findLast((one) => one.nodeId === 'node' && one.callflowId === 'flow')
  }
  /** A way out, `'talks'`, `'ends'` or `'waits'`. */
  get leftBy(): string {
    const exit = this.left?.exit
    if (exit !== undefined && this.exits.includes(exit)) return exit
    if (this.state.phase === 'talking') return 'talks'
    return this.state.phase === 'ended' ? 'ends' : 'waits'
  }

  /** Any event, a second after the one before unless it has a time of its own, and the look-ups it leads to. Answers with the commands given. */
  feed(input: object): readonly CallCommand[] {
    const event = CallEvent.parse({ at: new Date(this.#atMs).toISOString(), ...this.#aboutThis(input) })
    // A second apart: one that comes again at the same instant is a repeated one.
    this.#atMs += 1_000
    const turn = step(this.#config, this.#state, event)
    if ('needs' in turn) throw new Error('every document is at hand')
    this.#state = turn.state
    this.commands.push(...turn.commands)
    const asked = turn.commands.find((command) => command.type === 'look-up')
    if (asked === undefined) return turn.commands
    const facts = asked.facts.map((key) => ({ key, value: this.#facts.get(factKey(key)) ?? {} }))
    return [...turn.commands, ...this.feed({ type: 'looked-up', facts })]
  }

  /** Examples need not know how plans and questions are named. */
  #aboutThis(event: object): object {
    const { planId, asked } = this.#state ?? {}
    if ('type' in event && event.type === 'answered-url') return { id: asked?.id, ...event }
    return 'outcome' in event && planId !== undefined
      ? { ...event, outcome: { ...(event.outcome as object), planId } }
      : event
  }
}

export interface ExampleResult {
  readonly leftBy: string
  readonly commands: readonly string[]
}

/** Runs one example of a module through the real engine, from the arrival to its last event. */
export function runExample(type: string, example: ModuleExample): ExampleResult {
  const call = new ExampleCall(type, example)
  for (const event of example.events) call.feed(event)
  return { leftBy: call.leftBy, commands: call.commands.map((command) => command.type) }
}
