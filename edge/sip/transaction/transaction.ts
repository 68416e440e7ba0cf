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
  timedOut?(transaction: Transaction): void
  failed?(): void
  /** A final answer is out and only repeats are waited for. */
  completed?(transaction: Transaction): void
  ended?(transaction: Transaction): void
}

/** These send again; all others end a state. Of each kind one runs at a time, by the tables. */
const isRepeater = (name: TimerName): boolean => name === 'A' || name === 'E' || name === 'G'
const never = Number.POSITIVE_INFINITY

/** One transaction: a table, its state, the timers that run, and the bytes to send again. What they were made from is not kept. */
export class Transaction {
  state: State
  readonly #table: Table
  readonly #isInvite: boolean
  readonly #wire: Wire
  readonly #timers: TimerQueue
  readonly #listener: Listener
  #repeat: TimerName | undefined
  #repeatAtMs = never
  #limit: TimerName | undefined
  #limitAtMs = never
  /**
   * The one deadline in the queue, never later than the two above. A timer that is stopped leaves it where it is: nearly every
   * request is answered long before, and then waits just as long for repeats.
   */
  #wakeAtMs = never
  #cancelWake: (() => void) | undefined
  /** How often A, E or G has run: a transaction has only one of them. */
  #repeats = 0
  /** Makes the ACK of a non-2xx final response (§17.1.1.3). */
  readonly #makeAck: ((response: SipResponse) => SipRequest) | undefined
  /** What a CANCEL does to the INVITE of this transaction while it has no final answer. */
  canceller: { readonly localTag: string; cancel(): void } | undefined
  #last: Uint8Array | undefined
  #ended: (() => void)[] | undefined
  /** By which whoever made it finds it again. */
  readonly key: string
  /** What tells the request from the same one come by another way; empty when nobody asked. */
  identity = ''
  /** True while it is among the answered ones that are kept. */
  isKept = false

  constructor(
    role: 'client' | 'server',
    method: string,
    wire: Wire,
    timers: TimerQueue,
    listener: Listener,
    makeAck?: (response: SipResponse) => SipRequest,
    key = '',
  ) {
    this.key = key
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

  /** Called once when the transaction is over. Returns what removes the listener: an answered request is kept for long. */
  onEnded(listener: () => void): () => void {
    if (this.state === 'terminated') listener()
    else this.#ended = [...(this.#ended ?? []), listener]
    return () => {
      this.#ended = this.#ended?.filter((each) => each !== listener)
    }
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
    if (isCompleted && this.state === 'completed') this.#listener.completed?.(this)
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
        return this.#listener.timedOut?.(this)
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
    this.#repeatAtMs = never
    this.#limitAtMs = never
    this.#cancelWake?.()
    this.#cancelWake = undefined
    this.#last = undefined
    const listeners = this.#ended ?? []
    this.#ended = undefined
    for (const listener of listeners) listener()
    this.#listener.ended?.(this)
  }

  #start(name: TimerName, fixedMs?: number): void {
    const length = fixedMs ?? timerLength(name, this.#wire.reliable, this.#repeats)
    if (length === undefined || this.state === 'terminated') return
    if (isRepeater(name)) this.#repeats += 1
    if (length === 0) return this.input(name)
    const atMs = this.#timers.nowMs + length
    if (isRepeater(name)) {
      this.#repeat = name
      this.#repeatAtMs = atMs
    } else {
      this.#limit = name
      this.#limitAtMs = atMs
    }
    this.#arm()
  }

  #stop(name: TimerName): void {
    if (name === this.#repeat) this.#repeatAtMs = never
    else if (name === this.#limit) this.#limitAtMs = never
  }

  #arm(): void {
    const nextMs = Math.min(this.#repeatAtMs, this.#limitAtMs)
    if (nextMs >= this.#wakeAtMs || nextMs === never) return
    this.#cancelWake?.()
    this.#wakeAtMs = nextMs
    this.#cancelWake = this.#timers.at(nextMs, () => this.#wake())
  }

  #wake(): void {
    this.#wakeAtMs = never
    this.#cancelWake = undefined
    const { nowMs } = this.#timers
    // A repeater that is started again is due later than now, and what ends a state is started once in it.
    while (Math.min(this.#repeatAtMs, this.#limitAtMs) <= nowMs) this.input(this.#takeDue())
    this.#arm()
  }

  #takeDue(): TimerName {
    const isRepeat = this.#repeatAtMs <= this.#limitAtMs
    const name = isRepeat ? this.#repeat : this.#limit
    if (isRepeat) this.#repeatAtMs = never
    else this.#limitAtMs = never
    if (name === undefined) throw new Error('a timer without a name is due')
    return name
  }
}
