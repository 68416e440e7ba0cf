import type { SipRequest, SipResponse } from '../message.ts'
import type { TimerQueue } from '../timer-queue.ts'
import {
  type Action,
  type Input,
  inviteClient,
  inviteServer,
  nonInviteClient,
  nonInviteServer,
  T2,
  type Table,
  type TimerName,
  timerLength,
} from './tables.ts'

export interface Wire {
  readonly reliable: boolean
  /** Puts bytes on the way; a failure comes back as the input 'transport error'. */
  send(message: SipRequest | SipResponse): void
}

export interface Listener {
  /** A response for the transaction user, or the ACK of a 2xx. */
  response?(response: SipResponse): void
  ack?(request: SipRequest): void
  timedOut?(): void
  failed?(): void
  ended(): void
}

const machines: Readonly<
  Record<'client' | 'server', Readonly<Record<'invite' | 'other', { readonly table: Table; readonly start: string }>>>
> = {
  client: { invite: { table: inviteClient, start: 'calling' }, other: { table: nonInviteClient, start: 'trying' } },
  server: { invite: { table: inviteServer, start: 'proceeding' }, other: { table: nonInviteServer, start: 'trying' } },
}

/** One transaction: a table, its state, and the timers that run. What is sent again is kept here, bytes are made by the wire. */
export class Transaction {
  readonly request: SipRequest
  readonly role: 'client' | 'server'
  state: string
  readonly #table: Table
  readonly #wire: Wire
  readonly #timers: TimerQueue
  readonly #listener: Listener
  readonly #running = new Map<TimerName, () => void>()
  readonly #times = new Map<TimerName, number>()
  /** Makes the ACK of a non-2xx final response (§17.1.1.3). */
  readonly #makeAck: ((response: SipResponse) => SipRequest) | undefined
  #last: SipRequest | SipResponse | undefined
  readonly #ended: (() => void)[] = []

  constructor(
    role: 'client' | 'server',
    request: SipRequest,
    wire: Wire,
    timers: TimerQueue,
    listener: Listener,
    makeAck?: (response: SipResponse) => SipRequest,
  ) {
    const machine = machines[role][request.method === 'INVITE' ? 'invite' : 'other']
    this.role = role
    this.request = request
    this.#table = machine.table
    this.state = machine.start
    this.#wire = wire
    this.#timers = timers
    this.#listener = listener
    this.#makeAck = makeAck
  }

  /** Called once when the transaction is over. */
  onEnded(listener: () => void): void {
    this.#ended.push(listener)
  }

  /** Sends the request of a client transaction for the first time. */
  start(): void {
    this.#last = this.request
    this.#wire.send(this.request)
    const invite = this.request.method === 'INVITE'
    this.#act(invite ? 'start A' : 'start E')
    this.#act(invite ? 'start B' : 'start F')
  }

  /** Sends a response of a server transaction; too late ones are ignored. */
  respond(response: SipResponse): void {
    const input: Input = response.status < 200 ? 'send 1xx' : response.status < 300 ? 'send 2xx' : 'send final'
    if (this.#table[this.state]?.[input] === undefined) return
    this.#last = response
    this.handle(input)
  }

  received(message: SipRequest | SipResponse): void {
    if (message.kind === 'request') return this.handle(message.method === 'ACK' ? 'ack' : 'request again', message)
    this.handle(message.status < 200 ? '1xx' : message.status < 300 ? '2xx' : 'final', message)
  }

  handle(input: Input, message?: SipRequest | SipResponse): void {
    const row = this.#table[this.state]?.[input]
    if (row === undefined) return
    const [next, ...actions] = row
    this.state = next
    for (const action of actions) this.#act(action, message)
  }

  /** Forgets everything at once: the stack is closing, or the dialog no longer wants it. */
  drop(): void {
    this.state = 'terminated'
    this.#act('end')
  }

  #act(action: Action, message?: SipRequest | SipResponse): void {
    const [verb, name] = action.split(' ') as [string, TimerName | undefined]
    if (verb === 'start' && name !== undefined) return this.#start(name, action === 'start E at T2')
    if (verb === 'stop' && name !== undefined) return this.#stop(name)
    switch (action) {
      case 'send':
      case 'send again':
        if (this.#last !== undefined) this.#wire.send(this.#last)
        return
      case 'send ACK':
        if (message?.kind === 'response' && this.#makeAck !== undefined) this.#wire.send(this.#makeAck(message))
        return
      case 'pass':
        if (message?.kind === 'response') this.#listener.response?.(message)
        return
      case 'pass ACK':
        if (message?.kind === 'request') this.#listener.ack?.(message)
        return
      case 'time out':
        return this.#listener.timedOut?.()
      case 'transport failed':
        return this.#listener.failed?.()
      case 'end':
        for (const running of this.#running.keys()) this.#stop(running)
        for (const listener of this.#ended) listener()
        return this.#listener.ended()
      default:
        return
    }
  }

  #start(name: TimerName, atT2: boolean): void {
    const times = this.#times.get(name) ?? 0
    const length = atT2 ? T2 : timerLength(name, this.#wire.reliable, times)
    if (length === undefined) return
    this.#times.set(name, times + 1)
    this.#stop(name)
    if (length === 0) return this.handle(name)
    this.#running.set(
      name,
      this.#timers.at(this.#timers.nowMs + length, () => {
        this.#running.delete(name)
        this.handle(name)
      }),
    )
  }

  #stop(name: TimerName): void {
    this.#running.get(name)?.()
    this.#running.delete(name)
  }
}
