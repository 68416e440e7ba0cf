import { ZodError } from 'zod'
import type { Disposition } from '../model/cdr.ts'
import { singletonId } from '../model/document.ts'
import { admissionKeys, admit } from './admission.ts'
import { readAnswer } from './answered-callflow.ts'
import { callBounds } from './call-state.ts'
import type { CallflowNode } from './callflow.ts'
import type { CallModule, Outcome } from './define-module.ts'
import { enter, enterCallflow, route } from './entry.ts'
import { over, tooFar } from './finish.ts'
import { findModule } from './modules/index.ts'
import { internalModules } from './modules/internal.ts'
import { factKey, NeedsFacts } from './suspension.ts'
import { findOne, viewOf } from './view.ts'
import { CallCommand, type FactKey } from './vocabulary.ts'
import type { Position, Task, Work } from './work.ts'

/** Live facts of one look-up. */
const factsOfLookUpMax = 60

/** Does one thing after another until the call waits or ends. */
export function go(work: Work, first: Task): void {
  let task: Task | undefined = first
  while (task !== undefined && work.state.phase !== 'ended') {
    work.hops += 1
    if (work.hops > callBounds.hopsPerTurn) return tooFar(work, 'too many steps without waiting')
    const current: Task = task
    try {
      task = current.task === 'enter' ? enter(work) : perform(work, current)
    } catch (signal) {
      if (!(signal instanceof NeedsFacts)) throw signal
      return suspend(work, current, signal.keys)
    }
  }
}

/** Asks for live facts; what was being done is done again when they come. */
function suspend(work: Work, task: Task, keys: readonly FactKey[]): void {
  if (work.state.lookUps >= callBounds.lookUpsPerTurn) return tooFar(work, 'too many look-ups')
  const known = new Set(work.state.facts.map(({ key }) => factKey(key)))
  const wanted = new Map([...admissionKeys(work), ...keys].map((key) => [factKey(key), key]))
  const asked = [...wanted].flatMap(([name, key]) => (known.has(name) ? [] : [key])).slice(0, factsOfLookUpMax)
  if (task.task !== 'enter')
    work.patch({ position: { ...task.position, memo: task.task === 'resume' ? task.memo : undefined } })
  work.patch({
    lookUps: work.state.lookUps + 1,
    pending: { task: task.task, keys: asked, ...(task.task === 'resume' ? { event: task.event } : {}) },
  })
  work.command({ type: 'look-up', facts: asked })
}

function perform(work: Work, task: Exclude<Task, { task: 'enter' }>): Task | undefined {
  const { position } = task
  const found = moduleAt(work, position)
  if ('why' in found) return passOver(work, position, found.why)
  const view = viewOf(work.config, work.state, work.at, position)
  try {
    const outcome =
      task.task === 'begin'
        ? found.module.begin(found.params, view)
        : found.module.proceed(found.params, task.event, task.memo, view)
    return apply(work, position, outcome)
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    return passOver(work, position, `settings do not fit: ${error.issues[0]?.path.join('.') ?? ''}`)
  }
}

function nodeAt({ config, state: { brought } }: Work, { callflowId, nodeId }: Position): CallflowNode | undefined {
  if (callflowId === undefined) return undefined
  const nodes = brought?.id === callflowId ? brought.callflow.nodes : findOne(config, 'callflow', callflowId)?.nodes
  return nodes !== undefined && Object.hasOwn(nodes, nodeId) ? nodes[nodeId] : undefined
}

/** The module of a node and its parameters, or why the node is passed over. */
function moduleAt(work: Work, position: Position): { module: CallModule; params: unknown } | { why: string } {
  const isPlaced = position.callflowId !== undefined
  const module = (isPlaced ? undefined : internalModules.get(position.module)) ?? findModule(position.module)
  if (module === undefined) return { why: `unknown module ${position.module}` }
  if (!isPlaced) return { module, params: position.params ?? {} }
  const node = nodeAt(work, position)
  if (node === undefined) return { why: 'node missing' }
  return node.skip ? { why: 'skipped' } : { module, params: node.params }
}

/** Does what a module decided. Its commands are read first, so that a bad one leaves nothing half done. */
function apply(work: Work, position: Position, outcome: Outcome<unknown>): Task | undefined {
  const commands = 'commands' in outcome ? (outcome.commands ?? []).map((one) => CallCommand.parse(one)) : []
  if (outcome.kind === 'wait' && !admit(work, position)) return undefined
  if ('traits' in outcome) work.traits(outcome.traits)
  for (const command of commands) work.command(command)
  switch (outcome.kind) {
    case 'wait':
      work.patch({ position: { ...position, memo: outcome.memo } })
      // A module that waits for nothing would leave the caller in silence for ever.
      return work.state.awaiting === undefined ? passOver(work, position, 'nothing to wait for') : undefined
    case 'exit':
      return leave(work, position, outcome.exit, outcome.reason)
    case 'jump':
      work.note({ ...whereabouts(position), exit: 'jump', ...because(outcome.reason) })
      return jump(work, outcome.callflowId)
    case 'follow':
      return follow(work, position, outcome)
    case 'talk': {
      const { deviceId, userId, number } = outcome.answered
      work.note({ ...whereabouts(position), exit: 'answered', ...because(outcome.reason) })
      work.patch({
        phase: 'talking',
        answered: true,
        answeredAt: work.at,
        answeredBy: {
          ...(deviceId === undefined ? {} : { deviceId }),
          ...(userId === undefined ? {} : { userId }),
          ...(number === undefined ? {} : { number }),
        },
      })
      return undefined
    }
    case 'end':
      work.note({ ...whereabouts(position), reason: outcome.reason })
      work.end(outcome.disposition, 'us', outcome.reason, outcome.cause)
      return undefined
  }
}

const whereabouts = ({ callflowId, nodeId, module }: Position) =>
  callflowId === undefined ? { module } : { callflowId, nodeId, module }
const because = (reason: string | undefined) => (reason === undefined ? {} : { reason })

/** Goes on in the callflow that a URL named or answered with. What is not to be followed leaves by `failed`. */
function follow(
  work: Work,
  position: Position,
  outcome: Extract<Outcome<unknown>, { kind: 'follow' }>,
): Task | undefined {
  const { asked, jumps } = work.state
  const answer = readAnswer(outcome.text)
  if ('problem' in answer) return leave(work, position, 'failed', answer.problem)
  if ((asked?.chars ?? 0) > callBounds.urlAnswerChars)
    return leave(work, position, 'failed', 'URLs have answered this call with too much')
  if ('callflowId' in answer) {
    if (findOne(work.config, 'callflow', answer.callflowId) === undefined)
      return leave(work, position, 'failed', `the URL names a callflow ${answer.callflowId} that is not there`)
    work.note({ ...whereabouts(position), exit: 'jump', reason: 'as the URL answered' })
    return jump(work, answer.callflowId)
  }
  const { root, nodes } = answer.callflow
  const first = nodes[root]
  if (first === undefined) return leave(work, position, 'failed', 'the URL answered with nothing to do')
  if (jumps >= callBounds.jumps) {
    tooFar(work, 'too many jumps between callflows')
    return undefined
  }
  const id = `answer-${asked?.times ?? 1}`
  work.note({ ...whereabouts(position), exit: 'answered', reason: `${Object.keys(nodes).length} modules` })
  work.patch({ jumps: jumps + 1, brought: { id, signedFor: outcome.signedFor, callflow: answer.callflow } })
  return { task: 'begin', position: { callflowId: id, nodeId: root, module: first.type } }
}

/** `number:<dialled>` goes where that number leads, an id into a callflow. Without return, and only so often. */
function jump(work: Work, target: string): Task | undefined {
  const account = findOne(work.config, 'account', singletonId)
  if (work.state.jumps >= callBounds.jumps || account === undefined) {
    tooFar(work, 'too many jumps between callflows')
    return undefined
  }
  const { brought: _brought, ...state } = work.state
  work.state = { ...state, jumps: state.jumps + 1 }
  return target.startsWith('number:')
    ? route(work, account, target.slice('number:'.length))
    : enterCallflow(work, target, 'jumped here')
}

/** Results of ringing that say more than that nobody answered. */
const failures: readonly Disposition[] = ['busy', 'declined', 'no-answer']

/** Goes out by an exit; one that is not wired falls to the module's ordinary one, and without that the callflow is over. */
function leave(work: Work, position: Position, exit: string, reason: string | undefined): Task | undefined {
  work.note({ ...whereabouts(position), exit, ...because(reason) })
  const failure = failures.find((word) => (exit === 'no-answer' ? reason?.startsWith(word) === true : word === exit))
  if (exit === 'no-answer' || failure !== undefined) work.patch({ lastFailure: failure ?? 'no-answer' })
  const node = nodeAt(work, position)
  if (node === undefined || position.callflowId === undefined) return over(work)
  const nextId = node.exits[exit] ?? node.exits[ordinaryExit(node)]
  const next = nextId === undefined ? undefined : nodeAt(work, { ...position, nodeId: nextId })
  if (next === undefined) return over(work)
  return { task: 'begin', position: { callflowId: position.callflowId, nodeId: next.id, module: next.type } }
}

/** On to what comes after a node that does nothing: skipped, unknown, or set up wrongly. */
function passOver(work: Work, position: Position, reason: string): Task | undefined {
  const node = nodeAt(work, position)
  return leave(work, position, node === undefined ? 'next' : ordinaryExit(node), reason)
}

/** The last of the module's ways out; of a module nobody knows, or whose settings do not say, the last one wired. */
function ordinaryExit(node: CallflowNode): string {
  const wired = Object.keys(node.exits).at(-1) ?? 'next'
  const module = findModule(node.type)
  const params = module?.params.safeParse(node.params)
  return module === undefined || params?.success === false ? wired : (module.exitsOf(node.params).at(-1) ?? wired)
}
