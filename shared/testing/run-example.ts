import { revisionOf } from '../callflow/account-revision.ts'
import type { CallState } from '../callflow/call-state.ts'
import type { ModuleExample } from '../callflow/define-module.ts'
import { step } from '../callflow/engine.ts'
import { findModule } from '../callflow/modules/index.ts'
import { factKey } from '../callflow/suspension.ts'
import { type CallCommand, CallEvent } from '../callflow/vocabulary.ts'
import { type Kind, nouns, singletonId } from '../model/document.ts'

/** When examples begin: Tuesday, 10:00 in New York. */
export const exampleAt = '2026-11-24T15:00:00Z'

export interface ExampleResult {
  readonly leftBy: string
  readonly commands: readonly string[]
}

/** Reads documents given in input form, by `kind/id`; ids and defaults are filled in. */
export function documentsOf(inputs: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const documents = new Map<string, unknown>()
  for (const [key, value] of Object.entries(inputs)) {
    const [kind = '', id = ''] = key.split(/\/(.*)/s)
    documents.set(key, nouns[kind as Kind].parse({ id, ...(value as object) }))
  }
  return documents
}

/** Runs one example of a module through the real engine: a callflow of the node with a probe at each of its ways out. */
export function runExample(type: string, example: ModuleExample): ExampleResult {
  const exits = findModule(type)?.exitsOf(example.params) ?? []
  const probe = (exit: string) => `probe-${exits.indexOf(exit)}`
  const nodes = Object.fromEntries([
    [
      'node',
      { id: 'node', type, params: example.params, exits: Object.fromEntries(exits.map((exit) => [exit, probe(exit)])) },
    ],
    ...exits.map((exit) => [probe(exit), { id: probe(exit), type: 'hang-up' }] as const),
  ])
  const documents = documentsOf({
    [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
    'callflow/flow': { numbers: ['5000'], root: 'node', nodes },
    'number-route/n5000': { number: '5000', callflowId: 'flow' },
    [`routing/${singletonId}`]: {},
    ...example.documents,
  })
  const config = revisionOf('acme', 1, documents, 'absent')
  const facts = new Map(example.facts?.map(({ key, value }) => [factKey(key), value]))
  const commands: CallCommand[] = []
  let state: CallState | undefined
  let atMs = Date.parse(exampleAt)
  const feed = (input: object) => {
    const turn = step(config, state, CallEvent.parse({ at: new Date(atMs).toISOString(), ...input }))
    // Events a second apart: one that comes again at the same instant is a repeated one.
    atMs += 1_000
    if ('needs' in turn) throw new Error('every document is at hand')
    state = turn.state
    commands.push(...turn.commands)
    const asked = turn.commands.find((command) => command.type === 'look-up')
    if (asked?.type === 'look-up')
      feed({
        type: 'looked-up',
        facts: asked.facts.map((key) => ({ key, value: facts.get(factKey(key)) ?? {} })),
      })
  }
  const origin = { kind: 'trunk', trunkId: 'carrier' }
  feed({
    type: 'arrived',
    callId: 'call',
    accountId: 'acme',
    configRevision: 1,
    origin,
    dialled: '5000',
    caller: { number: '+14255550163' },
    ...example.arrived,
  })
  for (const event of example.events) feed(aboutThisPlan(event, state?.planId))
  return { leftBy: leftBy(state, exits), commands: commands.map((command) => command.type) }
}

/** Examples need not know how plans are named. */
const aboutThisPlan = (event: ModuleExample['events'][number], planId: string | undefined): object =>
  event.type === 'rang' && planId !== undefined
    ? { ...event, outcome: { ...(event.outcome as object), planId } }
    : event

function leftBy(state: CallState | undefined, exits: readonly string[]): string {
  const atNode = state?.path.findLast(
    (one) => one.nodeId === 'node' && one.callflowId === 'flow' && one.exit !== undefined,
  )
  if (atNode?.exit !== undefined && exits.includes(atNode.exit)) return atNode.exit
  if (state?.phase === 'talking') return 'talks'
  return state?.phase === 'ended' ? 'ends' : 'waits'
}
