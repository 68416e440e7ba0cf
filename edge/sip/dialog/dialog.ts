import { allowedMethods, challengeAnswer, makeResponse, newBranch, supportedExtensions } from '../compose.ts'
import { joined } from '../detached.ts'
import { bodyBytes, type SipHeaders, type SipRequest, type SipResponse } from '../message.ts'
import type { Transaction } from '../transaction/transaction.ts'
import type { SipUri } from '../uri.ts'
import type { Dialog, Flow, InDialogRequest, ResponseParts } from '../user-agent.ts'
import { DialogState, type DialogStateParts } from './dialog-state.ts'
import { isTooShort, readSessionTimer, SessionClock, sessionMinSeconds } from './session-timer.ts'
import { Unacknowledged } from './unacknowledged.ts'

type EndReason = { by: 'remote' | 'local'; reason: string; headers?: SipHeaders }
type Header = readonly [name: string, value: string]
type Answer = (status: number, parts?: ResponseParts) => void

export interface DialogParts extends DialogStateParts {
  /** Answers challenges to requests within the dialog, too: some trunks ask at every BYE. */
  readonly credentials?: { readonly username: string; readonly password: string }
  forget(dialog: SipDialog): void
  /** A PRACK or BYE while our answer to the INVITE is still to come. */
  early?(request: SipRequest, answer: Answer): void
}

/** 491 is tried again after 2.1 to 4 s by who made the Call-ID, 0 to 2 s by the other. RFC 3261 §14.1. At most this often. */
const glareRetries = 4

const isSuccess = (response: SipResponse): boolean => response.status >= 200 && response.status < 300

/** A dialog of an INVITE, RFC 3261 §12: its requests in order, re-INVITEs without collision, its 2xx until acknowledged, its session timer. */
export class SipDialog implements Dialog {
  readonly id: string
  readonly #parts: DialogParts
  readonly #state: DialogState
  readonly #clock: SessionClock
  #established = false
  #ended: EndReason | undefined
  /** What a BYE carries that waits for the ACK: the callee must not send one before (§15). */
  #byeAfterAck: ResponseParts | undefined
  #unacknowledged: Unacknowledged | undefined
  /** An offer of ours is on its way, by re-INVITE or UPDATE. */
  #offering = false
  /** Refuses the far end's INVITE or UPDATE that we have not answered, when the dialog ends or it is cancelled. */
  #refusePending: ((status: number) => void) | undefined
  #lastLocalSdp = ''
  #ack: { readonly seq: number; readonly request: SipRequest } | undefined
  #onReinvite: ((incoming: InDialogRequest) => void) | undefined
  #onRequest: ((incoming: InDialogRequest) => void) | undefined
  #onAck: ((request: SipRequest) => void) | undefined
  readonly #onEnd: ((why: EndReason) => void)[] = []

  constructor(parts: DialogParts) {
    this.#parts = parts
    this.id = joined([parts.sipCallId, parts.localTag, parts.remoteTag])
    this.#state = new DialogState(parts)
    this.#clock = new SessionClock(
      parts.stack.timers,
      () => this.#refresh(),
      () => this.#expire(),
    )
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
    return this.#state.remoteTarget
  }
  get remoteHeaders(): SipHeaders {
    return this.#state.remoteHeaders
  }
  /** False while it is early: its INVITE has no 2xx yet. */
  get isEstablished(): boolean {
    return this.#established
  }

  #make(method: string, seq: number, parts?: ResponseParts): SipRequest {
    return this.#state.make(method, seq, parts, this.#clock.timer)
  }

  async #send(request: SipRequest): Promise<SipResponse> {
    const { stack, localTag } = this.#parts
    const local = (status: number) => makeResponse(request, status, localTag)
    const flow = await this.#state.flow().catch(() => undefined)
    if (flow === undefined) return local(503)
    return new Promise((resolve) => {
      stack.startClient(request, flow, {
        response: (response) => {
          if (response.status < 200) return
          // Each 2xx of a re-INVITE wants its ACK, repeated ones as well: the ACK may have been lost.
          if (request.method === 'INVITE' && isSuccess(response)) {
            this.#state.takeTarget(response.headers)
            this.acknowledge(request)
          }
          resolve(response)
        },
        timedOut: () => resolve(local(408)),
        failed: () => resolve(local(503)),
      })
    })
  }

  /** A request to its final response; a challenge is answered once (§22.2). */
  async #transact(method: string, parts: ResponseParts): Promise<SipResponse> {
    this.#state.localSeq += 1
    const request = this.#make(method, this.#state.localSeq, parts)
    const response = await this.#send(request)
    const proof = challengeAnswer(response, request, this.#parts.credentials)
    if (proof === undefined || (this.#ended !== undefined && method !== 'BYE')) return response
    this.#state.localSeq += 1
    return this.#send(
      this.#make(method, this.#state.localSeq, { ...parts, headers: [...(parts.headers ?? []), proof] }),
    )
  }

  /** A final response made here: nothing was sent. */
  #locally(method: string, status: number): SipResponse {
    return makeResponse(this.#make(method, this.#state.localSeq), status, this.localTag)
  }

  async request(method: string, parts: ResponseParts = {}): Promise<SipResponse> {
    if (this.#ended !== undefined) return this.#locally(method, 481)
    const isOffer = method === 'UPDATE' && parts.body !== undefined
    if (isOffer && (this.#offering || this.#refusePending !== undefined)) return this.#locally(method, 491)
    this.#offering ||= isOffer
    const response = await this.#transact(method, parts)
    if (isOffer) this.#offering = false
    if (method === 'UPDATE' && isSuccess(response)) {
      this.#state.takeTarget(response.headers)
      this.startSession(response.headers, 'uac')
    }
    this.#endIfUnknown(method, response)
    return response
  }

  async reinvite(sdpOffer: string): Promise<SipResponse> {
    const { timers } = this.#parts.stack
    for (let tries = 0; ; tries += 1) {
      const response = await this.#reinviteOnce(sdpOffer)
      if (response.status !== 491 || tries >= glareRetries || this.#ended !== undefined) return response
      const waitMs = this.#parts.localSeq > 0 ? 2_100 + Math.random() * 1_900 : Math.random() * 2_000
      await new Promise<void>((resolve) => timers.at(timers.nowMs + waitMs, resolve))
    }
  }

  async #reinviteOnce(sdpOffer: string): Promise<SipResponse> {
    if (this.#ended !== undefined) return this.#locally('INVITE', 481)
    // The far end may not know yet that its own INVITE was answered (§14.1).
    await this.#unacknowledged?.done
    // The BYE that waited for the same ACK has gone first: an INVITE behind it may overtake it and have it refused (§12.2.2).
    if (this.#ended !== undefined) return this.#locally('INVITE', 481)
    if (this.#offering || this.#refusePending !== undefined) return this.#locally('INVITE', 491)
    this.#offering = true
    const response = await this.#transact('INVITE', { body: sdpOffer, contentType: 'application/sdp' })
    this.#offering = false
    if (isSuccess(response)) {
      this.#lastLocalSdp = sdpOffer
      this.startSession(response.headers, 'uac')
    }
    this.#endIfUnknown('re-INVITE', response)
    return response
  }

  /** The far end knows nothing of the dialog any more, or is silent: it is over here too (§12.2.1.2). */
  #endIfUnknown(what: string, { status }: SipResponse): void {
    if (this.#ended !== undefined || (status !== 481 && status !== 408)) return
    this.#end({ by: 'remote', reason: `${what} answered ${status}` })
    if (status === 408) this.#leave({})
    else this.#parts.forget(this)
  }

  /** The INVITE has its 2xx: ours, or the one received. */
  establish(response?: SipResponse): void {
    this.#established = true
    if (response !== undefined) this.#state.takeAnswer(response)
  }

  /** ACK of a 2xx to our INVITE: a request of its own with the INVITE's proof (§13.2.2.4), sent again when the 2xx is. */
  acknowledge(invite: SipRequest): void {
    const { number: seq } = invite.headers.cseq
    const known = this.#ack?.seq === seq ? this.#ack.request : undefined
    const proof = ['Authorization', 'Proxy-Authorization'].flatMap((name): Header[] => {
      const value = invite.headers.get(name)
      return value === undefined ? [] : [[name, value]]
    })
    const ack = known ?? this.#make('ACK', seq, { headers: proof })
    this.#ack = { seq, request: ack }
    const send = (flow: Flow) => {
      if (known === undefined) ack.headers.prepend('Via', this.#parts.stack.via(flow, newBranch()))
      this.#parts.stack.sendStateless(ack, flow)
    }
    if (this.#parts.isBound && this.#parts.flow.isOpen) return send(this.#parts.flow)
    this.#state.flow().then(send, () => this.#abandon({ by: 'remote', reason: 'unreachable' }))
  }

  /** Sends our 2xx again until its ACK comes; without one the call is released. */
  awaitAck(seq: number, response: SipResponse, transaction: Transaction): void {
    this.#unacknowledged?.stop()
    this.#unacknowledged = new Unacknowledged(seq, response, transaction, this.#parts.stack.timers, () => {
      this.#end({ by: 'local', reason: 'ack-timeout' })
      this.#leave(this.#byeAfterAck ?? {})
    })
  }

  acked(request: SipRequest): void {
    if (request.headers.cseq.number !== this.#unacknowledged?.seq) return
    this.#unacknowledged.stop()
    this.#unacknowledged = undefined
    if (this.#byeAfterAck !== undefined) return this.#leave(this.#byeAfterAck)
    this.#onAck?.(request)
  }

  rememberSdp(sdp: string): void {
    this.#lastLocalSdp = sdp
  }

  /** A request of the far end in this dialog. */
  received(request: SipRequest, transaction: Transaction): void {
    const answer: Answer = (status, parts) =>
      transaction.respond(makeResponse(request, status, this.localTag, parts ?? {}))
    if (!this.#state.takeSeq(request.headers.cseq.number)) return answer(500, { headers: [['Retry-After', '2']] })
    if (request.method === 'BYE') return this.#receivedBye(request, answer)
    if (this.#ended !== undefined) return answer(481)
    if (request.method === 'PRACK')
      return this.#parts.early === undefined ? answer(481) : this.#parts.early(request, answer)
    if (request.method === 'INVITE') return this.#receivedInvite(request, transaction, answer)
    if (request.method === 'UPDATE') return this.#receivedUpdate(request, answer)
    if (request.method === 'OPTIONS') return answer(200, { headers: [['Allow', allowedMethods]] })
    if (this.#onRequest === undefined)
      return answer(request.method === 'INFO' || request.method === 'NOTIFY' ? 200 : 501)
    this.#onRequest({ request, respond: (status, parts) => answer(status, this.#withContact(parts)) })
  }

  #withContact(parts: ResponseParts = {}): ResponseParts {
    return { ...parts, headers: [['Contact', this.#parts.contact], ...(parts.headers ?? [])] }
  }

  #receivedBye(request: SipRequest, answer: Answer): void {
    answer(200)
    // A caller may end an early dialog by BYE (§15); what that means for the INVITE its server knows.
    if (!this.#established && this.#parts.early !== undefined) return this.#parts.early(request, () => {})
    this.#abandon({ by: 'remote', reason: 'BYE', headers: request.headers })
  }

  /** Target refresh, session refresh, or an offer for the call layer. RFC 3311 §5.2. */
  #receivedUpdate(request: SipRequest, answer: Answer): void {
    if (isTooShort(request.headers)) return answer(422, { headers: [['Min-SE', String(sessionMinSeconds)]] })
    const accept = (status: number, parts: ResponseParts = {}) => {
      if (status >= 300) return answer(status, parts)
      this.#state.takeTarget(request.headers)
      answer(status, this.#withContact(this.#withSession(parts, request)))
    }
    if (request.body.length === 0) return accept(200)
    if (this.#offering) return answer(491)
    if (this.#refusePending !== undefined) return answer(500, { headers: [['Retry-After', '3']] })
    if (this.#onRequest === undefined || !this.#established) return answer(488)
    this.#onRequest({ request, respond: this.#once(accept) })
  }

  #receivedInvite(request: SipRequest, transaction: Transaction, answer: Answer): void {
    if (this.#offering) return answer(491)
    if (!this.#established || this.#refusePending !== undefined) return answer(500, { headers: [['Retry-After', '3']] })
    if (isTooShort(request.headers)) return answer(422, { headers: [['Min-SE', String(sessionMinSeconds)]] })
    if (this.#onReinvite === undefined) return answer(488)
    const respond = this.#once((status, parts = {}) => {
      transaction.canceller = undefined
      if (status >= 300) return answer(status, parts)
      this.#state.takeTarget(request.headers)
      if (parts.body !== undefined) this.#lastLocalSdp = new TextDecoder().decode(bodyBytes(parts.body))
      const headers: Header[] = [
        ['Allow', allowedMethods],
        ['Supported', supportedExtensions.join(', ')],
      ]
      const full = this.#withContact(
        this.#withSession({ ...parts, headers: [...headers, ...(parts.headers ?? [])] }, request),
      )
      const response = makeResponse(request, status, this.localTag, full)
      transaction.respond(response)
      this.awaitAck(request.headers.cseq.number, response, transaction)
    }, answer)
    transaction.canceller = { localTag: this.localTag, cancel: () => this.#refusePending?.(487) }
    answer(100)
    this.#onReinvite({ request, respond })
  }

  /** One final answer only, and 487 when the dialog ends before it. `early` takes provisional ones. */
  #once(final: Answer, early: Answer = () => {}): Answer {
    let isDone = false
    const respond: Answer = (status, parts) => {
      if (isDone) return
      if (status < 200) return early(status, parts)
      isDone = true
      this.#refusePending = undefined
      final(status, parts)
    }
    this.#refusePending = respond
    return respond
  }

  #withSession(parts: ResponseParts, request: SipRequest): ResponseParts {
    const timer = this.startSession(request.headers, 'uas')
    return timer === undefined ? parts : { ...parts, headers: [['Session-Expires', timer], ...(parts.headers ?? [])] }
  }

  /** Starts the session timer named in a request or response; the value for our answer's header when one runs. RFC 4028. */
  startSession(headers: SipHeaders, weAre: 'uac' | 'uas'): string | undefined {
    const timer = this.#ended === undefined ? readSessionTimer(headers, weAre) : undefined
    this.#clock.start(timer)
    if (timer === undefined) return undefined
    return `${timer.seconds};refresher=${(timer.refresher === 'us') === (weAre === 'uac') ? 'uac' : 'uas'}`
  }

  /** By UPDATE where the far end knows it: no media to talk about again (RFC 4028 §7.4). */
  async #refresh(): Promise<boolean> {
    const canUpdate = this.#state.remoteHeaders.includes('allow', 'UPDATE') || this.#lastLocalSdp === ''
    const response = canUpdate ? await this.request('UPDATE') : await this.#reinviteOnce(this.#lastLocalSdp)
    return isSuccess(response)
  }

  #expire(): void {
    if (this.#ended !== undefined) return
    this.#end({ by: 'local', reason: 'session-expired' })
    this.#leave({ headers: [['Reason', 'SIP;cause=408;text="Session expired"']] })
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
    if (this.#ended !== undefined) return
    this.#end({ by: 'local', reason: 'BYE' })
    if (this.#unacknowledged === undefined) this.#leave(parts)
    else this.#byeAfterAck = parts
  }

  /** The INVITE came to nothing: an early dialog ends without a word (§12.3). */
  abandon(reason: string): void {
    this.#abandon({ by: 'local', reason })
  }

  #abandon(why: EndReason): void {
    this.#end(why)
    this.#unacknowledged?.stop()
    this.#unacknowledged = undefined
    this.#parts.forget(this)
  }

  /** Out of the dialog with a BYE. */
  #leave(parts: ResponseParts): void {
    this.#unacknowledged?.stop()
    this.#unacknowledged = undefined
    this.#byeAfterAck = undefined
    this.#parts.forget(this)
    void this.#transact('BYE', parts)
  }

  #end(why: EndReason): void {
    if (this.#ended !== undefined) return
    this.#ended = why
    this.#clock.stop()
    this.#refusePending?.(487)
    for (const listener of this.#onEnd) listener(why)
  }
}
