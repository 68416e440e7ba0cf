import {
  allowedMethods,
  challengeAnswer,
  makeResponse,
  nameAddr,
  newBranch,
  newCallId,
  newTag,
  supportedExtensions,
} from '../compose.ts'
import { bodyBytes, SipHeaders, type SipRequest, type SipResponse } from '../message.ts'
import type { Stack } from '../stack.ts'
import { T1 } from '../transaction/tables.ts'
import type { Transaction } from '../transaction/transaction.ts'
import { formatSipUri } from '../uri.ts'
import type { Dialog, Flow, InviteOptions, OutgoingInvite, SipTransport } from '../user-agent.ts'
import { SipDialog } from './dialog.ts'
import { routeUri } from './dialog-state.ts'
import type { DialogTable } from './invite-server.ts'
import { sessionSeconds } from './session-timer.ts'

type Header = readonly [name: string, value: string]
export type RequestParts = InviteOptions & { readonly body?: string; readonly contentType?: string }

/** Headers there is only one of: what the caller gives takes the place of ours. */
const replaced = new Set(['contact', 'max-forwards', 'user-agent', 'supported', 'allow', 'session-expires', 'min-se'])

/** A request outside dialogs, RFC 3261 §8.1.1. */
export function composeRequest(
  stack: Stack,
  method: string,
  options: RequestParts,
  transport: SipTransport,
  ids: { readonly callId: string; readonly tag: string; readonly toTag?: string; readonly seq: number },
): SipRequest {
  const headers = new SipHeaders([
    ['Max-Forwards', '70'],
    ['From', nameAddr(options.from, ids.tag)],
    ['To', nameAddr(options.to, ids.toTag)],
    ['Call-ID', ids.callId],
    ['CSeq', `${ids.seq} ${method}`],
    ['Contact', stack.contact(transport)],
  ])
  for (const route of options.route ?? []) headers.append('Route', route)
  if (method === 'INVITE') headers.append('Allow', allowedMethods).append('Supported', supportedExtensions.join(', '))
  if (stack.options.serverName !== undefined) headers.append('User-Agent', stack.options.serverName)
  for (const [name, value] of options.headers ?? []) {
    if (replaced.has(name.toLowerCase())) headers.set(name, value)
    else headers.append(name, value)
  }
  const body = options.sdpOffer ?? options.body
  if (body !== undefined && !headers.has('content-type'))
    headers.append('Content-Type', options.contentType ?? 'application/sdp')
  return { kind: 'request', method, uri: formatSipUri(options.uri), headers, body: bodyBytes(body) }
}

/** What the headers that every request has come to, bytes. */
const usualBytes = 500

/** About how long the request will be: decides whether UDP will do, before the transport that the headers name is known. */
const roughBytes = ({ headers = [], sdpOffer = '', body = '' }: RequestParts): number =>
  headers.reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    usualBytes + sdpOffer.length + body.length,
  )

/** The flow a request outside dialogs goes on: the one given, or the way to its first route or its URI; `undefined` when there is none. */
export async function firstFlow(stack: Stack, options: RequestParts): Promise<Flow | undefined> {
  const { flow, uri, route, transport } = options
  return flow ?? stack.flowFor(routeUri(route) ?? uri, transport, roughBytes(options)).catch(() => undefined)
}

/** Challenges answered in one INVITE: the carrier's own and a proxy's before it. And one 422. */
const retriesMax = 3

/** An INVITE of ours: forks, reliable provisionals, challenges, CANCEL and its races. RFC 3261 §§9.1, 13.2, 22.2. */
export class InviteClient implements OutgoingInvite {
  readonly #stack: Stack
  readonly #options: InviteOptions
  readonly #table: DialogTable
  readonly #ids = { callId: newCallId(), tag: newTag(), seq: 1 }
  readonly #progress: ((response: SipResponse) => void)[] = []
  #answer: ((dialog: Dialog, response: SipResponse) => void) | undefined
  #failure: ((status: number, reason: string, response?: SipResponse) => void) | undefined
  #early: { dialog: Dialog; response: SipResponse } | undefined
  #failed: { status: number; reason: string; response?: SipResponse } | undefined
  #flow: Flow | undefined
  #request: SipRequest | undefined
  #transaction: Transaction | undefined
  #branch = ''
  /** A provisional response came: only then may CANCEL be sent. */
  #heard = false
  #cancelWanted: string | undefined
  #stopCancelTimer: (() => void) | undefined
  #over = false
  #retries = 0
  #extra: readonly Header[] = []
  #sessionSeconds: number
  /** By the far end's tag: one for each fork. */
  readonly #dialogs = new Map<string, SipDialog>()
  readonly #lastRseq = new Map<string, number>()
  #winner: string | undefined

  constructor(stack: Stack, options: InviteOptions, table: DialogTable) {
    this.#stack = stack
    this.#options = options
    this.#table = table
    this.#sessionSeconds = options.sessionExpiresSeconds ?? sessionSeconds
    void this.#begin()
  }

  get sipCallId(): string {
    return this.#ids.callId
  }

  async #begin(): Promise<void> {
    this.#flow = await firstFlow(this.#stack, this.#options)
    if (this.#cancelWanted !== undefined) return this.#fail(487, 'Cancelled')
    if (this.#flow === undefined) return this.#fail(503, 'No way to the target')
    this.#send()
  }

  #send(): void {
    const flow = this.#flow
    if (flow === undefined) return
    const timer: Header[] =
      this.#sessionSeconds > 0
        ? [
            ['Session-Expires', String(this.#sessionSeconds)],
            ['Min-SE', '90'],
          ]
        : []
    const headers = [...timer, ...(this.#options.headers ?? []), ...this.#extra]
    const request = composeRequest(this.#stack, 'INVITE', { ...this.#options, headers }, flow.transport, this.#ids)
    this.#request = request
    this.#heard = false
    this.#branch = newBranch()
    this.#transaction = this.#stack.startClient(
      request,
      flow,
      {
        response: (response) => this.#responded(response, request),
        timedOut: () => this.#fail(408, 'Request Timeout'),
        failed: () => this.#fail(503, 'Transport failed'),
        ended: () => this.#forgetForks(request),
      },
      this.#branch,
    )
  }

  #responded(response: SipResponse, request: SipRequest): void {
    if (response.status < 200) return this.#provisional(response)
    if (response.status < 300) return this.#accepted(response, request)
    if (!this.#over && !this.#retry(response, request)) this.#fail(response.status, response.reason, response)
  }

  /** Sends the INVITE again with what a 401, 407 or 422 asked for. */
  #retry(response: SipResponse, request: SipRequest): boolean {
    if (this.#retries >= retriesMax || this.#cancelWanted !== undefined) return false
    const proof = challengeAnswer(response, request, this.#options.credentials)
    const minimum = response.status === 422 ? Number.parseInt(response.headers.get('min-se') ?? '', 10) : 0
    if (proof !== undefined && !this.#extra.some(([name]) => name === proof[0])) this.#extra = [...this.#extra, proof]
    else if (minimum > this.#sessionSeconds) this.#sessionSeconds = minimum
    else return false
    this.#retries += 1
    this.#ids.seq += 1
    this.#send()
    return true
  }

  #provisional(response: SipResponse): void {
    this.#heard = true
    if (this.#cancelWanted !== undefined) return this.#sendCancel()
    if (response.status === 100 || this.#over) return
    const tag = response.headers.to.params.get('tag')
    const dialog = tag === undefined ? undefined : this.#dialogOf(response)
    const rseq = Number(response.headers.get('rseq') ?? 0)
    if (dialog !== undefined && rseq > 0 && response.headers.includes('require', '100rel')) {
      const last = this.#lastRseq.get(dialog.remoteTag)
      // Repeated: its PRACK is under way. Out of order: it comes again when the one before has (RFC 3262 §4).
      if (last !== undefined && rseq !== last + 1) return
      this.#lastRseq.set(dialog.remoteTag, rseq)
      void dialog.request('PRACK', { headers: [['RAck', `${rseq} ${response.headers.cseq.number} INVITE`]] })
    }
    for (const listener of this.#progress) listener(response)
  }

  #dialogOf(response: SipResponse): SipDialog {
    const tag = response.headers.to.params.get('tag') ?? ''
    const known = this.#dialogs.get(tag)
    if (known !== undefined) return known
    const flow = this.#flow
    if (flow === undefined) throw new Error('a response before the request')
    const { credentials } = this.#options
    const dialog = new SipDialog({
      stack: this.#stack,
      flow,
      isBound: this.#options.flow !== undefined,
      sipCallId: this.#ids.callId,
      localTag: this.#ids.tag,
      remoteTag: tag,
      localParty: nameAddr(this.#options.from, this.#ids.tag),
      remoteParty: response.headers.get('to') ?? '',
      remoteTarget: response.headers.contact?.uri ?? this.#options.uri,
      routeSet: response.headers.values('record-route').toReversed(),
      localSeq: this.#ids.seq,
      remoteSeq: -1,
      remoteHeaders: response.headers,
      contact: this.#stack.contact(flow.transport),
      ...(credentials === undefined ? {} : { credentials }),
      forget: (each) => this.#table.forget(each),
    })
    this.#dialogs.set(tag, dialog)
    this.#table.adopt(dialog)
    return dialog
  }

  #accepted(response: SipResponse, request: SipRequest): void {
    const tag = response.headers.to.params.get('tag') ?? ''
    const dialog = this.#dialogOf(response)
    // The early dialog becomes the confirmed one, its CSeq going on (§12.1.2).
    if (!dialog.isEstablished) dialog.establish(response)
    dialog.acknowledge(request)
    if (this.#winner === tag) return
    // A second fork, or one that crossed our CANCEL, is taken and let go at once (§13.2.2.4).
    if (this.#winner !== undefined || this.#over || this.#cancelWanted !== undefined) {
      dialog.bye()
      return this.#fail(487, 'Request Terminated')
    }
    this.#winner = tag
    this.#over = true
    dialog.rememberSdp(this.#options.sdpOffer ?? '')
    dialog.startSession(response.headers, 'uac')
    if (this.#answer === undefined) this.#early = { dialog, response }
    else this.#answer(dialog, response)
  }

  /** No more forks can come of this INVITE: those that were not answered end without a word. */
  #forgetForks(request: SipRequest): void {
    if (this.#request !== request) return
    for (const dialog of this.#dialogs.values()) if (!dialog.isEstablished) dialog.abandon('not chosen')
  }

  #fail(status: number, reason: string, response?: SipResponse): void {
    this.#stopCancelTimer?.()
    if (this.#over) return
    this.#over = true
    this.#failed = { status, reason, ...(response === undefined ? {} : { response }) }
    this.#failure?.(status, reason, response)
  }

  cancel(reason?: string): void {
    if (this.#over || this.#cancelWanted !== undefined) return
    this.#cancelWanted = reason ?? ''
    // Before any provisional answer nothing may be sent (§9.1); without a flow nothing was.
    if (this.#heard) this.#sendCancel()
    else if (this.#flow === undefined) this.#fail(487, 'Cancelled')
  }

  #sendCancel(): void {
    const request = this.#request
    const flow = this.#flow
    if (this.#stopCancelTimer !== undefined || request === undefined || flow === undefined) return
    const headers = makeResponse(request, 100, undefined).headers
    headers.remove('via').set('CSeq', `${request.headers.cseq.number} CANCEL`)
    for (const route of request.headers.getAll('route')) headers.append('Route', route)
    headers.append('Max-Forwards', '70')
    if (this.#cancelWanted) headers.append('Reason', this.#cancelWanted)
    const { timers } = this.#stack
    // A far end that never sends 487 must hold neither the leg nor the transaction (§9.1).
    this.#stopCancelTimer = timers.at(timers.nowMs + 64 * T1, () => {
      this.#fail(487, 'No answer to CANCEL')
      this.#transaction?.drop()
    })
    // The branch of the INVITE makes it its CANCEL.
    const cancel: SipRequest = { kind: 'request', method: 'CANCEL', uri: request.uri, headers, body: new Uint8Array(0) }
    this.#stack.startClient(cancel, flow, {}, this.#branch)
  }

  onProgress(listener: (response: SipResponse) => void): void {
    this.#progress.push(listener)
  }

  onAnswer(listener: (dialog: Dialog, response: SipResponse) => void): void {
    this.#answer = listener
    if (this.#early !== undefined) listener(this.#early.dialog, this.#early.response)
  }

  onFailure(listener: (status: number, reason: string, response?: SipResponse) => void): void {
    this.#failure = listener
    if (this.#failed !== undefined) listener(this.#failed.status, this.#failed.reason, this.#failed.response)
  }
}
