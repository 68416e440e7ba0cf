import { Completed } from './completed.ts'
import { branchCookie, makeResponse, newBranch, newTag, noteSource } from './compose.ts'
import { joined } from './detached.ts'
import { parseMessage, type SipMessage, type SipRequest, type SipResponse, serialise } from './message.ts'
import { createResolver } from './next-hop.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { createTimerQueue, type TimerQueue } from './timer-queue.ts'
import { type Listener, Transaction, type Wire } from './transaction/transaction.ts'
import type { OpenFlow, StreamLimits, TransportEvents } from './transport/open-flow.ts'
import { type OpenUdp, openUdp } from './transport/udp.ts'
import { type TransportOptions, Transports } from './transports.ts'
import type { SipUri } from './uri.ts'
import type { Flow, SipTransport } from './user-agent.ts'

export interface StackOptions extends TransportOptions {
  readonly serverName?: string
  /** Told of what a listener throws; the request is answered 500 and the rest goes on. @default it is thrown again */
  readonly onError?: (error: unknown) => void
  readonly limits?: {
    /** Requests outside dialogs from one address, a second and at once. @default 1,000 and 4,000 */
    readonly perSourcePerSecond?: number
    readonly perSourceBurst?: number
    /** The same of everybody together, registrations left out: they must go on when calls are a flood. @default 5,000 and 20,000 */
    readonly overallPerSecond?: number
    readonly overallBurst?: number
    /** Requests in hand, answered ones left out. @default 200,000 */
    readonly transactionsMax?: number
    readonly streams?: Partial<StreamLimits>
  }
}

/** What the machine lends the stack; a test lends its own clock and network. */
export interface System {
  readonly createTimerQueue: () => TimerQueue
  readonly openUdp: OpenUdp
}

export const realSystem: System = { createTimerQueue, openUdp }

/** What the layer above says and hears. */
export interface StackEvents {
  /** A request that belongs to no transaction yet, and the transaction made for it. */
  request(request: SipRequest, flow: Flow, transaction: Transaction): void
  /** An ACK that no transaction took: the one of a 2xx. */
  ack(request: SipRequest): void
  flowClosed(flow: Flow): void
  /** A request of somebody is answered and its repeats need not be waited for any more. */
  ended(transaction: Transaction): void
  /** True for a request within a dialog that exists: it is not counted against its source. */
  isExpected(request: SipRequest): boolean
}

const defaults = {
  perSourcePerSecond: 1_000,
  perSourceBurst: 4_000,
  overallPerSecond: 5_000,
  overallBurst: 20_000,
  transactionsMax: 200_000,
}
/** Answers a second to one address we refuse, and at once; beyond that its requests are dropped unanswered. */
const refusalsPerSecond = 50
const refusalsBurst = 100
/** Answered requests kept to answer their repeats. Under a flood the oldest go before timer J; repeats come within seconds. */
const completedMax = 60_000

type Watcher = (direction: 'in' | 'out', bytes: Uint8Array, flow: Flow, atMs: number) => void

/** Transports and transactions together: whole messages in, transactions out. RFC 3261 §§17-18. */
export class Stack {
  readonly timers: TimerQueue
  readonly options: StackOptions
  readonly transports: Transports
  readonly #events: StackEvents
  readonly #transactions = new Map<string, Transaction>()
  readonly #completed = new Completed(completedMax)
  /** Request-URIs of client transactions. */
  readonly #sentUris = new Map<string, string>()
  /** Client transactions by flow, to be told when it breaks. */
  readonly #byFlow = new Map<string, Set<Transaction>>()
  readonly #watchers: Watcher[] = []
  readonly #wires = new WeakMap<Flow, Wire>()
  /** One for all requests of others: there are many thousands in a busy minute. */
  readonly #server: Listener = {
    completed: (transaction) => this.#completed.add(transaction),
    timedOut: (transaction) => this.#unanswered(transaction),
    ended: (transaction) => {
      this.#transactions.delete(transaction.key)
      this.#completed.ended(transaction)
      this.#events.ended(transaction)
    },
  }
  readonly #resolver
  readonly #perSource: RateLimit
  readonly #overall: RateLimit
  readonly #refusals: RateLimit

  private constructor(options: StackOptions, events: StackEvents, transports: Transports, timers: TimerQueue) {
    const limits = { ...defaults, ...options.limits }
    const now = () => timers.nowMs
    this.options = options
    this.transports = transports
    this.timers = timers
    this.#events = events
    this.#resolver = createResolver(now)
    this.#perSource = createRateLimit(limits.perSourcePerSecond, limits.perSourceBurst, now)
    this.#overall = createRateLimit(limits.overallPerSecond, limits.overallBurst, now)
    this.#refusals = createRateLimit(refusalsPerSecond, refusalsBurst, now)
  }

  /** Rejects when a port is taken. */
  static async open(options: StackOptions, events: StackEvents, system: System): Promise<Stack> {
    let stack: Stack | undefined
    const heard: TransportEvents = {
      received: (bytes, flow) => {
        if (stack !== undefined) stack.#received(bytes, flow)
      },
      closed: (flow) => {
        if (stack !== undefined) stack.#closed(flow)
      },
      failed: (flow) => {
        if (stack !== undefined) stack.#broken(flow)
      },
    }
    const transports = await Transports.open(options, options.limits?.streams ?? {}, heard, system.openUdp)
    stack = new Stack(options, events, transports, system.createTimerQueue())
    return stack
  }

  watch(listener: Watcher): void {
    this.#watchers.push(listener)
  }

  contact(transport: SipTransport, user = 'offhook'): string {
    return `<sip:${user}@${this.transports.sentBy(transport)}${transport === 'udp' ? '' : `;transport=${transport}`}>`
  }

  via(flow: Flow, branch: string): string {
    return `SIP/2.0/${flow.transport.toUpperCase()} ${this.transports.sentBy(flow.transport)};branch=${branch};rport`
  }

  /** The way to a URI for a request of about so many bytes. Rejects when there is none. */
  async flowFor(uri: SipUri, wanted?: SipTransport, requestBytes = 0): Promise<Flow> {
    return this.transports.flowTo(await this.#resolver.resolve(uri, wanted), requestBytes)
  }

  #write(bytes: Uint8Array, flow: OpenFlow): void {
    if (this.#watchers.length > 0)
      for (const watcher of this.#watchers) watcher('out', bytes, flow, Math.floor(this.timers.nowMs))
    flow.write(bytes)
  }

  /** Sends outside any transaction: ACK of a 2xx, answers to what cannot be read. */
  sendStateless(message: SipMessage, flow: Flow): void {
    this.#write(serialise(message), flow as OpenFlow)
  }

  /** Starts a client transaction on a flow. The request gets our Via on top. */
  startClient(request: SipRequest, flow: Flow, listener: Listener, branch = newBranch()): Transaction {
    request.headers.prepend('Via', this.via(flow, branch))
    const key = `c|${branch}|${request.method}`
    const transaction = new Transaction(
      'client',
      request.method,
      this.#wire(flow),
      this.timers,
      {
        ...listener,
        ended: () => {
          this.#forget(key, flow, transaction)
          listener.ended?.(transaction)
        },
      },
      (response) => this.#ackOf(request, response),
      key,
    )
    this.#transactions.set(key, transaction)
    this.#sentUris.set(key, request.uri)
    const onFlow = this.#byFlow.get(flow.id) ?? new Set()
    this.#byFlow.set(flow.id, onFlow.add(transaction))
    transaction.start(request)
    return transaction
  }

  #wire(flow: Flow): Wire {
    const known = this.#wires.get(flow)
    if (known !== undefined) return known
    const wire = {
      reliable: flow.transport !== 'udp',
      write: (bytes: Uint8Array) => this.#write(bytes, flow as OpenFlow),
    }
    this.#wires.set(flow, wire)
    return wire
  }

  #forget(key: string, flow: Flow, transaction: Transaction): void {
    this.#transactions.delete(key)
    this.#sentUris.delete(key)
    const onFlow = this.#byFlow.get(flow.id)
    onFlow?.delete(transaction)
    if (onFlow?.size === 0) this.#byFlow.delete(flow.id)
  }

  /** The ACK of a non-2xx goes with the INVITE's own Via, RFC 3261 §17.1.1.3. */
  #ackOf(invite: SipRequest, response: SipResponse): SipRequest {
    const headers = invite.headers
    const ack = makeResponse(invite, 0, undefined).headers
    for (const name of ['Via', 'Record-Route', 'To', 'CSeq']) ack.remove(name)
    ack.append('Via', headers.getAll('via')[0] ?? '')
    for (const route of headers.getAll('route')) ack.append('Route', route)
    ack.append('To', response.headers.get('to') ?? headers.get('to') ?? '')
    ack.append('CSeq', `${headers.cseq.number} ACK`)
    ack.append('Max-Forwards', '70')
    return { kind: 'request', method: 'ACK', uri: invite.uri, headers: ack, body: new Uint8Array(0) }
  }

  /** A mistake of ours in one message must not end the calls of all. */
  #received(bytes: Uint8Array, flow: OpenFlow): void {
    const { onError } = this.options
    if (onError === undefined) return this.#read(bytes, flow)
    try {
      this.#read(bytes, flow)
    } catch (error) {
      onError(error)
    }
  }

  #read(bytes: Uint8Array, flow: OpenFlow): void {
    if (this.#watchers.length > 0)
      for (const watcher of this.#watchers) watcher('in', bytes, flow, Math.floor(this.timers.nowMs))
    const parsed = parseMessage(bytes)
    if (parsed.kind === 'dropped') return
    if (parsed.kind === 'refused') return this.#refuse(parsed.request, flow, parsed.status, { reason: parsed.reason })
    if (parsed.message.kind === 'response') return this.#response(parsed.message)
    this.#request(parsed.message, flow)
  }

  /** Answers without a transaction, but not for ever: what we refuse must not cost more than what we serve. */
  #refuse(request: SipRequest, flow: OpenFlow, status: number, parts: Parameters<typeof makeResponse>[3]): void {
    if (request.method === 'ACK' || !this.#refusals.take(flow.remoteAddress)) return
    noteSource(request, flow)
    this.sendStateless(makeResponse(request, status, newTag(), parts), flow)
  }

  #response(response: SipResponse): void {
    const branch = response.headers.via?.params.get('branch')
    // A response whose Via is not one of ours has no transaction here and is dropped (§18.1.2).
    this.#transactions.get(`c|${branch}|${response.headers.cseq.method}`)?.received(response)
  }

  /** RFC 3261 §17.2.3; the second form is for clients of RFC 2543. */
  serverKey(request: SipRequest, method = request.method): string {
    const via = request.headers.via
    const branch = via?.params.get('branch') ?? ''
    const of = method === 'ACK' ? 'INVITE' : method
    if (branch.startsWith(branchCookie) && branch.length > branchCookie.length)
      return joined(['s', branch, via?.host ?? '', via?.port ?? '', of])
    const { callId, cseq, from } = request.headers
    return joined(['s2', callId, cseq.number, from.params.get('tag') ?? '', request.uri, of])
  }

  findServer(request: SipRequest, method: string): Transaction | undefined {
    return this.#transactions.get(this.serverKey(request, method))
  }

  /**
   * A request that went out from here and came back with nothing changed. With another Request-URI it is a spiral, and fine: a call to a
   * number of our own through a carrier. RFC 3261 §16.3 step 4.
   */
  isLooped({ headers, method, uri }: SipRequest): boolean {
    if (this.#sentUris.size === 0) return false
    return headers
      .values('via')
      .some((value) => this.#sentUris.get(`c|${/;\s*branch\s*=\s*([^\s;,]+)/i.exec(value)?.[1]}|${method}`) === uri)
  }

  #request(request: SipRequest, flow: OpenFlow): void {
    const key = this.serverKey(request)
    const known = this.#transactions.get(key)
    if (request.method === 'ACK') {
      if (known === undefined || known.state === 'accepted') this.#events.ack(request)
      return known?.received(request)
    }
    if (known !== undefined) return known.received(request)
    const busy = this.#busySeconds(request, flow)
    if (busy !== undefined) return this.#refuse(request, flow, 503, { headers: [['Retry-After', String(busy)]] })
    noteSource(request, flow)
    const wire = this.#wire(flow)
    const transaction = new Transaction('server', request.method, wire, this.timers, this.#server, undefined, key)
    this.#transactions.set(key, transaction)
    try {
      this.#events.request(request, flow, transaction)
    } catch (error) {
      transaction.respond(makeResponse(request, 500, newTag()))
      throw error
    }
  }

  /** A call that was neither answered nor refused: refused now, or dropped when nobody knows of it. */
  #unanswered(transaction: Transaction): void {
    if (transaction.state !== 'proceeding') return
    transaction.canceller?.cancel()
    if (transaction.state === 'proceeding') transaction.drop()
  }

  /** When to come again, seconds, while the source or everybody asks too much; `undefined` when there is room. */
  #busySeconds(request: SipRequest, flow: OpenFlow): number | undefined {
    const limit = this.options.limits?.transactionsMax ?? defaults.transactionsMax
    if (this.#transactions.size - this.#completed.size >= limit) return 10
    if (request.headers.to.params.has('tag') && this.#events.isExpected(request)) return undefined
    if (!this.#perSource.take(flow.remoteAddress)) return 5
    return request.method === 'REGISTER' || this.#overall.take('') ? undefined : 5
  }

  #broken(flow: OpenFlow): void {
    for (const transaction of [...(this.#byFlow.get(flow.id) ?? [])]) transaction.input('transport error')
  }

  #closed(flow: OpenFlow): void {
    this.#broken(flow)
    this.#events.flowClosed(flow)
  }

  counts(): { transactions: number; timers: number; connections: number } {
    return {
      transactions: this.#transactions.size,
      timers: this.timers.size,
      connections: this.transports.connections,
    }
  }

  async close(): Promise<void> {
    for (const transaction of [...this.#transactions.values()]) {
      // Whoever waits for an answer is told.
      transaction.input('transport error')
      transaction.drop()
    }
    this.timers.close()
    await this.transports.close()
  }
}
