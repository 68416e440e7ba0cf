import { allowedMethods, makeResponse, newBranch, supportedExtensions } from '../compose.ts'
import { bodyBytes, SipHeaders, type SipRequest, type SipResponse } from '../message.ts'
import type { Stack } from '../stack.ts'
import { T1, T2 } from '../transaction/tables.ts'
import type { Transaction } from '../transaction/transaction.ts'
import { parseSipUri, type SipUri } from '../uri.ts'
import type { Dialog, Flow, InDialogRequest, ResponseParts } from '../user-agent.ts'
import { readSessionTimer, type SessionTimer } from './session-timer.ts'

type EndReason = { by: 'remote' | 'local'; reason: string; headers?: SipHeaders }

export interface DialogParts {
  readonly stack: Stack
  readonly flow: Flow
  readonly sipCallId: string
  readonly localTag: string
  readonly remoteTag: string
  /** Header values of ourselves and of the far end, with tags. */
  readonly localParty: string
  readonly remoteParty: string
  readonly remoteTarget: SipUri
  readonly routeSet: readonly string[]
  readonly localSeq: number
  readonly remoteSeq: number
  readonly remoteHeaders: SipHeaders
  readonly contact: string
  forget(dialog: SipDialog): void
}

/** 491 is tried again after 2.1 to 4 s by who made the Call-ID, 0 to 2 s by the other. RFC 3261 §14.1. At most this often. */
const glareRetries = 4
const failure = (request: SipRequest, status: number): SipResponse => makeResponse(request, status, 'local')

/** A dialog of an INVITE, RFC 3261 §12: its requests in order, re-INVITEs without collision, its 2xx until acknowledged, its session timer. */
export class SipDialog implements Dialog {
  readonly #parts: DialogParts
  #localSeq: number
  #remoteSeq: number
  #remoteTarget: SipUri
  #routeSet: readonly string[]
  #over = false
  #confirmed = false
  #reinviting = false
  #remoteReinvite = false
  #onReinvite: ((incoming: InDialogRequest) => void) | undefined
  #onRequest: ((incoming: InDialogRequest) => void) | undefined
  #onAck: ((request: SipRequest) => void) | undefined
  readonly #onEnd: ((why: EndReason) => void)[] = []
  #ended: EndReason | undefined
  #stopResend: (() => void) | undefined
  #awaitedAck: number | undefined
  #sessionTimer: SessionTimer | undefined
  #stopSession: (() => void) | undefined
  #lastLocalSdp = ''
  /** ACKs of our 2xx-answered INVITEs, sent again when the 2xx comes again. */
  readonly #acks = new Map<number, SipRequest>()

  constructor(parts: DialogParts) {
    this.#parts = parts
    this.#localSeq = parts.localSeq
    this.#remoteSeq = parts.remoteSeq
    this.#remoteTarget = parts.remoteTarget
    this.#routeSet = parts.routeSet
  }

  get id(): string {
    return `${this.sipCallId}|${this.localTag}|${this.remoteTag}`
  }
  get sipCallId(): string {
    return this.#parts.sipCallId
  }
  get localTag(): string {
    return this.#parts.localTag
  }
  get remoteTag(): string {
    return this.#parts.remoteTag
  }
  get remoteTarget(): SipUri {
    return this.#remoteTarget
  }
  get remoteHeaders(): SipHeaders {
    return this.#parts.remoteHeaders
  }
  get flow(): Flow {
    return this.#parts.flow
  }

  #make(method: string, seq: number, parts: ResponseParts = {}): SipRequest {
    const { sipCallId, localParty, remoteParty, contact, stack } = this.#parts
    const headers = new SipHeaders([
      ['Max-Forwards', '70'],
      ['From', localParty],
      ['To', remoteParty],
      ['Call-ID', sipCallId],
      ['CSeq', `${seq} ${method}`],
    ])
    for (const route of this.#routeSet) headers.append('Route', route)
    if (method !== 'ACK' && method !== 'BYE' && method !== 'PRACK') headers.append('Contact', contact)
    if (method === 'INVITE' || method === 'UPDATE') {
      headers.append('Allow', allowedMethods).append('Supported', supportedExtensions.join(', '))
      if (this.#sessionTimer !== undefined)
        headers.append(
          'Session-Expires',
          `${this.#sessionTimer.seconds};refresher=${this.#sessionTimer.refresher === 'us' ? 'uac' : 'uas'}`,
        )
    }
    if (stack.options.serverName !== undefined) headers.append('User-Agent', stack.options.serverName)
    for (const [name, value] of parts.headers ?? []) headers.append(name, value)
    if (parts.body !== undefined && parts.contentType !== undefined) headers.append('Content-Type', parts.contentType)
    return { kind: 'request', method, uri: this.#targetText(), headers, body: bodyBytes(parts.body) }
  }

  #targetText(): string {
    const contact = this.#remoteTarget
    const params = [...contact.params]
      .map(([name, value]) => (value === '' ? `;${name}` : `;${name}=${value}`))
      .join('')
    return `${contact.scheme}:${contact.user === undefined ? '' : `${encodeURIComponent(contact.user).replaceAll('%2B', '+')}@`}${contact.host}${contact.port === undefined ? '' : `:${contact.port}`}${params}`
  }

  /** The flow the dialog began on while it lives: the only way back to a phone behind NAT; else the target itself. */
  async #flow(): Promise<Flow> {
    const { flow, stack } = this.#parts
    if (flow.isOpen) return flow
    const next = parseSipUri(/<([^>]+)>/.exec(this.#routeSet[0] ?? '')?.[1] ?? '')
    return stack.flowFor(next ?? this.#remoteTarget)
  }

  async #transact(request: SipRequest): Promise<SipResponse> {
    const flow = await this.#flow().catch(() => undefined)
    if (flow === undefined) return failure(request, 503)
    return new Promise((resolve) => {
      this.#parts.stack.startClient(request, flow, {
        response: (response) => {
          if (response.status >= 200) resolve(response)
        },
        timedOut: () => resolve(failure(request, 408)),
        failed: () => resolve(failure(request, 503)),
      })
    })
  }

  async request(method: string, parts: ResponseParts = {}): Promise<SipResponse> {
    this.#localSeq += 1
    const request = this.#make(method, this.#localSeq, parts)
    if (this.#over && method !== 'BYE') return failure(request, 481)
    const response = await this.#transact(request)
    // The far end knows nothing of the dialog any more: it is over here too (§12.2.1.2).
    if ((response.status === 481 || response.status === 408) && method !== 'BYE')
      this.#finish({ by: 'remote', reason: `${method} answered ${response.status}` })
    return response
  }

  async reinvite(sdpOffer: string): Promise<SipResponse> {
    for (let tries = 0; ; tries += 1) {
      const response = await this.#reinviteOnce(sdpOffer)
      if (response.status !== 491 || tries >= glareRetries || this.#over) return response
      const waitMs = this.#parts.localSeq > 0 ? 2_100 + Math.random() * 1_900 : Math.random() * 2_000
      await new Promise<void>((resolve) =>
        this.#parts.stack.timers.at(this.#parts.stack.timers.nowMs + waitMs, resolve),
      )
    }
  }

  async #reinviteOnce(sdpOffer: string): Promise<SipResponse> {
    this.#localSeq += 1
    const seq = this.#localSeq
    const request = this.#make('INVITE', seq, { body: sdpOffer, contentType: 'application/sdp' })
    if (this.#over) return failure(request, 481)
    if (this.#reinviting || this.#remoteReinvite) return failure(request, 491)
    this.#reinviting = true
    this.#lastLocalSdp = sdpOffer
    const response = await this.#transact(request)
    this.#reinviting = false
    if (response.status >= 200 && response.status < 300) {
      this.#takeTarget(response.headers)
      this.acknowledge(seq)
      this.startSession(response.headers, 'uac')
    } else if (response.status === 481 || response.status === 408)
      this.#finish({ by: 'remote', reason: `re-INVITE answered ${response.status}` })
    return response
  }

  /** The 2xx of an INVITE whose early dialog this was: its target and route set count (§13.2.2.4). */
  confirm(headers: SipHeaders): void {
    this.#takeTarget(headers)
    this.#routeSet = headers.values('record-route').toReversed()
  }

  #takeTarget(headers: SipHeaders): void {
    const contact = headers.contact
    if (contact !== undefined) this.#remoteTarget = contact.uri
  }

  /** ACK of a 2xx to our INVITE: a request of its own (§13.2.2.4), kept to be sent again. */
  acknowledge(seq: number): void {
    const ack = this.#acks.get(seq) ?? this.#make('ACK', seq)
    const first = !this.#acks.has(seq)
    if (first) {
      this.#acks.clear()
      this.#acks.set(seq, ack)
    }
    void this.#flow().then(
      (flow) => {
        if (first) ack.headers.prepend('Via', this.#parts.stack.via(flow, newBranch()))
        this.#parts.stack.sendStateless(ack, flow)
      },
      () => this.#finish({ by: 'remote', reason: 'unreachable' }),
    )
  }

  /** Sends our 2xx again until its ACK comes; without one the call is released (§13.3.1.4). */
  awaitAck(seq: number, response: SipResponse, transaction: Transaction): void {
    const { stack } = this.#parts
    const since = stack.timers.nowMs
    this.#awaitedAck = seq
    this.#stopResend?.()
    const arm = (waitMs: number) => {
      this.#stopResend = stack.timers.at(stack.timers.nowMs + waitMs, () => {
        if (stack.timers.nowMs - since >= 64 * T1) {
          this.#finish({ by: 'local', reason: 'ack-timeout' })
          void this.request('BYE')
          return
        }
        if (this.flow.transport === 'udp') transaction.respond(response)
        arm(Math.min(waitMs * 2, T2))
      })
    }
    arm(T1)
  }

  acked(request: SipRequest): void {
    if (request.headers.cseq.number !== this.#awaitedAck) return
    this.#awaitedAck = undefined
    this.#confirmed = true
    this.#remoteReinvite = false
    this.#stopResend?.()
    this.#stopResend = undefined
    this.#onAck?.(request)
  }

  get isConfirmed(): boolean {
    return this.#confirmed
  }

  rememberSdp(sdp: string): void {
    this.#lastLocalSdp = sdp
  }

  /** A request of the far end in this dialog. */
  received(request: SipRequest, transaction: Transaction): void {
    const seq = request.headers.cseq.number
    const answer = (status: number, parts: ResponseParts = {}) =>
      transaction.respond(makeResponse(request, status, this.localTag, parts))
    if (seq <= this.#remoteSeq) return answer(500, { headers: [['Retry-After', '2']] })
    this.#remoteSeq = seq
    if (this.#over) return answer(481)
    if (request.method === 'BYE') {
      answer(200)
      return this.#finish({ by: 'remote', reason: 'BYE', headers: request.headers })
    }
    if (request.method === 'INVITE') return this.#receivedInvite(request, transaction, answer)
    if (request.method === 'UPDATE' && request.body.length === 0) {
      this.#takeTarget(request.headers)
      const timer = this.startSession(request.headers, 'uas')
      return answer(200, {
        headers: [
          ['Contact', this.#parts.contact],
          ...(timer === undefined ? [] : [['Session-Expires', timer] as const]),
        ],
      })
    }
    if (request.method === 'OPTIONS') return answer(200, { headers: [['Allow', allowedMethods]] })
    if (this.#onRequest === undefined)
      return answer(request.method === 'INFO' || request.method === 'NOTIFY' ? 200 : 501)
    this.#onRequest({
      request,
      respond: (status, parts) =>
        answer(status, { ...parts, headers: [['Contact', this.#parts.contact], ...(parts?.headers ?? [])] }),
    })
  }

  #receivedInvite(
    request: SipRequest,
    transaction: Transaction,
    answer: (status: number, parts?: ResponseParts) => void,
  ): void {
    if (this.#reinviting) return answer(491)
    if (this.#remoteReinvite) return answer(500, { headers: [['Retry-After', '3']] })
    if (this.#onReinvite === undefined) return answer(488)
    this.#remoteReinvite = true
    let done = false
    const respond = (status: number, parts: ResponseParts = {}) => {
      if (done || this.#over) return
      if (status < 200) return answer(status, parts)
      done = true
      if (status >= 300) {
        this.#remoteReinvite = false
        return answer(status, parts)
      }
      this.#takeTarget(request.headers)
      const timer = this.startSession(request.headers, 'uas')
      if (typeof parts.body === 'string') this.#lastLocalSdp = parts.body
      const headers: [string, string][] = [
        ['Contact', this.#parts.contact],
        ['Allow', allowedMethods],
        ['Supported', supportedExtensions.join(', ')],
      ]
      if (timer !== undefined) headers.push(['Session-Expires', timer])
      const response = makeResponse(request, status, this.localTag, {
        ...parts,
        headers: [...headers, ...(parts.headers ?? [])],
      })
      transaction.respond(response)
      this.awaitAck(request.headers.cseq.number, response, transaction)
    }
    this.#onReinvite({ request, respond })
  }

  /** Starts the session timer named in a request or response; the value for our answer's header when one runs. RFC 4028. */
  startSession(headers: SipHeaders, weAre: 'uac' | 'uas'): string | undefined {
    const timer = readSessionTimer(headers, weAre)
    this.#stopSession?.()
    this.#sessionTimer = timer
    if (timer === undefined || this.#over) return undefined
    const { stack } = this.#parts
    const ours = timer.refresher === 'us'
    // The refresher refreshes at half time; the other side gives up a little before the end (§10).
    const waitSeconds = ours ? timer.seconds / 2 : timer.seconds - Math.min(32, timer.seconds / 3)
    this.#stopSession = stack.timers.at(
      stack.timers.nowMs + waitSeconds * 1_000,
      () => void (ours ? this.#refresh(headers) : this.#expire()),
    )
    return `${timer.seconds};refresher=${ours === (weAre === 'uac') ? 'uac' : 'uas'}`
  }

  async #refresh(headers: SipHeaders): Promise<void> {
    const canUpdate = headers.values('allow').some((method) => method.toUpperCase() === 'UPDATE')
    const response = canUpdate ? await this.request('UPDATE') : await this.#reinviteOnce(this.#lastLocalSdp)
    if (response.status < 300) this.startSession(response.headers, 'uac')
    else if (response.status !== 491) this.#expire()
  }

  #expire(): void {
    if (this.#over) return
    this.#finish({ by: 'local', reason: 'session-expired' })
    void this.request('BYE', { headers: [['Reason', 'SIP;cause=408;text="Session expired"']] })
  }

  onReinvite(listener: (incoming: InDialogRequest) => void): void {
    this.#onReinvite = listener
  }

  onAck(listener: (request: SipRequest) => void): void {
    this.#onAck = listener
  }

  onRequest(listener: (incoming: InDialogRequest) => void): void {
    this.#onRequest = listener
  }

  onEnd(listener: (why: EndReason) => void): void {
    if (this.#ended !== undefined) listener(this.#ended)
    else this.#onEnd.push(listener)
  }

  bye(parts: ResponseParts = {}): void {
    if (this.#over) return
    this.#finish({ by: 'local', reason: 'BYE' })
    void this.request('BYE', parts)
  }

  /** The flow is gone and the far end with it, as far as anybody can tell. */
  lost(): void {
    this.#finish({ by: 'remote', reason: 'connection lost' })
  }

  #finish(why: EndReason): void {
    if (this.#over) return
    this.#over = true
    this.#ended = why
    this.#stopResend?.()
    this.#stopSession?.()
    this.#parts.forget(this)
    for (const listener of this.#onEnd) listener(why)
  }
}
