/**
 * One call as the service holds it: its legs, its queue of actions, its attributes, and the one invocation under way. The rules of the
 * queue are those of "Responding to invocations with action lists" (invoke-on-call-leg) and "Updating calls" (update-sip-call).
 */

import { PbxError } from '@offhook/shared/pbx-error.ts'
import { type ActionOf, alwaysReports, interruptible, type SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import { type ActionError, actionErrors } from '@offhook/shared/sma-contract/errors.ts'
import type { ActionData, Attributes, EventType, SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { unservedCallMs } from '@offhook/shared/sma-contract/limits.ts'
import type { Connection, Leg, LegEnd } from '../call/call-control.ts'
import type { ActionContext, ActionResult, ActionTools } from './actions/action.ts'
import { CallRecordings } from './actions/call-recording.ts'
import { execute } from './actions/index.ts'
import { listenForDigits } from './actions/receive-digits.ts'
import { apologise } from './apology.ts'
import { CallLeg } from './call-leg.ts'
import { checkAction } from './check-action.ts'
import { checkResponse, type RawAction } from './check-response.ts'
import { pause } from './clock.ts'
import { dataOf, eventOf, type Happening, hangupData, type TransactionIdentity } from './happening.ts'
import type { Invocation, Invoker } from './invoker.ts'

/** Events that may wait for the function before updates are refused; what happens to legs is always told. */
const waitingMax = 100
/** Unusable answers of one call that are reported back before the call is ended. */
const invalidAnswersMax = 3
/** An action that was cut off must let go within this. */
const letGoMs = 5_000

export interface TransactionParts {
  readonly identity: TransactionIdentity
  readonly tools: ActionTools
  readonly invoker: Invoker
  /** Played to a caller who would otherwise hear nothing. */
  readonly apologyPath: string
  readonly log: (line: Readonly<Record<string, unknown>>) => void
  /** A turn is over, however it ended: for the journal. */
  readonly onTurn: (event: SmaEvent) => void
  /** The last leg is gone and its HANGUP was served. */
  readonly onOver: () => void
}

interface RunningAction {
  readonly action: SmaAction
  readonly leg: CallLeg
  readonly abort: AbortController
  readonly settled: Promise<void>
}

type AbortReason = 'update' | 'leg-ended' | 'call-over'

/** Events whose answer changes nothing but, for the first, the attributes. */
const unansweredEvents: ReadonlySet<EventType> = new Set(['NEW_OUTBOUND_CALL', 'RINGING', 'ACTION_INTERRUPTED'])

export class Transaction {
  readonly #parts: TransactionParts
  readonly #legA: CallLeg
  #legB: CallLeg | undefined
  #connection: Connection | undefined
  readonly #recordings = new CallRecordings()
  readonly #listening = new Map<string, () => void>()

  #attributes: Attributes | undefined
  #sequence = 0
  readonly #outbox: Happening[] = []
  #isAsking = false
  #invalidAnswers = 0

  #queue: RawAction[] = []
  #isRunning = false
  #running: RunningAction | undefined
  /** An action that always reports stood in the middle: the rest waits for the answer. */
  #isHeld = false
  #meant: CallLeg

  /** Legs that have not ended and been told of yet. */
  #hangupsToTell = 0
  #forgetIdle = () => {}
  #isEnding = false
  #isOver = false

  constructor(parts: TransactionParts, leg: Leg, headers: Readonly<Record<string, string>>) {
    this.#parts = parts
    this.#legA = new CallLeg(leg, 'LEG-A', headers)
    this.#meant = this.#legA
    this.#watch(this.#legA)
  }

  get id(): string {
    return this.#parts.identity.transactionId
  }

  /** Active calls this one counts as against the quota: a bridge is two (call-and-bridge). */
  get slots(): number {
    return this.#legB?.isUp === true || this.#running?.action.Type === 'CallAndBridge' ? 2 : 1
  }

  /** Whether a leg is, or just was, one of this call's. */
  has(legId: string): boolean {
    return this.#legs().some((leg) => leg.id === legId)
  }

  /** A call that came in. */
  arrived(): void {
    this.#tell({ type: 'NEW_INBOUND_CALL', leg: this.#legA })
  }

  /** A call made by `CreateSipMediaApplicationCall`. */
  created(callArguments: Readonly<Record<string, string>>): void {
    const data: ActionData = { Type: 'CallCreateRequest', Parameters: { Arguments: callArguments } }
    const hasArguments = Object.keys(callArguments).length > 0
    this.#tell({ type: 'NEW_OUTBOUND_CALL', leg: this.#legA, ...(hasArguments ? { actionData: data } : {}) })
    // The port resolves when the far end has answered; a far end that never does is told of by `onEnd`.
    this.#legA.answer().then(
      (isUp) => isUp && this.#tell({ type: 'CALL_ANSWERED', leg: this.#legA }),
      (cause: unknown) => this.#end(`the first leg broke: ${messageOf(cause)}`),
    )
  }

  /** `UpdateSipMediaApplicationCall`. Throws `PbxError('too-many-updates')` when the function cannot keep up with them. */
  updated(callArguments: Readonly<Record<string, string>>): void {
    if (this.#outbox.length >= waitingMax)
      throw new PbxError('too-many-updates', { status: 429, message: 'Too many updates wait for this call.' })
    this.#tell({
      type: 'CALL_UPDATE_REQUESTED',
      leg: this.#legA,
      actionData: { Type: 'CallUpdateRequest', Parameters: { Arguments: callArguments } },
    })
  }

  /** Ends every leg at once. */
  end(reason: string): void {
    this.#end(reason)
  }

  // --- Events: one invocation at a time, in the order things happened. ---

  #tell(happening: Happening): void {
    if (this.#isOver) return
    this.#forgetIdle()
    this.#outbox.push(happening)
    if (!this.#isAsking) void this.#ask()
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    for (let next = this.#outbox.shift(); next !== undefined; next = this.#outbox.shift()) {
      const carried = this.#attributes === undefined ? {} : { attributes: this.#attributes }
      const event = eventOf(next, {
        ...this.#parts.identity,
        ...carried,
        sequence: ++this.#sequence,
        legs: this.#legs(),
      })
      const invocation = await this.#parts.invoker.ask(event)
      this.#parts.onTurn(event)
      this.#served(next, invocation)
    }
    this.#isAsking = false
    this.#rest()
  }

  #served(happening: Happening, invocation: Invocation): void {
    if (happening.type === 'HANGUP') this.#hangupsToTell--
    if (happening.type === 'HANGUP' && happening.leg === this.#legB) this.#legB = undefined
    if (invocation.kind === 'gave-up') return this.#giveUp(invocation.reason, happening)
    const response = checkResponse(invocation.value)
    if (response.kind === 'fatal') return this.#giveUp(response.reason, happening)
    if (response.kind === 'invalid') {
      if (happening.type === 'INVALID_LAMBDA_RESPONSE' || ++this.#invalidAnswers > invalidAnswersMax)
        return this.#giveUp(response.message, happening)
      const { type, message } = response
      return this.#tell({ type: 'INVALID_LAMBDA_RESPONSE', leg: happening.leg, error: { type, message } })
    }
    if (response.attributes !== undefined) this.#attributes = response.attributes
    if (!unansweredEvents.has(happening.type)) this.#obey(happening, response.actions)
  }

  #obey(happening: Happening, actions: readonly RawAction[] | undefined): void {
    if (happening.type === 'NEW_INBOUND_CALL' && (actions === undefined || actions.length === 0))
      return this.#giveUp('empty action list in answer to NEW_INBOUND_CALL', happening)
    if (happening.type === 'HANGUP' && !this.#legs().some((leg) => leg.isUp)) return
    if (actions !== undefined) {
      this.#queue = [...actions]
      // What a HANGUP is answered with runs on the leg that is left.
      this.#meant = happening.leg.isUp ? happening.leg : (this.#legs().find((leg) => leg.isUp) ?? happening.leg)
      const running = this.#running
      if (happening.type === 'CALL_UPDATE_REQUESTED' && running !== undefined && interruptible.has(running.action.Type))
        running.abort.abort('update' satisfies AbortReason)
    }
    this.#isHeld = false
    void this.#run()
  }

  // --- The queue: one action at a time, one report at its end. ---

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    while (!this.#isHeld && !this.#isOver) {
      const raw = this.#queue.shift()
      if (raw === undefined) break
      await this.#perform(raw)
    }
    this.#isRunning = false
    this.#rest()
  }

  async #perform(raw: RawAction): Promise<void> {
    const checked = checkAction(raw)
    if (checked.kind === 'bad') return this.#failed(raw.Type, parametersOf(raw), checked.error)
    const { action } = checked
    const leg = this.#legMeant(action)
    if (leg === undefined || !leg.isUp) return this.#failed(action.Type, action.Parameters, actionErrors.unknownLeg)
    const abort = new AbortController()
    const execution = this.#execute(action, leg, abort.signal)
    this.#running = { action, leg, abort, settled: execution.then(() => {}) }
    const result = await execution
    this.#running = undefined
    this.#report(action, leg, result, abort.signal.reason as AbortReason | undefined)
  }

  async #execute(action: SmaAction, leg: CallLeg, signal: AbortSignal): Promise<ActionResult> {
    try {
      return await execute(this.#contextFor(leg, signal), action)
    } catch (cause) {
      this.#log({ level: 'ERROR', action: action.Type, error: messageOf(cause) })
      return { kind: 'failed', error: actionErrors.system }
    }
  }

  #report(action: SmaAction, leg: CallLeg, result: ActionResult, reason: AbortReason | undefined): void {
    const data = dataOf(action, leg, this.#legA)
    if (reason === 'call-over') return
    if (reason === 'update' && result.kind !== 'failed')
      return this.#tell({ type: 'ACTION_INTERRUPTED', leg, actionData: data })
    if (result.kind === 'failed')
      return this.#failed(action.Type, data.Parameters ?? {}, result.error, result.data, leg)
    if (result.kind === 'stopped' || result.silent === true) return
    const isLast = this.#queue.length === 0
    if (!isLast && !alwaysReports.has(action.Type)) return
    if (!isLast) {
      this.#log({ level: 'WARN', action: action.Type, note: 'always reports; put it last in a list' })
      this.#isHeld = true
    }
    this.#tell({ type: 'ACTION_SUCCESSFUL', leg, actionData: { ...data, ...result.data } })
  }

  #failed(
    type: string,
    parameters: Readonly<Record<string, unknown>>,
    error: ActionError,
    more: Readonly<Record<string, unknown>> = {},
    leg = this.#meant,
  ): void {
    this.#queue = []
    const said =
      error.kind === 'legacy' ? { Error: error.error } : { ErrorType: error.type, ErrorMessage: error.message }
    this.#tell({
      type: 'ACTION_FAILED',
      leg,
      actionData: { Type: type, Parameters: { ...parameters }, ...more, ...said },
    })
  }

  #contextFor(leg: CallLeg, signal: AbortSignal): ActionContext {
    const { tools, identity } = this.#parts
    return {
      ...tools,
      transactionId: identity.transactionId,
      accountId: identity.accountId,
      leg,
      legA: this.#legA,
      legB: this.#legB,
      isBridged: this.#isBridged(),
      recordings: this.#recordings,
      signal,
      joined: (joined, connection) => this.#joined(joined, connection),
      listen: (listening, parameters) => this.#listen(listening, parameters),
    }
  }

  #legMeant(action: SmaAction): CallLeg | undefined {
    if (action.Type === 'CallAndBridge') return this.#legA
    const { CallId, ParticipantTag } = action.Parameters as { CallId?: string; ParticipantTag?: string }
    if (CallId !== undefined) return this.#legs().find((leg) => leg.id === CallId)
    if (ParticipantTag !== undefined) return this.#legs().find((leg) => leg.tag === ParticipantTag)
    return this.#meant
  }

  // --- Legs. ---

  #legs(): CallLeg[] {
    return this.#legB === undefined ? [this.#legA] : [this.#legA, this.#legB]
  }

  #isBridged(): boolean {
    return this.#connection !== undefined && this.#legA.isUp && this.#legB?.isUp === true
  }

  #joined(leg: Leg, connection: Connection): void {
    this.#connection = connection
    this.#legB = new CallLeg(leg, 'LEG-B')
    this.#watch(this.#legB)
  }

  #listen(leg: CallLeg, parameters: ActionOf<'ReceiveDigits'>['Parameters']): void {
    this.#listening.get(leg.id)?.()
    const forget = listenForDigits(leg, parameters, this.#parts.tools.clock, (digits) => {
      this.#listening.delete(leg.id)
      const data: ActionData = {
        Type: 'ReceiveDigits',
        Parameters: { ...parameters, CallId: leg.id },
        ReceivedDigits: digits,
      }
      this.#tell({ type: 'DIGITS_RECEIVED', leg, actionData: data })
    })
    this.#listening.set(leg.id, forget)
  }

  #watch(leg: CallLeg): void {
    this.#hangupsToTell++
    leg.leg.onEnd((end) => void this.#legEnded(leg, end))
  }

  async #legEnded(leg: CallLeg, end: LegEnd): Promise<void> {
    if (leg.end !== undefined) return
    leg.end = end
    this.#connection?.release()
    this.#connection = undefined
    this.#legA.digits.clear()
    this.#listening.get(leg.id)?.()
    this.#listening.delete(leg.id)
    this.#queue = this.#queue.filter((raw) => !this.#isBoundTo(raw, leg))
    await this.#letGo(leg)
    await this.#recordings
      .stop(leg)
      .catch((cause: unknown) => this.#log({ level: 'ERROR', recording: leg.id, error: messageOf(cause) }))
    this.#tell({ type: 'HANGUP', leg, actionData: hangupData(leg, end) })
  }

  /** Cuts off what runs on a leg that is gone, so that what it has to show is told before HANGUP. */
  async #letGo(leg: CallLeg): Promise<void> {
    const running = this.#running
    if (running === undefined || running.leg !== leg) return
    running.abort.abort('leg-ended' satisfies AbortReason)
    const enough = new AbortController()
    await Promise.race([running.settled, pause(this.#parts.tools.clock, letGoMs, enough.signal)])
    enough.abort()
  }

  #isBoundTo(raw: RawAction, leg: CallLeg): boolean {
    if (raw.Type === 'CallAndBridge') return leg === this.#legA
    const { CallId, ParticipantTag } = parametersOf(raw)
    if (CallId !== undefined) return CallId === leg.id
    return ParticipantTag === undefined ? this.#meant === leg : ParticipantTag === leg.tag
  }

  // --- When nothing more is to be expected. ---

  /** Two parties go on talking; one hears an apology (or, unanswered, gets 480); the service itself only hangs up. */
  #giveUp(reason: string, happening: Happening): void {
    this.#log({ level: 'ERROR', event: happening.type, gaveUp: reason })
    if (this.#parts.tools.profile.isCaring && this.#isBridged() && happening.type !== 'HANGUP') return
    this.#end(reason)
  }

  #end(reason: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#queue = []
    this.#running?.abort.abort('call-over' satisfies AbortReason)
    const { tools, apologyPath } = this.#parts
    const up = this.#legs().filter((leg) => leg.isUp)
    const words = tools.profile.isCaring && up.length === 1 ? apologyPath : undefined
    for (const leg of up) void apologise(leg, words, tools.clock, reason)
  }

  /** Nothing runs and nothing is asked: the call is over, or somebody hears nothing and nobody will do anything about it. */
  #rest(): void {
    if (this.#isAsking || this.#isRunning || this.#outbox.length > 0 || this.#isOver) return
    if (this.#legs().every((leg) => !leg.isUp)) {
      // A leg that has just ended is told of by HANGUP first.
      if (this.#hangupsToTell > 0) return
      this.#isOver = true
      this.#forgetIdle()
      this.#parts.onOver()
      return
    }
    if (this.#isBridged() || this.#isEnding) return
    this.#forgetIdle()
    this.#forgetIdle = this.#parts.tools.clock.after(unservedCallMs, () => this.#forgotten())
  }

  #forgotten(): void {
    this.#log({ level: 'WARN', note: 'a leg is up with nothing to do; on the service it would be billed on' })
    if (this.#parts.tools.profile.isCaring) this.#end('nothing to do for 30 s')
  }

  #log(line: Readonly<Record<string, unknown>>): void {
    const { accountId, transactionId } = this.#parts.identity
    this.#parts.log({ accountId, callId: transactionId, ...line })
  }
}

const parametersOf = (raw: RawAction): Readonly<Record<string, unknown>> =>
  typeof raw.Parameters === 'object' && raw.Parameters !== null ? { ...raw.Parameters } : {}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
