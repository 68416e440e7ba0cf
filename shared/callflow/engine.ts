import { ZodError } from 'zod'
import { singletonId } from '../model/document.ts'
import type { AccountRevision } from './account-revision.ts'
import { type CallState, callBounds } from './call-state.ts'
import type { CallModule, Outcome } from './define-module.ts'
import { enter, enterCallflow, readFact, route } from './entry.ts'
import { findModule } from './modules/index.ts'
import { internalModules } from './modules/internal.ts'
import { factKey, NeedsDocuments, NeedsFacts } from './suspension.ts'
import { ended, talkEvent } from './talk.ts'
import type { Turn } from './turn.ts'
import { findOne, viewOf } from './view.ts'
import type { CallEvent, CallEventOf, FactKey } from './vocabulary.ts'
import { awaited, type Position, type Task, Work } from './work.ts'

/**
 * Pure: the next state of a call and what to do about it, or the documents that are needed to say so. Never throws for an account the
 * schemas accept. An event that does not fit what is awaited, or comes again, changes nothing.
 */
export function step(config: AccountRevision, state: CallState | undefined, event: CallEvent): Turn {
  try {
    if (state === undefined)
      return event.type === 'arrived' ? arrive(config, event) : { state: stray(config, event), commands: [] }
    return advance(config, state, event)
  } catch (signal) {
    if (signal instanceof NeedsDocuments) return { needs: signal.keys }
    throw signal
  }
}

function newState(config: AccountRevision, event: CallEventOf<'arrived'>): CallState {
  return {
    version: 1,
    callId: event.callId,
    accountId: config.accountId,
    configRevision: config.configRevision,
    arrivedAt: event.at,
    origin: event.origin,
    dialled: event.dialled,
    caller: {
      anonymous: event.caller.anonymous,
      ...(event.caller.number === undefined ? {} : { number: event.caller.number }),
      ...(event.caller.name === undefined ? {} : { name: event.caller.name }),
    },
    ...(event.linkedCallId === undefined ? {} : { linkedCallId: event.linkedCallId }),
    direction: event.origin.kind === 'trunk' ? 'inbound' : 'outbound',
    phase: 'deciding',
    answered: false,
    traits: { prefixes: [], variables: {}, emergency: false },
    facts: [],
    turn: 1,
    jumps: 0,
    lookUps: 0,
    callerGone: false,
    admitted: false,
    path: [],
    log: [event],
  }
}

function arrive(config: AccountRevision, event: CallEventOf<'arrived'>): Turn {
  const work = new Work(config, newState(config, event), event.at)
  go(work, { task: 'enter' })
  return { state: work.state, commands: work.commands }
}

/** A call that is heard of for the first time in the middle: somebody lost its state. It ends at once, truthfully. */
function stray(config: AccountRevision, event: CallEvent): CallState {
  const state = newState(config, {
    type: 'arrived',
    at: event.at,
    callId: 'unknown',
    accountId: config.accountId,
    configRevision: config.configRevision,
    origin: { kind: 'system' },
    dialled: '',
    caller: { anonymous: false },
  })
  return {
    ...state,
    log: [event],
    phase: 'ended',
    end: { at: event.at, disposition: 'failed', by: 'us', reason: 'state lost' },
  }
}

function advance(config: AccountRevision, state: CallState, event: CallEvent): Turn {
  const idle = { state, commands: [] }
  if (state.phase === 'ended' || event.type === 'arrived') return idle
  const wanted =
    event.type === state.awaiting ||
    event.type === 'hungup' ||
    event.type === 'updated' ||
    (event.type === 'failed' &&
      state.awaiting !== undefined &&
      awaited[event.command as keyof typeof awaited] === state.awaiting)
  if (!wanted) return idle
  const lookedUp = event.type === 'looked-up'
  const { awaiting: _awaiting, ...rest } = state
  const kept = event.type === 'hungup' || event.type === 'updated' ? state : rest
  const work = new Work(
    config,
    {
      ...kept,
      turn: state.turn + 1,
      lookUps: lookedUp ? state.lookUps : 0,
      facts: lookedUp ? state.facts : [],
      log: [...state.log, event],
    },
    event.at,
  )
  if (work.state.log.length > callBounds.events) work.end('failed', 'us', 'too many events')
  else if (event.type === 'hungup' && (event.leg === 'caller' || state.phase === 'talking')) ended(work, event)
  else if (state.phase === 'talking') talkEvent(work, event)
  else if (lookedUp) afterLookUp(work, event)
  else if (event.type !== 'hungup' && event.type !== 'updated') resume(work, event)
  return { state: work.state, commands: work.commands }
}

function afterLookUp(work: Work, event: CallEventOf<'looked-up'>): void {
  const { pending, ...rest } = work.state
  const answered = new Set(event.facts.map(({ key }) => factKey(key)))
  work.state = {
    ...rest,
    facts: [...rest.facts.filter(({ key }) => !answered.has(factKey(key))), ...event.facts].slice(-120),
  }
  const position = work.state.position
  if (pending === undefined || pending.task === 'enter' || position === undefined) return go(work, { task: 'enter' })
  if (pending.task === 'resume' && pending.event !== undefined)
    return go(work, { task: 'resume', position, event: pending.event, memo: position.memo })
  go(work, { task: 'begin', position })
}

function resume(work: Work, event: CallEvent): void {
  const position = work.state.position
  if (position === undefined) return work.end('failed', 'us', 'nowhere to go on from')
  go(work, { task: 'resume', position, event, memo: position.memo })
}

/** Does one thing after another until the call waits or ends. */
function go(work: Work, first: Task): void {
  let task: Task | undefined = first
  while (task !== undefined && work.state.phase !== 'ended') {
    work.hops += 1
    if (work.hops > callBounds.hopsPerTurn) return tooFar(work, 'too many steps without waiting')
    const current: Task = task
    try {
      task = perform(work, current)
    } catch (signal) {
      if (!(signal instanceof NeedsFacts)) throw signal
      return suspend(work, current, signal.keys)
    }
  }
}

/** Asks for live facts; what was being done is done again when they come. The account's own fact rides along, so that one look-up serves. */
function suspend(work: Work, task: Task, keys: readonly FactKey[]): void {
  if (work.state.lookUps >= callBounds.lookUpsPerTurn) return tooFar(work, 'too many look-ups')
  const account: FactKey = { kind: 'account', id: singletonId }
  const known = work.state.facts.some((fact) => fact.key.kind === 'account')
  const wanted = work.state.admitted || known || keys.some((key) => key.kind === 'account') ? keys : [account, ...keys]
  if (task.task !== 'enter')
    work.patch({ position: { ...strip(task.position), memo: task.task === 'resume' ? task.memo : undefined } })
  work.patch({
    lookUps: work.state.lookUps + 1,
    pending: { task: task.task, ...(task.task === 'resume' ? { event: task.event } : {}) },
  })
  work.command({ type: 'look-up', facts: wanted.slice(0, 60) })
}

const strip = ({ callflowId, nodeId, module, params }: Position) => ({
  ...(callflowId === undefined ? {} : { callflowId }),
  nodeId,
  module,
  ...(params === undefined ? {} : { params }),
})

function tooFar(work: Work, reason: string): void {
  work.note({ reason })
  // A caller is told before being let go, unless nothing was said so far and a refusal will do.
  if (work.state.answered) work.command({ type: 'play', parts: [{ prompt: 'system-problem' }] })
  const { awaiting: _awaiting, ...rest } = work.state
  work.state = rest
  work.end('failed', 'us', reason, 'unavailable')
}

function perform(work: Work, task: Task): Task | undefined {
  if (task.task === 'enter') return enter(work)
  const { position } = task
  const found = paramsOf(work, position)
  if ('skip' in found) return leave(work, position, found.skip, found.reason)
  const view = viewOf(work.config, work.state, work.at, position)
  let outcome: Outcome<unknown>
  try {
    outcome =
      task.task === 'begin'
        ? found.module.begin(found.params, view)
        : found.module.proceed(found.params, task.event, task.memo, view)
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    return leave(work, position, 'next', `settings do not fit: ${error.issues[0]?.path.join('.') ?? ''}`)
  }
  return apply(work, position, outcome)
}

/** The module of a node and its parameters, or why the node is passed over. */
function paramsOf(
  work: Work,
  position: Position,
): { module: CallModule; params: unknown } | { skip: string; reason: string } {
  const internal = position.callflowId === undefined ? internalModules.get(position.module) : undefined
  const module = internal ?? findModule(position.module)
  if (module === undefined) return { skip: 'next', reason: `unknown module ${position.module}` }
  if (position.callflowId === undefined) return { module, params: position.params ?? {} }
  const node = findOne(work.config, 'callflow', position.callflowId)?.nodes[position.nodeId]
  if (node === undefined) return { skip: 'next', reason: 'node missing' }
  return node.skip ? { skip: 'next', reason: 'skipped' } : { module, params: node.params }
}

/** Checks the call cap once, when the account's fact is at hand; a call for help is never capped. */
function admit(work: Work, position: Position): boolean {
  if (work.state.admitted || position.module === 'emergency') return true
  const account = findOne(work.config, 'account', singletonId)
  const { callsUp = 0, outboundUp = 0 } = readFact(work, 'account', singletonId) as {
    callsUp?: number
    outboundUp?: number
  }
  work.patch({ admitted: true })
  if (account === undefined) return true
  const full =
    callsUp >= account.caps.callsMax
      ? 'call cap of the account reached'
      : position.module === 'outside' && outboundUp >= account.caps.outboundMax
        ? 'outside call cap of the account reached'
        : undefined
  if (full === undefined) return true
  work.note({ reason: full })
  work.end('refused', 'us', full, 'busy')
  return false
}

function apply(work: Work, position: Position, outcome: Outcome<unknown>): Task | undefined {
  const here = {
    ...(position.callflowId === undefined ? {} : { callflowId: position.callflowId, nodeId: position.nodeId }),
    module: position.module,
  }
  switch (outcome.kind) {
    case 'wait': {
      if (!admit(work, position)) return undefined
      work.traits(outcome.traits)
      work.patch({ position: { ...strip(position), memo: outcome.memo } })
      for (const command of outcome.commands) work.command(command)
      // A module that waits for nothing would leave the caller in silence for ever.
      return work.state.awaiting === undefined ? leave(work, position, 'next', 'nothing to wait for') : undefined
    }
    case 'exit': {
      work.traits(outcome.traits)
      for (const command of outcome.commands ?? []) work.command(command)
      return leave(work, position, outcome.exit, outcome.reason)
    }
    case 'jump': {
      work.traits(outcome.traits)
      for (const command of outcome.commands ?? []) work.command(command)
      work.note({ ...here, exit: 'jump', ...(outcome.reason === undefined ? {} : { reason: outcome.reason }) })
      return jump(work, outcome.callflowId)
    }
    case 'talk':
      work.note({ ...here, exit: 'answered' })
      work.patch({ phase: 'talking', answered: true, answeredAt: work.at, answeredBy: talker(outcome.answered) })
      return undefined
    case 'end':
      work.traits(outcome.traits)
      for (const command of outcome.commands ?? []) work.command(command)
      work.note({ ...here, reason: outcome.reason })
      work.end(outcome.disposition, 'us', outcome.reason, outcome.cause)
      return undefined
  }
}

const talker = ({
  deviceId,
  userId,
  number,
}: {
  deviceId?: string | undefined
  userId?: string | undefined
  number?: string | undefined
}) => ({
  ...(deviceId === undefined ? {} : { deviceId }),
  ...(userId === undefined ? {} : { userId }),
  ...(number === undefined ? {} : { number }),
})

/** `number:<dialled>` goes where that number leads, an id into a callflow. Without return, and only so often. */
function jump(work: Work, target: string): Task | undefined {
  if (work.state.jumps >= callBounds.jumps) {
    tooFar(work, 'too many jumps between callflows')
    return undefined
  }
  work.patch({ jumps: work.state.jumps + 1 })
  return target.startsWith('number:')
    ? route(work, target.slice('number:'.length))
    : enterCallflow(work, target, 'jumped here')
}

const failures = { busy: 'busy', declined: 'declined', 'no-answer': 'no-answer' } as const

/** Goes out by an exit; one that is not wired falls to `next`, and without that the callflow is over. */
function leave(work: Work, position: Position, exitName: string, reason: string | undefined): Task | undefined {
  const here = {
    ...(position.callflowId === undefined ? {} : { callflowId: position.callflowId, nodeId: position.nodeId }),
    module: position.module,
  }
  work.note({ ...here, exit: exitName, ...(reason === undefined ? {} : { reason }) })
  const failure = Object.entries(failures).find(([word]) => reason?.startsWith(word) === true)?.[1]
  if (exitName === 'no-answer') work.patch({ lastFailure: failure ?? 'no-answer' })
  if (position.callflowId === undefined) return over(work)
  const callflow = findOne(work.config, 'callflow', position.callflowId)
  const node = callflow?.nodes[position.nodeId]
  const nextId = node?.exits[exitName] ?? node?.exits.next
  const next = nextId === undefined ? undefined : callflow?.nodes[nextId]
  if (next === undefined) return over(work)
  return { task: 'begin', position: { callflowId: position.callflowId, nodeId: next.id, module: next.type } }
}

/** Nothing more to do for the caller. */
function over(work: Work): Task | undefined {
  const { answered, lastFailure, path } = work.state
  const reason = path.at(-1)?.reason ?? 'end of the callflow'
  if (lastFailure !== undefined) work.end(lastFailure, 'us', reason, lastFailure === 'busy' ? 'busy' : 'unavailable')
  else work.end(answered ? 'completed' : 'failed', 'us', reason, 'unavailable')
  return undefined
}
