import { mentionsOf } from '../api/references.ts'
import { callBounds } from '../callflow/call-state.ts'
import type { CallModule, ModuleExample } from '../callflow/define-module.ts'
import type { CallCommand } from '../callflow/vocabulary.ts'
import { awaited } from '../callflow/work.ts'
import { ExampleCall } from './run-example.ts'

/** What a module does when something goes another way than it should, as really running it showed. */
export interface Behaviour {
  readonly when: string
  /** Every outcome the module's examples came to, and in how many words the trace says why. */
  readonly outcomes: readonly Outcome[]
}

export interface Outcome {
  /** A way out, `'talks'`, `'ends'` or `'waits'`: stuck. */
  readonly leftBy: string
  readonly disposition?: string | undefined
  readonly reason?: string | undefined
  /** How often the module asked, rang or played before it gave up. */
  readonly times: number
}

/** What keeps on happening at every command that waits; nothing where it says nothing about that command. */
type Habit = (command: CallCommand) => object | undefined

const rang = (reason: string) => ({ type: 'rang', outcome: { planId: '', reason, legs: [] } })

/** What anybody would do: hear it out, pick up nothing, say nothing. */
const usual: Habit = (command) => {
  switch (command.type) {
    case 'play':
      return { type: 'played' }
    case 'gather':
      return { type: 'digits', digits: '' }
    case 'record':
      return { type: 'recorded', objectKey: 'voicemail/acme/box/call/1.wav', durationMs: 0 }
    case 'ring':
      return rang('no-answer')
    case 'pause':
      return { type: 'paused' }
    case 'ask-url':
      return { type: 'answered-url', problem: 'no answer within 2 seconds' }
    default:
      return undefined
  }
}

const to =
  (type: CallCommand['type'], event: object): Habit =>
  (command) =>
    command.type === type ? event : usual(command)
const keyed = (digits: string) => to('gather', { type: 'digits', digits })
const fails: Habit = (command) => ({ type: 'failed', command: command.type, reason: 'it broke' })

interface Mishap {
  readonly when: string
  /** The command it can happen to; absent: any. */
  readonly at?: CallCommand['type']
  readonly habit: Habit
}

const mishaps: readonly Mishap[] = [
  { when: 'nobody presses a key', at: 'gather', habit: keyed('') },
  { when: 'wrong keys are pressed (`99`), and again', at: 'gather', habit: keyed('99') },
  { when: 'one key is pressed that may mean nothing (`8`), and again', at: 'gather', habit: keyed('8') },
  { when: '128 keys are pressed, and again', at: 'gather', habit: keyed('9'.repeat(128)) },
  { when: 'nothing is said into the recording', at: 'record', habit: usual },
  { when: 'nobody answers', at: 'ring', habit: to('ring', rang('no-answer')) },
  { when: 'who is called is busy', at: 'ring', habit: to('ring', rang('busy')) },
  { when: 'who is called declines', at: 'ring', habit: to('ring', rang('declined')) },
  { when: 'who is called is not registered', at: 'ring', habit: to('ring', rang('unregistered')) },
  { when: 'there is no trunk to call through', at: 'ring', habit: to('ring', rang('no-trunk')) },
  { when: 'the URL does not answer in time', at: 'ask-url', habit: usual },
  {
    when: 'the URL answers with what cannot be followed',
    at: 'ask-url',
    habit: to('ask-url', { type: 'answered-url', text: '{"callflow":{"root":"nowhere","nodes":{}}}' }),
  },
  { when: 'what is asked for fails, every time', habit: fails },
]

function outcomeOf(call: ExampleCall, times: number): Outcome {
  const { left, leftBy, state } = call
  return {
    leftBy,
    times,
    ...(leftBy === 'ends' ? { disposition: state.end?.disposition } : {}),
    reason: leftBy === 'ends' ? state.end?.reason : left?.reason,
  }
}

/** A call that has come to the `at`-th of an example's waiting points. */
function upTo(module: CallModule, example: ModuleExample, at: number): ExampleCall {
  const call = new ExampleCall(module.type, example)
  for (const event of example.events.slice(0, at)) call.feed(event)
  return call
}

/** Calls at each waiting point of each example, with what is waited for there. */
export function waitingPoints(
  module: CallModule,
): { readonly reach: () => ExampleCall; readonly command: CallCommand }[] {
  return module.examples.flatMap((example) =>
    Array.from({ length: example.events.length + 1 }, (_, at) => at).flatMap((at) => {
      const command = upTo(module, example, at).waitsFor
      return command === undefined ? [] : [{ reach: () => upTo(module, example, at), command }]
    }),
  )
}

/** The same thing over and over, until the module has had enough. */
function persist(call: ExampleCall, habit: Habit): Outcome {
  let times = 0
  for (let command = call.waitsFor; command !== undefined && times < callBounds.events; command = call.waitsFor) {
    const event = habit(command)
    if (event === undefined) break
    call.feed(event)
    times += 1
  }
  return outcomeOf(call, times)
}

const distinct = (outcomes: readonly Outcome[]): Outcome[] => [
  ...new Map(outcomes.map((one) => [JSON.stringify({ ...one, times: 0 }), one])).values(),
]

const behaviour = (when: string, outcomes: readonly Outcome[]): Behaviour[] =>
  outcomes.length === 0 ? [] : [{ when, outcomes: distinct(outcomes) }]

/** Documents a module's settings name, by `kind/id`. */
const named = (module: CallModule, { params }: ModuleExample): string[] => {
  const nodes = { node: { id: 'node', type: module.type, params } }
  return mentionsOf('callflow', { id: 'flow', nodes }).map(({ kind, id }) => `${kind}/${id}`)
}

const doing: Readonly<Partial<Record<CallCommand['type'], string>>> = {
  play: 'it plays',
  gather: 'it asks',
  record: 'it records',
  ring: 'it rings',
  pause: 'it waits',
  'ask-url': 'the URL is asked',
}

function onHangUp(module: CallModule): Behaviour[] {
  const points = waitingPoints(module)
  const kinds = [...new Set(points.map(({ command }) => command.type))]
  return kinds.flatMap((kind) =>
    behaviour(
      `the caller hangs up while ${doing[kind] ?? `it waits for ${awaited[kind]}`}`,
      points
        .filter(({ command }) => command.type === kind)
        .map(({ reach }) => {
          const call = reach()
          call.feed({ type: 'hungup', leg: 'caller' })
          return { leftBy: 'ends', disposition: call.state.end?.disposition, reason: call.state.end?.reason, times: 1 }
        }),
    ),
  )
}

/** Documents that examples bring, of which one is gone: those the settings name, and those these lead to. */
function onMissing(module: CallModule): Behaviour[] {
  const gone = module.examples.flatMap((example) => {
    const direct = new Set(named(module, example))
    return Object.keys(example.documents ?? {}).map((key) => {
      const call = new ExampleCall(module.type, example, [key])
      const [kind = ''] = key.split('/')
      const what = kind.replaceAll('-', ' ')
      const outcome = persist(call, usual)
      return {
        when: direct.has(key) ? `its ${what} is missing or deleted` : `what that leads to is missing (${what})`,
        outcome,
      }
    })
  })
  return [...new Set(gone.map(({ when }) => when))]
    .toSorted((a, b) => Number(b.startsWith('its')) - Number(a.startsWith('its')))
    .flatMap((when) =>
      behaviour(
        when,
        gone.filter((one) => one.when === when).map(({ outcome }) => outcome),
      ),
    )
}

/** Settings without what they would name: nothing was chosen yet. */
function onNothingChosen(module: CallModule): Behaviour[] {
  if (!module.examples.some((example) => named(module, example).length > 0)) return []
  if (!module.params.safeParse({}).success) return []
  return behaviour('nothing is chosen', [persist(new ExampleCall(module.type, { params: {} }), usual)])
}

function onMishap(module: CallModule, { when, at, habit }: Mishap): Behaviour[] {
  const points = waitingPoints(module).filter(({ command }) => at === undefined || command.type === at)
  return behaviour(
    when,
    points.map(({ reach }) => persist(reach(), habit)),
  )
}

/** Everything that can go another way, and what then becomes of the call. */
export const behavioursOf = (module: CallModule): Behaviour[] => [
  ...onHangUp(module),
  ...onNothingChosen(module),
  ...onMissing(module),
  ...mishaps.flatMap((mishap) => onMishap(module, mishap)),
]
