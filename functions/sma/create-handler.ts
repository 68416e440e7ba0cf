import middy from '@middy/core'
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand, CallEvent } from '@offhook/shared/callflow/vocabulary.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { isUp, participant, SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { keepQueue, type SmaResponse } from '@offhook/shared/sma-contract/response.ts'
import type { Context } from 'aws-lambda'
import { hangUpPolitely } from '../middleware/hang-up-politely.ts'
import { languageDefault } from '../speech/voices.ts'
import { Answers, nameOf } from './answers.ts'
import { apologise } from './apology.ts'
import { arrivalOf } from './arrival.ts'
import { audioFor } from './audio.ts'
import { argumentsOf, type Beside, decode } from './decode.ts'
import type { SmaDependencies } from './dependencies.ts'
import { encode } from './encode.ts'
import { Revisions } from './revisions.ts'
import { ringHeader } from './ring-header.ts'
import { type Settled, settle } from './settle.ts'
import { recordsOf } from './share.ts'
import { type Carried, OwnStates, pack, unpack } from './state.ts'

/** Argument of an API-created call that says, signed, in whose name it is made. */
export const callTokenArgument = 'pbxCall'

/** Left of Lambda's 5 s when we give up: the apology goes out at 4.5 s, before the service asks again. */
const timeoutEarlyInMillis = 500

/** What Lambda tells the handler about its time. */
export interface TurnContext {
  getRemainingTimeInMillis(): number
}
export type SmaHandler = (event: unknown, context: TurnContext) => Promise<unknown>

/** What turns are made with, and what is remembered from one to the next: things that never change, so nothing can be stale. */
interface TurnParts extends SmaDependencies {
  readonly revisions: Revisions
  readonly ownStates: OwnStates
}

/** The function behind the SIP media application, and behind `edge/` in every other topology. Never throws: it apologises. */
export function createSmaHandler(dependencies: SmaDependencies): SmaHandler {
  const answers = new Answers()
  const parts: TurnParts = {
    ...dependencies,
    revisions: new Revisions(dependencies.store.documents),
    ownStates: new OwnStates(),
  }
  const handler = middy<unknown, SmaResponse>({ timeoutEarlyInMillis })
    .use(
      hangUpPolitely<unknown, SmaResponse>({
        apologise: (event, error) => apologyTo(dependencies, event, error),
        report(raw, error) {
          const event = SmaEvent.safeParse(raw)
          const line = { level: 'ERROR', error: error.message, stack: error.stack }
          dependencies.log(event.success ? lineOf(event.data, line) : { event: 'unreadable', ...line })
        },
      }),
    )
    .handler(async (raw: unknown) => {
      const event = SmaEvent.parse(raw)
      const name = nameOf(event)
      const known = answers.find(name, raw)
      if (known !== undefined) return known
      const answer = await answerTo(parts, event)
      answers.keep(name, raw, answer)
      return answer
    })
  return async (event, context) => handler(event, context as Context)
}

/** One turn: open the call, settle what happened, share what others must see, answer. */
async function answerTo(dependencies: TurnParts, event: SmaEvent): Promise<SmaResponse> {
  const carried = await unpack(event.CallDetails.TransactionId, event.CallDetails.TransactionAttributes, dependencies)
  if (event.Sequence <= carried.sequence) return keepQueue
  if (event.InvocationEventType === 'INVALID_LAMBDA_RESPONSE')
    throw new PbxError('response-refused', {
      status: 500,
      details: { error: event.ErrorType, why: event.ErrorMessage },
    })
  const at = instantOf(dependencies, event, carried.state)
  if (carried.state === undefined) return beginning(dependencies, event, carried, at)
  if (carried.broken !== undefined && event.InvocationEventType !== 'HANGUP')
    return afterwards(dependencies, event, carried)
  const happened = decode(event, carried.state, at, await besides(dependencies, event, carried))
  if (happened === undefined || carried.state.phase === 'ended') return afterwards(dependencies, event, carried)
  return turn(dependencies, event, carried, happened)
}

/** The first leg arrives, or a call of a program's is answered. Everything else has no call to belong to. */
async function beginning(dependencies: TurnParts, event: SmaEvent, carried: Carried, at: string): Promise<SmaResponse> {
  switch (event.InvocationEventType) {
    case 'NEW_OUTBOUND_CALL': {
      const callToken = argumentsOf(event.ActionData)[callTokenArgument]
      const next: Carried = { sequence: event.Sequence, ...(callToken === undefined ? {} : { callToken }) }
      return { SchemaVersion: '1.0', Actions: [], TransactionAttributes: await pack(next, dependencies) }
    }
    case 'NEW_INBOUND_CALL':
    case 'CALL_ANSWERED': {
      const arrival = await arrivalOf(dependencies, event, at, carried.callToken)
      if (arrival.kind === 'accepted') return turn(dependencies, event, carried, arrival.arrived)
      dependencies.log(lineOf(event, { level: 'WARN', refused: arrival.reason }))
      return { SchemaVersion: '1.0', Actions: hangUps(event) }
    }
    case 'HANGUP':
      return { SchemaVersion: '1.0', Actions: hangUps(event) }
    default:
      return keepQueue
  }
}

async function turn(
  dependencies: TurnParts,
  event: SmaEvent,
  carried: Carried,
  happened: CallEvent,
): Promise<SmaResponse> {
  const settled = await settle(dependencies, carried.state, happened)
  await share(dependencies, settled, carried)
  const commands = settled.steps.flatMap((step) => step.commands)
  const ring = commands.find((command) => command.type === 'ring')
  const next: Carried = {
    state: settled.state,
    sequence: event.Sequence,
    ...(ring === undefined ? {} : { planId: ring.plan.id }),
    ...(carried.broken === undefined ? {} : { broken: carried.broken }),
  }
  const [actions, attributes] = await Promise.all([
    actionsFor(dependencies, event, settled.state, commands),
    pack(next, dependencies),
  ])
  dependencies.log(
    lineOf(event, {
      level: 'INFO',
      accountId: settled.state.accountId,
      happened: happened.type,
      actions: actions.map((one) => one.Type),
      phase: settled.state.phase,
    }),
  )
  const isEnd = settled.state.phase === 'ended'
  return {
    SchemaVersion: '1.0',
    // No action of ours: what plays or talks goes on, unless the call is over.
    ...(actions.length > 0 || isEnd ? { Actions: actions } : {}),
    TransactionAttributes: attributes,
  }
}

async function actionsFor(
  dependencies: TurnParts,
  event: SmaEvent,
  state: CallState,
  commands: readonly CallCommand[],
) {
  const ring = commands.find((command) => command.type === 'ring')
  const [audio, header] = await Promise.all([
    audioFor(dependencies.revisions, state, commands, dependencies.settings.speaksPrompts),
    ring === undefined ? undefined : ringHeader(state, ring.plan, dependencies.settings.trustKey, dependencies.spill),
  ])
  const context = { event, state, settings: dependencies.settings, audio }
  return encode(header === undefined ? context : { ...context, ringHeader: header }, commands)
}

async function share(dependencies: SmaDependencies, settled: Settled, carried: Carried): Promise<void> {
  const records = recordsOf(settled, carried.state, dependencies.cdrOf, carried.broken)
  if (records.length > 0) await dependencies.store.calls.share(records)
}

/** An event that changes nothing. After the end no leg may be left up: what has ended or failed is answered with the last hang-ups. */
function afterwards(dependencies: SmaDependencies, event: SmaEvent, carried: Carried): SmaResponse {
  dependencies.log(lineOf(event, { level: 'DEBUG', ignored: true }))
  const isOver = carried.state?.phase === 'ended' || carried.broken !== undefined
  const isLast = event.InvocationEventType === 'HANGUP' || event.InvocationEventType === 'ACTION_FAILED'
  return isOver && (isLast || !isUp(participant(event, 'LEG-A')))
    ? { SchemaVersion: '1.0', Actions: hangUps(event) }
    : keepQueue
}

const hangUps = (event: SmaEvent) =>
  event.CallDetails.Participants.filter(isUp).map((leg) => ({
    Type: 'Hangup' as const,
    Parameters: { CallId: leg.CallId, SipResponseCode: leg.Status === 'Connected' ? 0 : 480 },
  }))

async function besides(dependencies: SmaDependencies, event: SmaEvent, carried: Carried): Promise<Beside> {
  const action = event.ActionData
  const plan = carried.planId === undefined ? {} : { planId: carried.planId }
  if (action?.Type === 'RecordAudio' && action.RecordingDestination !== undefined) {
    const recordingMs = await dependencies.recordingMs(action.RecordingDestination.Key)
    return recordingMs === undefined ? plan : { ...plan, recordingMs }
  }
  const state = carried.state
  if (action?.Type !== 'CallAndBridge' || action.Outcome !== undefined || carried.planId === undefined || !state)
    return plan
  const outcome = await dependencies.outcomes.find(state.accountId, carried.planId)
  return outcome === undefined ? plan : { ...plan, outcome }
}

/**
 * A new call came when its leg began; the contract dates nothing else, so our clock does. Always after what was logged last, whatever
 * the clock does: two events of one instant that read the same would pass for one that was repeated.
 */
function instantOf({ clock }: SmaDependencies, event: SmaEvent, state: CallState | undefined): string {
  const leg = participant(event, 'LEG-A')
  const isNew = event.InvocationEventType === 'NEW_INBOUND_CALL' && leg !== undefined
  const now = isNew ? Number(leg.StartTimeInMilliseconds) + clock.shiftMs : clock.nowMs() + clock.shiftMs
  return new Date(Math.max(now, Date.parse(state?.log.at(-1)?.at ?? '') + 1 || 0)).toISOString()
}

function apologyTo(dependencies: SmaDependencies, raw: unknown, error: Error): SmaResponse {
  const event = SmaEvent.safeParse(raw)
  if (!event.success) return keepQueue
  const reason = error instanceof PbxError ? error.code : error.name
  return apologise(event.data, dependencies.settings, languageDefault, reason)
}

function lineOf(event: SmaEvent, more: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { TransactionId, TransactionAttributes } = event.CallDetails
  return {
    accountId: TransactionAttributes?.account,
    callId: TransactionId,
    sequence: event.Sequence,
    event: event.InvocationEventType,
    ...more,
  }
}
