import type { AccountRevision } from './account-revision.ts'
import { type CallState, callBounds } from './call-state.ts'
import { partyGone } from './finish.ts'
import { factKey, NeedsDocuments } from './suspension.ts'
import type { Turn } from './turn.ts'
import type { CallEvent, CallEventOf } from './vocabulary.ts'
import { go } from './walk.ts'
import { awaited, Work } from './work.ts'

/**
 * Pure: the next state of a call and what to do about it, or the documents that are needed to say so. Never throws for an account the
 * schemas accept. An event that does not fit what is awaited, or comes again, changes nothing: events of one call that are not the same
 * event differ in `at`, which the shell sees to.
 */
export function step(config: AccountRevision, state: CallState | undefined, event: CallEvent): Turn {
  try {
    if (state === undefined)
      return event.type === 'arrived' ? arrive(config, event) : { state: stray(config, event), commands: [] }
    return isWanted(state, event) ? advance(config, state, event) : { state, commands: [] }
  } catch (signal) {
    if (signal instanceof NeedsDocuments) return { needs: signal.keys }
    throw signal
  }
}

function newState(config: AccountRevision, event: CallEventOf<'arrived'>): CallState {
  const { number, name, anonymous } = event.caller
  return {
    version: 1,
    callId: event.callId,
    accountId: config.accountId,
    configRevision: config.configRevision,
    arrivedAt: event.at,
    origin: event.origin,
    dialled: event.dialled,
    caller: { anonymous, ...(number === undefined ? {} : { number }), ...(name === undefined ? {} : { name }) },
    ...(event.languages === undefined ? {} : { languages: event.languages }),
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

/** Whether the call can use an event now. */
function isWanted(state: CallState, event: CallEvent): boolean {
  if (state.phase === 'ended' || event.type === 'arrived' || isRepeated(state, event)) return false
  switch (event.type) {
    case 'hungup':
      return event.leg === 'caller' || state.phase === 'talking'
    case 'updated':
      return event.arguments.op === 'hang-up'
    case 'failed':
      return state.awaiting !== undefined && Object.entries(awaited).some(isOfCommand(event.command, state.awaiting))
    case 'rang':
      // A shell that cannot tell which plan it was leaves the id empty.
      return state.awaiting === 'rang' && ['', state.planId].includes(event.outcome.planId)
    case 'answered-url':
      return state.awaiting === 'answered-url' && event.id === state.asked?.id
    case 'looked-up': {
      const asked = new Set(state.pending?.keys.map(factKey))
      const answers = event.facts.length === 0 || event.facts.some(({ key }) => asked.has(factKey(key)))
      return state.awaiting === 'looked-up' && answers
    }
    default:
      return event.type === state.awaiting
  }
}

const isOfCommand = (command: string, awaiting: string) => (pair: readonly [string, string | undefined]) =>
  pair[0] === command && pair[1] === awaiting

function isRepeated(state: CallState, event: CallEvent): boolean {
  const same = state.log.filter((past) => past.type === event.type && past.at === event.at)
  return same.length > 0 && same.some((past) => JSON.stringify(past) === JSON.stringify(event))
}

function advance(config: AccountRevision, state: CallState, event: CallEvent): Turn {
  const { awaiting, asksSecret = false, planId: _planId, ...rest } = state
  const isLookUp = awaiting === 'looked-up'
  const next: CallState = {
    ...rest,
    turn: state.turn + 1,
    lookUps: isLookUp ? state.lookUps : 0,
    facts: isLookUp ? state.facts : [],
    ...(state.asked !== undefined && event.type === 'answered-url'
      ? { asked: { ...state.asked, chars: state.asked.chars + (event.text?.length ?? 0) } }
      : {}),
    ...(asksSecret && event.type === 'digits' ? { secretAt: [...(state.secretAt ?? []), state.log.length] } : {}),
    log: [...state.log, event],
  }
  const work = new Work(config, next, event.at)
  if (next.log.length > callBounds.events) work.end('failed', 'us', 'too many events')
  else if (event.type === 'hungup') partyGone(work, event)
  else if (event.type === 'updated')
    work.end(state.phase === 'talking' ? 'answered' : 'cancelled', 'us', 'ended on request')
  else if (isLookUp) goOnKnowing(work, event.type === 'looked-up' ? event.facts : [])
  else goOn(work, event)
  return { state: work.state, commands: work.commands }
}

/** What was being done when facts were asked for is done again. Those that did not come are as if nothing was ever set. */
function goOnKnowing(work: Work, answer: CallState['facts']): void {
  const { pending, ...rest } = work.state
  const values = new Map(answer.map(({ key, value }) => [factKey(key), value]))
  const learned = (pending?.keys ?? []).map((key) => ({ key, value: values.get(factKey(key)) ?? {} }))
  work.state = { ...rest, facts: [...rest.facts, ...learned].slice(-callBounds.facts) }
  const { position } = work.state
  if (pending === undefined || pending.task === 'enter' || position === undefined) return go(work, { task: 'enter' })
  const { memo, ...place } = position
  if (pending.task === 'resume' && pending.event !== undefined)
    return go(work, { task: 'resume', position: place, event: pending.event, memo })
  go(work, { task: 'begin', position: place })
}

function goOn(work: Work, event: CallEvent): void {
  const { position } = work.state
  if (position === undefined) return work.end('failed', 'us', 'nowhere to go on from')
  const { memo, ...place } = position
  go(work, { task: 'resume', position: place, event, memo })
}
