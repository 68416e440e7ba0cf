/** The contract's events in the PBX's own words. Late, repeated, unexpected and unknown ones say nothing. */
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import { RingOutcome } from '@offhook/shared/callflow/ring-plan.ts'
import { type CallEvent, Digits } from '@offhook/shared/callflow/vocabulary.ts'
import { type ActionData, isUp, participant, type SmaEvent } from '@offhook/shared/sma-contract/events.ts'

/** Facts the event itself does not carry. */
export interface Beside {
  /** How the plan that rang ended, where an item told it. */
  readonly outcome?: RingOutcome
  /** Length of the recording just made. */
  readonly recordingMs?: number
  readonly planId?: string
}

/** What happened to the call, or nothing that matters to it. `state` is the call before the event. */
export function decode(event: SmaEvent, state: CallState, at: string, beside: Beside = {}): CallEvent | undefined {
  if (event.InvocationEventType === 'HANGUP') return hungUp(event, at)
  if (!isUp(participant(event, 'LEG-A'))) return withoutCaller(event, state, at, beside)
  switch (event.InvocationEventType) {
    case 'ACTION_SUCCESSFUL':
      return succeeded(event, state, at, beside)
    case 'ACTION_FAILED':
      return failed(event.ActionData, event, state, at, beside)
    case 'CALL_UPDATE_REQUESTED':
      return { type: 'updated', at, arguments: argumentsOf(event.ActionData) }
    default:
      return undefined
  }
}

/**
 * A caller who hung up in the middle of an action: the event of the action comes first, HANGUP after it, or never. What was said is kept and
 * who answered is noted; anything else means only that the caller is gone.
 */
function withoutCaller(event: SmaEvent, state: CallState, at: string, beside: Beside): CallEvent {
  const isTold =
    event.InvocationEventType === 'ACTION_SUCCESSFUL' && keptWithoutCaller.has(event.ActionData?.Type ?? '')
  return (isTold ? succeeded(event, state, at, beside) : undefined) ?? { type: 'hungup', at, leg: 'caller' }
}

const keptWithoutCaller: ReadonlySet<string> = new Set(['RecordAudio', 'CallAndBridge'])

function succeeded(event: SmaEvent, state: CallState, at: string, beside: Beside): CallEvent | undefined {
  const action = event.ActionData
  switch (action?.Type) {
    case 'PlayAudio':
    case 'Speak':
      return expects(state, 'played') ? { type: 'played', at } : undefined
    case 'PlayAudioAndGetDigits':
    case 'SpeakAndGetDigits':
      return expects(state, 'digits') ? { type: 'digits', at, digits: digitsOf(action) } : undefined
    case 'Pause':
      return expects(state, 'paused') ? { type: 'paused', at } : undefined
    case 'RecordAudio':
      return expects(state, 'recorded') ? recorded(action, state, at, beside) : undefined
    case 'CallAndBridge':
      return expects(state, 'rang') ? { type: 'rang', at, outcome: outcomeOf(event, true, beside) } : undefined
    default:
      return undefined
  }
}

function failed(
  action: ActionData | undefined,
  event: SmaEvent,
  state: CallState,
  at: string,
  beside: Beside,
): CallEvent | undefined {
  if (action === undefined) return undefined
  switch (action.Type) {
    case 'CallAndBridge':
      return expects(state, 'rang') ? { type: 'rang', at, outcome: outcomeOf(event, false, beside) } : undefined
    // The guide gives silence no error type of its own: a failed question is one nobody answered.
    case 'PlayAudioAndGetDigits':
    case 'SpeakAndGetDigits':
      return expects(state, 'digits') ? { type: 'digits', at, digits: '' } : undefined
    case 'Hangup':
      return undefined
    default:
      return state.awaiting === undefined
        ? undefined
        : { type: 'failed', at, command: commandAwaited(state.awaiting), reason: errorOf(action) }
  }
}

const commandsByAnswer: Readonly<Record<string, string>> = {
  played: 'play',
  digits: 'gather',
  recorded: 'record',
  rang: 'ring',
  paused: 'pause',
}
const commandAwaited = (awaiting: string): string => commandsByAnswer[awaiting] ?? awaiting.slice(0, 32)

const expects = (state: CallState, answer: string): boolean => state.awaiting === answer

/** Keys without a trailing terminator: whether the service includes it is not documented. */
function digitsOf(action: ActionData): string {
  const terminators = action.Parameters?.TerminatorDigits
  const keyed = action.ReceivedDigits ?? ''
  const last = keyed.at(-1)
  const isTerminated = last !== undefined && Array.isArray(terminators) && terminators.includes(last)
  return Digits.catch('').parse(isTerminated ? keyed.slice(0, -1) : keyed)
}

function recorded(action: ActionData, state: CallState, at: string, beside: Beside): CallEvent {
  const digit = action.RecordingTerminatorUsed
  return {
    type: 'recorded',
    at,
    objectKey: action.RecordingDestination?.Key ?? '',
    durationMs: beside.recordingMs ?? sinceLastEventMs(state, at),
    ...(digit === undefined || digit === '' ? {} : { digit: digit.slice(0, 1) }),
  }
}

/** An upper bound of a recording's length: the time since it was asked for. */
function sinceLastEventMs(state: CallState, at: string): number {
  const last = state.log.at(-1)
  return last === undefined ? 0 : Math.max(0, Date.parse(at) - Date.parse(last.at))
}

/** From the event (`edge` plane), from the item the edge wrote (`chime` plane), or as much as the contract itself tells. */
function outcomeOf(event: SmaEvent, answered: boolean, beside: Beside): RingOutcome {
  const told = RingOutcome.safeParse(event.ActionData?.Outcome)
  const outcome = told.success ? told.data : beside.outcome
  if (outcome !== undefined && (outcome.answered !== undefined) === answered) return outcome
  const planId = beside.planId ?? outcome?.planId ?? ''
  if (answered) return { planId, answered: { legId: '' }, reason: 'answered', legs: outcome?.legs ?? [] }
  const isUnanswered = event.ActionData?.ErrorType === 'CallNotAnswered'
  return { planId, reason: isUnanswered ? 'no-answer' : 'failed', legs: outcome?.legs ?? [] }
}

function hungUp(event: SmaEvent, at: string): CallEvent | undefined {
  const parameters = event.ActionData?.Parameters
  const leg = event.CallDetails.Participants.find((one) =>
    parameters?.CallId === undefined
      ? one.ParticipantTag === parameters?.ParticipantTag
      : one.CallId === parameters.CallId,
  )
  const tag = leg?.ParticipantTag ?? parameters?.ParticipantTag
  if (tag !== 'LEG-A' && tag !== 'LEG-B') return undefined
  const status = Number(parameters?.SipResponseCode ?? 0)
  return {
    type: 'hungup',
    at,
    leg: tag === 'LEG-A' ? 'caller' : 'callee',
    ...(Number.isInteger(status) && status > 0 ? { sipStatus: status } : {}),
  }
}

/** Arguments of an update: at most 20 pairs of text (UpdateSipMediaApplicationCall). */
export function argumentsOf(action: ActionData | undefined): Record<string, string> {
  const given = action?.Parameters?.Arguments
  if (typeof given !== 'object' || given === null) return {}
  return Object.fromEntries(
    Object.entries(given)
      .filter((pair): pair is [string, string] => typeof pair[1] === 'string')
      .slice(0, 20)
      .map(([name, value]) => [name.slice(0, 64), value.slice(0, 500)]),
  )
}

const errorOf = (action: ActionData): string =>
  [action.ErrorType, action.ErrorMessage, action.Error]
    .filter((text) => text !== undefined)
    .join(': ')
    .slice(0, 200)
