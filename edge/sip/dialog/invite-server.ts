import { allowedMethods, makeResponse, newTag, supportedExtensions } from '../compose.ts'
import { bodyBytes, type SipRequest, type SipResponse } from '../message.ts'
import type { Stack } from '../stack.ts'
import type { Transaction } from '../transaction/transaction.ts'
import { parseSipUri } from '../uri.ts'
import type { Dialog, Flow, IncomingInvite, ResponseParts } from '../user-agent.ts'
import { SipDialog } from './dialog.ts'
import { needsItsFlow } from './dialog-state.ts'
import { ReliableProvisional } from './reliable-provisional.ts'

type Header = readonly [name: string, value: string]

const nothing = (): void => {}
const repeatMs = 60_000
/** RSeq starts somewhere below and rises by one (RFC 3262 §3). */
const firstRseqMax = 2 ** 30

/** Where dialogs are found by the requests that belong to them. */
export interface DialogTable {
  adopt(dialog: SipDialog): void
  forget(dialog: SipDialog): void
}

/** An INVITE from somebody: provisional answers, reliable when asked, one final one. RFC 3261 §13.3, RFC 3262 §3. */
export class InviteServer implements IncomingInvite {
  readonly request: SipRequest
  readonly flow: Flow
  readonly localTag = newTag()
  readonly #stack: Stack
  readonly #transaction: Transaction
  readonly #table: DialogTable
  readonly #onCancel: (() => void)[] = []
  #final = false
  #cancelled = false
  #dialog: SipDialog | undefined
  #reliable: ReliableProvisional | undefined
  #stopRepeat: () => void = () => {}
  readonly #leaveTransaction: () => void
  #rseq = Math.floor(Math.random() * firstRseqMax)

  constructor(stack: Stack, request: SipRequest, flow: Flow, transaction: Transaction, table: DialogTable) {
    this.#stack = stack
    this.request = request
    this.flow = flow
    this.#transaction = transaction
    this.#table = table
    transaction.canceller = this
    this.#leaveTransaction = transaction.onEnded(() => this.#stopRepeat())
    transaction.respond(makeResponse(request, 100, undefined))
  }

  #compose(status: number, parts: ResponseParts, extra: readonly Header[] = []): SipResponse {
    const server = this.#stack.options.serverName
    const named: Header[] = server === undefined ? [] : [['Server', server]]
    return makeResponse(this.request, status, this.localTag, {
      ...parts,
      headers: [...named, ...extra, ...(parts.headers ?? [])],
    })
  }

  /** The dialog begins with the first answer that has our tag (§12.1). */
  #early(): SipDialog {
    if (this.#dialog !== undefined) return this.#dialog
    const { headers } = this.request
    const { remoteAddress, remotePort } = this.flow
    this.#dialog = new SipDialog({
      stack: this.#stack,
      flow: this.flow,
      isBound: needsItsFlow(this.request, this.flow),
      sipCallId: headers.callId,
      localTag: this.localTag,
      remoteTag: headers.from.params.get('tag') ?? '',
      localParty: `${headers.get('to')};tag=${this.localTag}`,
      remoteParty: headers.get('from') ?? '',
      remoteTarget: headers.contact?.uri ??
        parseSipUri(headers.from.uri) ?? { scheme: 'sip', host: remoteAddress, port: remotePort, params: new Map() },
      routeSet: headers.values('record-route'),
      localSeq: 0,
      remoteSeq: headers.cseq.number,
      remoteHeaders: headers,
      contact: this.#stack.contact(this.flow.transport),
      forget: (dialog) => this.#table.forget(dialog),
      early: (request, answer) => {
        if (request.method === 'PRACK') answer(this.#reliable?.acknowledge(request) === true ? 200 : 481)
        else this.cancel()
      },
    })
    this.#table.adopt(this.#dialog)
    return this.#dialog
  }

  async progress(status: number, parts: ResponseParts & { reliable?: boolean } = {}): Promise<void> {
    // One reliable answer at a time (RFC 3262 §3).
    while (this.#reliable !== undefined) await this.#reliable.done
    if (this.#final) return
    this.#early()
    const contact: Header = ['Contact', this.#stack.contact(this.flow.transport)]
    const { headers } = this.request
    const isReliable =
      headers.includes('require', '100rel') || (parts.reliable === true && headers.includes('supported', '100rel'))
    if (!isReliable) return this.#repeat(this.#compose(status, parts, [contact]))
    await this.#sendReliably(status, parts, contact)
  }

  /** Sent again each minute, so that no proxy on the way takes the call for lost (RFC 3261 §13.3.1.1). */
  #repeat(provisional: SipResponse): void {
    this.#transaction.respond(provisional)
    this.#stopRepeat()
    const { timers } = this.#stack
    this.#stopRepeat = timers.at(timers.nowMs + repeatMs, () => this.#repeat(provisional))
  }

  async #sendReliably(status: number, parts: ResponseParts, contact: Header): Promise<void> {
    this.#rseq += 1
    const reliable = new ReliableProvisional(
      (extra) => this.#compose(status, parts, [contact, ...extra]),
      this.#rseq,
      this.request.headers.cseq.number,
      this.#transaction,
      this.#stack.timers,
    )
    this.#reliable = reliable
    const isAcknowledged = await reliable.done
    this.#reliable = undefined
    // Nobody acknowledged it in 64*T1: the call cannot go on (RFC 3262 §3).
    if (!isAcknowledged) this.respond(504)
  }

  respond(status: number, parts: ResponseParts = {}): void {
    if (this.#final) return
    if (status < 200) return void this.progress(status, parts)
    if (status < 300) return void this.accept(parts)
    this.#finish()
    this.#reliable?.stop()
    this.#transaction.respond(this.#compose(status, parts))
    this.#dialog?.abandon(`INVITE answered ${status}`)
  }

  /** The transaction outlives the call by half a minute and must not hold on to it: a CANCEL that comes now changes nothing. */
  #finish(): void {
    this.#final = true
    this.#stopRepeat()
    this.#leaveTransaction()
    this.#transaction.canceller = { localTag: this.localTag, cancel: nothing }
  }

  accept(parts: ResponseParts): Dialog {
    if (this.#final) throw new Error('the INVITE has had its final answer')
    this.#finish()
    const dialog = this.#early()
    dialog.establish()
    if (parts.body !== undefined) dialog.rememberSdp(new TextDecoder().decode(bodyBytes(parts.body)))
    const { headers } = this.request
    const canTime = headers.includes('supported', 'timer') || headers.includes('require', 'timer')
    const timer = canTime ? dialog.startSession(headers, 'uas') : undefined
    const extra: Header[] = [
      ['Contact', this.#stack.contact(this.flow.transport)],
      ['Allow', allowedMethods],
      ['Supported', supportedExtensions.join(', ')],
      ...(timer === undefined ? [] : [['Session-Expires', timer] as const, ['Require', 'timer'] as const]),
    ]
    const response = this.#compose(200, parts, extra)
    if (this.#reliable?.hasBody !== true) {
      this.#reliable?.stop()
      this.#confirm(dialog, response)
    } else void this.#confirmAfter(this.#reliable, dialog, response)
    return dialog
  }

  #confirm(dialog: SipDialog, response: SipResponse): void {
    this.#transaction.respond(response)
    dialog.awaitAck(this.request.headers.cseq.number, response, this.#transaction)
  }

  /** While a reliable answer with SDP is not acknowledged, no 2xx may go out (RFC 3262 §3). */
  async #confirmAfter(reliable: ReliableProvisional, dialog: SipDialog, response: SipResponse): Promise<void> {
    if (await reliable.done) return this.#confirm(dialog, response)
    this.#transaction.respond(this.#compose(504, {}))
    dialog.abandon('prack-timeout')
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
