import {
  allowedMethods,
  makeResponse,
  nameAddr,
  newBranch,
  newCallId,
  newTag,
  supportedExtensions,
} from '../compose.ts'
import { answerChallenge } from '../digest.ts'
import { bodyBytes, SipHeaders, type SipRequest, type SipResponse } from '../message.ts'
import type { Stack } from '../stack.ts'
import { T1 } from '../transaction/tables.ts'
import { formatSipUri } from '../uri.ts'
import type { Dialog, Flow, InviteOptions, OutgoingInvite } from '../user-agent.ts'
import { SipDialog } from './dialog.ts'
import { sessionSeconds } from './session-timer.ts'

/** Headers of a request outside dialogs, RFC 3261 §8.1.1. */
export function composeRequest(
  stack: Stack,
  method: string,
  options: InviteOptions & { body?: string; contentType?: string },
  flow: Flow,
  ids: { callId: string; tag: string; seq: number },
): SipRequest {
  const headers = new SipHeaders([
    ['Max-Forwards', '70'],
    ['From', nameAddr(options.from, ids.tag)],
    ['To', nameAddr(options.to)],
    ['Call-ID', ids.callId],
    ['CSeq', `${ids.seq} ${method}`],
    ['Contact', stack.contact(flow.transport)],
  ])
  for (const route of options.route ?? []) headers.append('Route', route)
  if (method === 'INVITE') headers.append('Allow', allowedMethods).append('Supported', supportedExtensions.join(', '))
  if (stack.options.serverName !== undefined) headers.append('User-Agent', stack.options.serverName)
  for (const [name, value] of options.headers ?? []) {
    if (name.toLowerCase() === 'contact') headers.set(name, value)
    else headers.append(name, value)
  }
  const body = options.sdpOffer ?? options.body
  if (body !== undefined && !headers.has('content-type'))
    headers.append('Content-Type', options.contentType ?? 'application/sdp')
  return { kind: 'request', method, uri: formatSipUri(options.uri), headers, body: bodyBytes(body) }
}

/** Challenges answered in one INVITE: the carrier's own and a proxy's before it. */
const challengesMax = 2

/** An INVITE of ours: forks, reliable provisionals, challenges, CANCEL and its races. RFC 3261 §§9.1, 13.2, 22.2. */
export class InviteClient implements OutgoingInvite {
  readonly #stack: Stack
  readonly #options: InviteOptions
  readonly #adopt: (dialog: SipDialog) => void
  readonly #forget: (dialog: SipDialog) => void
  readonly #ids = { callId: newCallId(), tag: newTag(), seq: 1 }
  readonly #progress: ((response: SipResponse) => void)[] = []
  #answer: ((dialog: Dialog, response: SipResponse) => void) | undefined
  #failure: ((status: number, reason: string, response?: SipResponse) => void) | undefined
  #early: { dialog: Dialog; response: SipResponse } | undefined
  #failed: { status: number; reason: string; response?: SipResponse } | undefined
  #flow: Flow | undefined
  #request: SipRequest | undefined
  #branch = ''
  #heard = false
  #cancelWanted: string | undefined
  #cancelSent = false
  #over = false
  #challenges = 0
  readonly #dialogs = new Map<string, SipDialog>()
  #winner: string | undefined
  #lastRseq = 0

  constructor(
    stack: Stack,
    options: InviteOptions,
    adopt: (dialog: SipDialog) => void,
    forget: (dialog: SipDialog) => void,
  ) {
    this.#stack = stack
    this.#options = options
    this.#adopt = adopt
    this.#forget = forget
    void this.#begin()
  }

  async #begin(): Promise<void> {
    const flow = await Promise.resolve(
      this.#options.flow ?? this.#stack.flowFor(this.#options.uri, this.#options.transport),
    ).catch(() => undefined)
    if (flow === undefined) return this.#fail(503, 'No way to the target')
    if (this.#cancelWanted !== undefined) return this.#fail(487, 'Cancelled')
    this.#flow = flow
    this.#send([])
  }

  #send(extra: readonly (readonly [string, string])[]): void {
    const flow = this.#flow
    if (flow === undefined) return
    const seconds = this.#options.sessionExpiresSeconds ?? sessionSeconds
    const timer: (readonly [string, string])[] =
      seconds > 0
        ? [
            ['Session-Expires', String(seconds)],
            ['Min-SE', '90'],
          ]
        : []
    const request = composeRequest(
      this.#stack,
      'INVITE',
      { ...this.#options, headers: [...(this.#options.headers ?? []), ...timer, ...extra] },
      flow,
      this.#ids,
    )
    this.#request = request
    this.#branch = newBranch()
    this.#stack.startClient(
      request,
      flow,
      {
        response: (response) => this.#responded(response),
        timedOut: () => this.#fail(408, 'Request Timeout'),
        failed: () => this.#fail(503, 'Transport failed'),
      },
      this.#branch,
    )
  }

  #responded(response: SipResponse): void {
    if (response.status < 200) return this.#provisional(response)
    if (response.status < 300) return this.#accepted(response)
    if (this.#over) return
    if ((response.status === 401 || response.status === 407) && this.#answerChallenge(response)) return
    this.#fail(response.status, response.reason, response)
  }

  #answerChallenge(response: SipResponse): boolean {
    const { credentials } = this.#options
    if (
      credentials === undefined ||
      this.#challenges >= challengesMax ||
      this.#cancelWanted !== undefined ||
      this.#request === undefined
    )
      return false
    const proxy = response.status === 407
    for (const header of response.headers.getAll(proxy ? 'proxy-authenticate' : 'www-authenticate')) {
      const value = answerChallenge(header, { method: 'INVITE', uri: this.#request.uri }, credentials)
      if (value === undefined) continue
      this.#challenges += 1
      this.#ids.seq += 1
      this.#heard = false
      this.#send([[proxy ? 'Proxy-Authorization' : 'Authorization', value]])
      return true
    }
    return false
  }

  #provisional(response: SipResponse): void {
    this.#heard = true
    if (this.#cancelWanted !== undefined) return this.#sendCancel()
    if (response.status === 100 || this.#over) return
    const rseq = Number(response.headers.get('rseq') ?? 0)
    if (response.headers.includes('require', '100rel') && rseq > 0) {
      const again = rseq <= this.#lastRseq
      this.#lastRseq = Math.max(rseq, this.#lastRseq)
      void this.#dialogOf(response).request('PRACK', { headers: [['RAck', `${rseq} ${this.#ids.seq} INVITE`]] })
      if (again) return
    }
    for (const listener of this.#progress) listener(response)
  }

  #dialogOf(response: SipResponse): SipDialog {
    const tag = response.headers.to.params.get('tag') ?? ''
    const known = this.#dialogs.get(tag)
    // The early dialog becomes the confirmed one, its CSeq going on (§12.1.2); the 2xx may name another target and route.
    if (known !== undefined) {
      if (response.status >= 200) known.confirm(response.headers)
      return known
    }
    const flow = this.#flow
    if (flow === undefined) throw new Error('a response before the request')
    const dialog = new SipDialog({
      stack: this.#stack,
      flow,
      sipCallId: this.#ids.callId,
      localTag: this.#ids.tag,
      remoteTag: tag,
      localParty: nameAddr(this.#options.from, this.#ids.tag),
      remoteParty: response.headers.get('to') ?? '',
      remoteTarget: response.headers.contact?.uri ?? this.#options.uri,
      routeSet: response.headers.values('record-route').toReversed(),
      localSeq: this.#ids.seq,
      remoteSeq: 0,
      remoteHeaders: response.headers,
      contact: this.#stack.contact(flow.transport),
      forget: this.#forget,
    })
    this.#dialogs.set(tag, dialog)
    return dialog
  }

  #accepted(response: SipResponse): void {
    const tag = response.headers.to.params.get('tag') ?? ''
    if (this.#winner === tag) return this.#dialogs.get(tag)?.acknowledge(this.#ids.seq)
    const dialog = this.#dialogOf(response)
    this.#adopt(dialog)
    dialog.acknowledge(this.#ids.seq)
    // A second fork, or one that crossed our CANCEL, is taken and let go at once (§13.2.2.4).
    if (this.#winner !== undefined || this.#over || this.#cancelWanted !== undefined) {
      dialog.bye()
      this.#winner ??= tag
      return this.#fail(487, 'Request Terminated')
    }
    this.#winner = tag
    this.#over = true
    dialog.rememberSdp(this.#options.sdpOffer ?? '')
    dialog.startSession(response.headers, 'uac')
    if (this.#answer === undefined) this.#early = { dialog, response }
    else this.#answer(dialog, response)
  }

  #fail(status: number, reason: string, response?: SipResponse): void {
    if (this.#over) return
    this.#over = true
    this.#failed = { status, reason, ...(response === undefined ? {} : { response }) }
    this.#failure?.(status, reason, response)
  }

  cancel(reason?: string): void {
    if (this.#over || this.#cancelWanted !== undefined) return
    this.#cancelWanted = reason ?? ''
    if (this.#heard) return this.#sendCancel()
    // Before any provisional answer nothing may be sent (§9.1); without a flow nothing was.
    if (this.#flow === undefined) this.#fail(487, 'Cancelled')
  }

  #sendCancel(): void {
    const request = this.#request
    const flow = this.#flow
    if (this.#cancelSent || request === undefined || flow === undefined) return
    this.#cancelSent = true
    const headers = makeResponse(request, 100, undefined).headers
    headers.remove('via').set('CSeq', `${request.headers.cseq.number} CANCEL`)
    for (const route of request.headers.getAll('route')) headers.append('Route', route)
    headers.append('Max-Forwards', '70')
    if (this.#cancelWanted) headers.append('Reason', this.#cancelWanted)
    // The branch of the INVITE makes it its CANCEL.
    this.#stack.startClient(
      { kind: 'request', method: 'CANCEL', uri: request.uri, headers, body: new Uint8Array(0) },
      flow,
      {},
      this.#branch,
    )
    // A far end that never sends 487 must not hold the leg (§9.1).
    this.#stack.timers.at(this.#stack.timers.nowMs + 64 * T1, () => this.#fail(487, 'No answer to CANCEL'))
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
