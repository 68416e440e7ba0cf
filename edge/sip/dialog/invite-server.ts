import { allowedMethods, makeResponse, newTag, supportedExtensions } from '../compose.ts'
import { bodyBytes, type SipRequest, type SipResponse } from '../message.ts'
import type { Stack } from '../stack.ts'
import { T1 } from '../transaction/tables.ts'
import type { Transaction } from '../transaction/transaction.ts'
import { parseSipUri } from '../uri.ts'
import type { Dialog, Flow, IncomingInvite, ResponseParts } from '../user-agent.ts'
import { SipDialog } from './dialog.ts'

/** An INVITE from somebody: provisional answers, reliable when asked, one final one. RFC 3261 §13.3, RFC 3262 §3. */
export class InviteServer implements IncomingInvite {
  readonly request: SipRequest
  readonly flow: Flow
  readonly localTag = newTag()
  readonly #stack: Stack
  readonly #transaction: Transaction
  readonly #adopt: (dialog: SipDialog) => void
  readonly #forget: (dialog: SipDialog) => void
  readonly #onCancel: (() => void)[] = []
  #final = false
  #cancelled = false
  #rseq = 0
  /** Settles when the reliable response under way is acknowledged. */
  #prack: { readonly rseq: number; readonly done: () => void } | undefined

  constructor(
    stack: Stack,
    request: SipRequest,
    flow: Flow,
    transaction: Transaction,
    adopt: (dialog: SipDialog) => void,
    forget: (dialog: SipDialog) => void,
  ) {
    this.#stack = stack
    this.request = request
    this.flow = flow
    this.#transaction = transaction
    this.#adopt = adopt
    this.#forget = forget
  }

  get isOver(): boolean {
    return this.#final
  }

  #send(status: number, parts: ResponseParts, extra: readonly (readonly [string, string])[] = []): SipResponse {
    const server = this.#stack.options.serverName
    const response = makeResponse(this.request, status, this.localTag, {
      ...parts,
      headers: [...(server === undefined ? [] : [['Server', server] as const]), ...extra, ...(parts.headers ?? [])],
    })
    this.#transaction.respond(response)
    return response
  }

  trying(): void {
    this.#transaction.respond(makeResponse(this.request, 100, undefined))
  }

  async progress(status: number, parts: ResponseParts & { reliable?: boolean } = {}): Promise<void> {
    if (this.#final) return
    const contact = ['Contact', this.#stack.contact(this.flow.transport)] as const
    const required = this.request.headers.includes('require', '100rel')
    const reliable = required || (parts.reliable === true && this.request.headers.includes('supported', '100rel'))
    if (!reliable || this.#prack !== undefined) {
      this.#send(status, parts, [contact])
      return
    }
    this.#rseq = this.#rseq === 0 ? 1 + Math.floor(Math.random() * 1_000_000) : this.#rseq + 1
    const rseq = this.#rseq
    const response = this.#send(status, parts, [contact, ['Require', '100rel'], ['RSeq', String(rseq)]])
    const since = this.#stack.timers.nowMs
    await new Promise<void>((resolve) => {
      let stop: () => void = () => {}
      this.#prack = {
        rseq,
        done: () => {
          stop()
          this.#prack = undefined
          resolve()
        },
      }
      const again = (waitMs: number) => {
        stop = this.#stack.timers.at(this.#stack.timers.nowMs + waitMs, () => {
          if (this.#final) return resolve()
          // Nobody acknowledged it in 64*T1: the call cannot go on (RFC 3262 §3).
          if (this.#stack.timers.nowMs - since >= 64 * T1) {
            this.respond(504)
            return resolve()
          }
          this.#transaction.respond(response)
          again(waitMs * 2)
        })
      }
      again(T1)
    })
  }

  /** A PRACK for this INVITE: `RAck: <rseq> <cseq> INVITE`. */
  pracked(request: SipRequest, transaction: Transaction): void {
    const [rseq, cseq] = (request.headers.get('rack') ?? '').trim().split(/\s+/).map(Number)
    const right = this.#prack !== undefined && rseq === this.#prack.rseq && cseq === this.request.headers.cseq.number
    transaction.respond(makeResponse(request, right ? 200 : 481, this.localTag))
    if (right) this.#prack?.done()
  }

  respond(status: number, parts: ResponseParts = {}): void {
    if (this.#final) return
    if (status < 200) return void this.progress(status, parts)
    if (status < 300) return void this.accept(parts)
    this.#final = true
    this.#prack?.done()
    this.#send(status, parts)
  }

  accept(parts: ResponseParts): Dialog {
    if (this.#final) throw new Error('the INVITE has had its final answer')
    this.#final = true
    this.#prack?.done()
    const { headers } = this.request
    const contact = this.#stack.contact(this.flow.transport)
    const dialog = new SipDialog({
      stack: this.#stack,
      flow: this.flow,
      sipCallId: headers.callId,
      localTag: this.localTag,
      remoteTag: headers.from.params.get('tag') ?? '',
      localParty: `${headers.get('to')};tag=${this.localTag}`,
      remoteParty: headers.get('from') ?? '',
      remoteTarget: headers.contact?.uri ??
        parseSipUri(headers.from.uri) ?? {
          scheme: 'sip',
          host: this.flow.remoteAddress,
          port: this.flow.remotePort,
          params: new Map(),
        },
      routeSet: headers.values('record-route'),
      localSeq: 0,
      remoteSeq: headers.cseq.number,
      remoteHeaders: headers,
      contact,
      forget: this.#forget,
    })
    this.#adopt(dialog)
    if (parts.body !== undefined) dialog.rememberSdp(new TextDecoder().decode(bodyBytes(parts.body)))
    const timer =
      headers.includes('supported', 'timer') || headers.includes('require', 'timer')
        ? dialog.startSession(headers, 'uas')
        : undefined
    const extra: [string, string][] = [
      ['Contact', contact],
      ['Allow', allowedMethods],
      ['Supported', supportedExtensions.join(', ')],
    ]
    if (timer !== undefined) extra.push(['Session-Expires', timer], ['Require', 'timer'])
    const response = this.#send(200, parts, extra)
    dialog.awaitAck(headers.cseq.number, response, this.#transaction)
    return dialog
  }

  onCancel(listener: () => void): void {
    if (this.#cancelled) listener()
    else this.#onCancel.push(listener)
  }

  /** CANCEL came: 487, unless the call was answered already. */
  cancel(): void {
    if (this.#final) return
    this.respond(487)
    this.#cancelled = true
    for (const listener of this.#onCancel) listener()
  }
}
