import { type SipMessage, type SipRequest, type SipResponse, serialise } from '../message.ts'
import type { TimerQueue } from '../timer-queue.ts'
import {
  type Action,
  handle,
  type Input,
  machines,
  type State,
  T2,
  type Table,
  type TimerName,
  timerLength,
} from './tables.ts'

export interface Wire {
  readonly reliable: boolean
  /** Puts bytes on the way; a failure comes back as the input 'transport error'. */
  write(bytes: Uint8Array): void
}

export interface Listener {
  /** A response for the transaction user. */
  response?(response: SipResponse): void
  timedOut?(): void
  failed?(): void
  /** A final answer is out and only repeats are waited for. */
  completed?(): void
  ended?(): void
}

/** One transaction: a table, its state, the timers that run, and the bytes to send again. What they were made from is not kept. */
export class Transaction {
  state: State
  readonly #table: Table
  readonly #isInvite: boolean
  readonly #wire: Wire
  readonly #timers: TimerQueue
  readonly #listener: Listener
  readonly #running = new Map<TimerName, () => void>()
  /** How often A, E or G has run: a transaction has only one of them. */
  #repeats = 0
  /** Makes the ACK of a non-2xx final response (§17.1.1.3). */
  readonly #makeAck: ((response: SipResponse) => SipRequest) | undefined
  /** What a CANCEL does to the INVITE of this transaction while it has no final answer. */
  canceller: { readonly localTag: string; cancel(): void } | undefined
  #last: Uint8Array | undefined
  #ended: (() => void)[] = []

  constructor(
    role: 'client' | 'server',
    method: string,
    wire: Wire,
    timers: TimerQueue,
    listener: Listener,
    makeAck?: (response: SipResponse) => SipRequest,
  ) {
    this.#isInvite = method === 'INVITE'
    const machine = machines[role][this.#isInvite ? 'invite' : 'other']
    this.#table = machine.table
    this.state = machine.start
    this.#wire = wire
    this.#timers = timers
    this.#listener = listener
    this.#makeAck = makeAck
    if (role === 'server') this.#start(this.#isInvite ? 'C' : 'N')
  }

  /** Called once when the transaction is over. */
  onEnded(listener: () => void): void {
    if (this.state === 'terminated') listener()
    else this.#ended.push(listener)
  }

  /** Sends the request of a client transaction for the first time. */
  start(request: SipRequest): void {
    this.#last = serialise(request)
    this.#start(this.#isInvite ? 'A' : 'E')
    this.#start(this.#isInvite ? 'B' : 'F')
    this.#wire.write(this.#last)
  }

  /** Sends a response of a server transaction; too late ones are ignored. */
  respond(response: SipResponse): void {
    const input: Input = response.status < 200 ? 'send 1xx' : response.status < 300 ? 'send 2xx' : 'send final'
    if (this.#table[this.state]?.[input] === undefined) return
    this.#last = serialise(response)
    this.input(input)
  }

  received(message: SipMessage): void {
    if (message.kind === 'request') return this.input(message.method === 'ACK' ? 'ack' : 'request again')
    this.input(message.status < 200 ? '1xx' : message.status < 300 ? '2xx' : 'final', message)
  }

  input(input: Input, response?: SipResponse): void {
    const row = handle(this.#table, this.state, input)
    const [next] = row
    const isCompleted = next === 'completed' && this.state !== 'completed'
    this.state = next
    for (let at = 1; at < row.length; at += 1) this.#act(row[at] as Action, response)
    if (isCompleted && this.state === 'completed') this.#listener.completed?.()
  }

  /** Forgets everything at once: the stack is closing, or nobody wants it any more. */
  drop(): void {
    if (this.state === 'terminated') return
    this.state = 'terminated'
    this.#act('end')
  }

  #act(action: Action, response?: SipResponse): void {
    switch (action) {
      case 'send':
      case 'send again':
        if (this.#last !== undefined) this.#wire.write(this.#last)
        return
      case 'send ACK':
        if (response !== undefined && this.#makeAck !== undefined) this.#wire.write(serialise(this.#makeAck(response)))
        return
      case 'pass':
        if (response !== undefined) this.#listener.response?.(response)
        return
      case 'time out':
        return this.#listener.timedOut?.()
      case 'transport failed':
        return this.#listener.failed?.()
      case 'start E at T2':
        return this.#start('E', T2)
      case 'end':
        return this.#end()
      default:
        return action.startsWith('start ')
          ? this.#start(action.slice(6) as TimerName)
          : this.#stop(action.slice(5) as TimerName)
    }
  }

  #end(): void {
    for (const running of [...this.#running.keys()]) this.#stop(running)
    this.#last = undefined
    const listeners = this.#ended
    this.#ended = []
    for (const listener of listeners) listener()
    this.#listener.ended?.()
  }

  #start(name: TimerName, fixedMs?: number): void {
    const length = fixedMs ?? timerLength(name, this.#wire.reliable, this.#repeats)
    if (length === undefined || this.state === 'terminated') return
    if (name === 'A' || name === 'E' || name === 'G') this.#repeats += 1
    this.#stop(name)
    if (length === 0) return this.input(name)
    this.#running.set(
      name,
      this.#timers.at(this.#timers.nowMs + length, () => {
        this.#running.delete(name)
        this.input(name)
      }),
    )
  }

  #stop(name: TimerName): void {
    this.#running.get(name)?.()
    this.#running.delete(name)
  }
}
