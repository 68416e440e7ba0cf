import type { Disposition, EndedBy } from '../model/cdr.ts'
import type { AccountRevision } from './account-revision.ts'
import type { CallTraits } from './call-state.ts'
import { type CallState, callBounds } from './call-state.ts'
import type { RingPlan } from './ring-plan.ts'
import { CallCommand, type CallCommandInput, type CallEvent } from './vocabulary.ts'

/** Where a call stands: a node of a callflow, or a module run for a feature code or a plain number. */
export interface Position {
  readonly callflowId?: string | undefined
  readonly nodeId: string
  readonly module: string
  readonly params?: Record<string, unknown> | undefined
}

/** What to do next inside a turn. */
export type Task =
  | { readonly task: 'enter' }
  | { readonly task: 'begin'; readonly position: Position }
  | { readonly task: 'resume'; readonly position: Position; readonly event: CallEvent; readonly memo: unknown }

/** Commands whose answer is an event. At most one a turn, the last. */
export const awaited: Readonly<Partial<Record<CallCommand['type'], CallEvent['type']>>> = {
  'look-up': 'looked-up',
  play: 'played',
  gather: 'digits',
  record: 'recorded',
  ring: 'rang',
  pause: 'paused',
  'ask-url': 'answered-url',
}

/** Commands that answer a caller who has not been answered. */
const answering: ReadonlySet<CallCommand['type']> = new Set(['play', 'gather', 'record'])

const callsOut = ({ legs }: RingPlan): boolean =>
  legs.some(({ target }) => target.kind === 'trunk' && target.emergency === undefined)

/** A turn in the making. The state given to `step` is never touched: this one is a copy whose parts are replaced, not changed. */
export class Work {
  readonly config: AccountRevision
  readonly at: string
  state: CallState
  readonly commands: CallCommand[] = []
  hops = 0

  constructor(config: AccountRevision, state: CallState, at: string) {
    this.config = config
    this.state = state
    this.at = at
  }

  patch(change: Partial<CallState>): void {
    this.state = { ...this.state, ...change }
  }

  traits(change: Partial<CallTraits> | undefined): void {
    if (change !== undefined) this.patch({ traits: { ...this.state.traits, ...change } })
  }

  /** The caller is again whoever it was before DISA. */
  actAsOneself(): void {
    const { actsAs: _actsAs, ...traits } = this.state.traits
    this.patch({ traits })
  }

  /** Notes a decision for the CDR; the last ones are kept when there are too many. */
  note(step: CallState['path'][number]): void {
    const clipped = { ...step, ...(step.reason === undefined ? {} : { reason: step.reason.slice(0, 200) }) }
    this.patch({ path: [...this.state.path, clipped].slice(-callBounds.pathSteps) })
  }

  /** Gives commands. Those that serve the caller answer the call; the one that waits says for what. */
  command(input: CallCommandInput): void {
    const command = this.#named(CallCommand.parse(input))
    this.commands.push(command)
    if (answering.has(command.type) && !this.state.answered) this.patch({ answered: true })
    const awaiting = awaited[command.type]
    if (awaiting !== undefined) this.patch({ awaiting })
    if (command.type === 'gather' && command.secret === true) this.patch({ asksSecret: true })
    if (command.type === 'ring')
      this.patch({ planId: command.plan.id, ...(callsOut(command.plan) ? { outside: true } : {}) })
  }

  /** A question to a URL gets the name that a repeated turn gives it, too. */
  #named(command: CallCommand): CallCommand {
    if (command.type !== 'ask-url') return command
    const { callId, turn, asked } = this.state
    const id = `${callId}/${turn}/${this.commands.length}`
    this.patch({ asked: { id, times: (asked?.times ?? 0) + 1, chars: asked?.chars ?? 0 } })
    return { ...command, id }
  }

  /** The call is over: everybody is let go, once. */
  end(
    disposition: Disposition,
    by: EndedBy,
    reason: string,
    cause: 'normal' | 'busy' | 'unavailable' = 'normal',
    nobodyLeft = false,
  ): void {
    if (this.state.phase === 'ended') return
    this.#tellOfMissed()
    const { position: _position, awaiting: _awaiting, asksSecret: _asks, ...state } = this.state
    const { planId: _planId, pending: _pending, brought: _brought, ...rest } = state
    this.state = {
      ...rest,
      phase: 'ended',
      facts: [],
      end: { at: this.at, disposition, by, reason: reason.slice(0, 200) },
    }
    if (!nobodyLeft) this.command({ type: 'hang-up', leg: 'all', cause })
  }

  #tellOfMissed(): void {
    const { traits, direction, answeredAt, caller, dialled, arrivedAt } = this.state
    const to = traits.tellIfMissed ?? []
    if (to.length === 0 || direction !== 'inbound' || answeredAt !== undefined || traits.voicemailBoxId !== undefined)
      return
    const number = caller.anonymous ? undefined : caller.number
    const from = [caller.name, number].filter((part) => part !== undefined).join(' ') || 'an unknown caller'
    const text = `A call from ${from} to ${dialled} was missed.`
    this.command({ type: 'notify', what: 'missed-call', to, text, details: { from, to: dialled, at: arrivedAt } })
  }
}
