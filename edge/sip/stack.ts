import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { branchCookie, makeResponse, newBranch, newTag, noteSource } from './compose.ts'
import { parseMessage, type SipMessage, type SipRequest, type SipResponse, serialise } from './message.ts'
import { createResolver, type NextHop } from './next-hop.ts'
import { createRateLimit } from './rate-limit.ts'
import { createTimerQueue, type TimerQueue } from './timer-queue.ts'
import { type Listener, Transaction } from './transaction/transaction.ts'
import { type OpenFlow, type StreamLimits, streamLimits, type TransportEvents } from './transport/flow-table.ts'
import { type CertificateFiles, openStream, type StreamTransport } from './transport/stream.ts'
import { openUdp, type UdpTransport } from './transport/udp.ts'
import { openWebSocket, type WebSocketTransport } from './transport/websocket.ts'
import type { SipUri } from './uri.ts'
import type { Flow, SipTransport } from './user-agent.ts'

export interface StackOptions {
  readonly listen: {
    readonly host: string
    readonly udpPort?: number
    readonly tcpPort?: number
    readonly tlsPort?: number
    readonly tls?: CertificateFiles
  }
  /** HTTP servers that carry SIP over WebSocket. */
  readonly webSockets?: readonly {
    readonly server: HttpServer | HttpsServer
    readonly path: string
    readonly secure: boolean
  }[]
  /** Host put into Contact and Via when it is not the listening address. */
  readonly advertise?: string
  readonly serverName?: string
  readonly now?: () => number
  readonly limits?: {
    /** Requests outside dialogs from one address, a second and at once. */
    readonly perSourcePerSecond?: number
    readonly perSourceBurst?: number
    readonly transactionsMax?: number
    readonly streams?: Partial<StreamLimits>
  }
}

/** What the layer above hears. */
export interface StackEvents {
  /** A request that belongs to no transaction yet, and the transaction made for it. */
  request(request: SipRequest, flow: Flow, transaction: Transaction): void
  /** An ACK that no transaction took: the one of a 2xx. */
  ack(request: SipRequest): void
  flowClosed(flow: Flow): void
}

const defaults = { perSourcePerSecond: 400, perSourceBurst: 2_000, transactionsMax: 200_000 }

const anyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** Address others reach us by when we listen on all of them. */
function outsideAddress(host: string): string {
  const wanted = isIPv6(host) ? 'IPv6' : 'IPv4'
  const found = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === wanted)
  return found?.address ?? (wanted === 'IPv6' ? '::1' : '127.0.0.1')
}

/** Transports and transactions together: whole messages in, transactions out. RFC 3261 §§17-18. */
export class Stack {
  readonly timers: TimerQueue = createTimerQueue()
  readonly options: StackOptions
  readonly #events: StackEvents
  readonly #transactions = new Map<string, Transaction>()
  /** Client transactions by flow, to be told when it breaks. */
  readonly #byFlow = new Map<string, Set<Transaction>>()
  readonly #watchers: ((direction: 'in' | 'out', bytes: Uint8Array, flow: Flow, atMs: number) => void)[] = []
  readonly #resolver
  readonly #rate
  readonly #host: string
  udp: UdpTransport | undefined
  tcp: StreamTransport | undefined
  tls: StreamTransport | undefined
  #webSockets: WebSocketTransport[] = []

  constructor(options: StackOptions, events: StackEvents) {
    const now = options.now ?? Date.now
    this.options = options
    this.#events = events
    this.#resolver = createResolver(now)
    this.#rate = createRateLimit(
      options.limits?.perSourcePerSecond ?? defaults.perSourcePerSecond,
      options.limits?.perSourceBurst ?? defaults.perSourceBurst,
      now,
    )
    this.#host =
      options.advertise ?? (anyAddress(options.listen.host) ? outsideAddress(options.listen.host) : options.listen.host)
  }

  async open(): Promise<void> {
    const { host, udpPort, tcpPort, tlsPort, tls } = this.options.listen
    const limits = { ...streamLimits, ...this.options.limits?.streams }
    const events: TransportEvents = {
      received: (bytes, flow) => this.#received(bytes, flow),
      closed: (flow) => this.#closed(flow),
      failed: (flow) => this.#broken(flow),
    }
    if (udpPort !== undefined) this.udp = await openUdp(host, udpPort, events)
    if (tcpPort !== undefined)
      this.tcp = await openStream('tcp', host, tcpPort === 0 ? (this.udp?.port ?? 0) : tcpPort, events, limits)
    if (tlsPort !== undefined && tls !== undefined)
      this.tls = await openStream('tls', host, tlsPort, events, limits, tls)
    this.#webSockets = (this.options.webSockets ?? []).map((one) =>
      openWebSocket(one.server, one.path, one.secure, events, limits),
    )
  }

  watch(listener: (direction: 'in' | 'out', bytes: Uint8Array, flow: Flow, atMs: number) => void): void {
    this.#watchers.push(listener)
  }

  /** `host:port` of ours for Via and Contact on a transport. */
  #sentBy(transport: SipTransport): string {
    const host = isIPv6(this.#host) ? `[${this.#host}]` : this.#host
    if (transport === 'ws' || transport === 'wss') return host
    const port = transport === 'udp' ? this.udp?.port : transport === 'tls' ? this.tls?.port : this.tcp?.port
    return `${host}:${port ?? 5060}`
  }

  contact(transport: SipTransport, user = 'offhook'): string {
    return `<sip:${user}@${this.#sentBy(transport)}${transport === 'udp' ? '' : `;transport=${transport}`}>`
  }

  get host(): string {
    return isIPv6(this.#host) ? `[${this.#host}]` : this.#host
  }

  async flowFor(uri: SipUri, wanted?: SipTransport): Promise<OpenFlow> {
    const hop: NextHop = await this.#resolver.resolve(uri, wanted)
    if (hop.transport === 'udp' && this.udp !== undefined) return this.udp.flowTo(hop.address, hop.port)
    if (hop.transport === 'tcp' && this.tcp !== undefined) return this.tcp.connect(hop.address, hop.port)
    if (hop.transport === 'tls' && this.tls !== undefined) return this.tls.connect(hop.address, hop.port)
    throw new Error(`no ${hop.transport} transport`)
  }

  #write(message: SipMessage, flow: OpenFlow): void {
    const bytes = serialise(message)
    for (const watcher of this.#watchers) watcher('out', bytes, flow, this.timers.nowMs)
    flow.write(bytes)
  }

  /** Sends outside any transaction: ACK of a 2xx, answers to what cannot be read. */
  sendStateless(message: SipMessage, flow: Flow): void {
    this.#write(message, flow as OpenFlow)
  }

  via(flow: Flow, branch: string): string {
    return `SIP/2.0/${flow.transport.toUpperCase()} ${this.#sentBy(flow.transport)};branch=${branch};rport`
  }

  /** Starts a client transaction on a flow. The request gets our Via on top. */
  startClient(request: SipRequest, flow: Flow, listener: Omit<Listener, 'ended'>, branch = newBranch()): Transaction {
    request.headers.prepend('Via', this.via(flow, branch))
    const key = `c|${branch}|${request.method}`
    const transaction = new Transaction(
      'client',
      request,
      this.#wire(flow),
      this.timers,
      { ...listener, ended: () => this.#forget(key, flow, transaction) },
      (response) => this.#ackOf(request, response),
    )
    this.#transactions.set(key, transaction)
    const onFlow = this.#byFlow.get(flow.id) ?? new Set()
    this.#byFlow.set(flow.id, onFlow.add(transaction))
    transaction.start()
    return transaction
  }

  #wire(flow: Flow) {
    return { reliable: flow.transport !== 'udp', send: (message: SipMessage) => this.#write(message, flow as OpenFlow) }
  }

  #forget(key: string, flow: Flow, transaction: Transaction): void {
    this.#transactions.delete(key)
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

  #received(bytes: Uint8Array, flow: OpenFlow): void {
    for (const watcher of this.#watchers) watcher('in', bytes, flow, this.timers.nowMs)
    const parsed = parseMessage(bytes)
    if (parsed.kind === 'dropped') return
    if (parsed.kind === 'refused') {
      if (this.#rate.take(flow.remoteAddress))
        this.#write(makeResponse(parsed.request, parsed.status, newTag(), { reason: parsed.reason }), flow)
      return
    }
    if (parsed.message.kind === 'response') return this.#response(parsed.message)
    this.#request(parsed.message, flow)
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
      return `s|${branch}|${via?.host}:${via?.port ?? ''}|${of}`
    const { callId, cseq, from } = request.headers
    return `s2|${callId}|${cseq.number}|${from.params.get('tag') ?? ''}|${request.uri}|${of}`
  }

  findServer(request: SipRequest, method: string): Transaction | undefined {
    return this.#transactions.get(this.serverKey(request, method))
  }

  #request(request: SipRequest, flow: OpenFlow): void {
    const key = this.serverKey(request)
    const known = this.#transactions.get(key)
    if (known !== undefined && (request.method !== 'ACK' || known.state !== 'accepted')) return known.received(request)
    if (request.method === 'ACK') {
      known?.received(request)
      return this.#events.ack(request)
    }
    const inDialog = request.headers.to.params.has('tag')
    if (!inDialog && !this.#rate.take(flow.remoteAddress))
      return this.#write(makeResponse(request, 503, newTag(), { headers: [['Retry-After', '5']] }), flow)
    if (this.#transactions.size >= (this.options.limits?.transactionsMax ?? defaults.transactionsMax))
      return this.#write(makeResponse(request, 503, newTag(), { headers: [['Retry-After', '10']] }), flow)
    noteSource(request, flow)
    const transaction = new Transaction('server', request, this.#wire(flow), this.timers, {
      ended: () => this.#transactions.delete(key),
      timedOut: () => {},
      failed: () => {},
    })
    this.#transactions.set(key, transaction)
    this.#events.request(request, flow, transaction)
  }

  #broken(flow: OpenFlow): void {
    for (const transaction of [...(this.#byFlow.get(flow.id) ?? [])]) transaction.handle('transport error')
  }

  #closed(flow: OpenFlow): void {
    this.#broken(flow)
    this.#events.flowClosed(flow)
  }

  counts(): { transactions: number; timers: number; connections: number } {
    const connections =
      (this.tcp?.connections ?? 0) +
      (this.tls?.connections ?? 0) +
      this.#webSockets.reduce((sum, one) => sum + one.connections, 0)
    return { transactions: this.#transactions.size, timers: this.timers.size, connections }
  }

  async close(): Promise<void> {
    for (const transaction of [...this.#transactions.values()]) transaction.drop()
    this.timers.close()
    await Promise.all([
      this.udp?.close(),
      this.tcp?.close(),
      this.tls?.close(),
      ...this.#webSockets.map((one) => one.close()),
    ])
  }
}
