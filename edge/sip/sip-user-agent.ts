import { allowedMethods, challengeAnswer, makeResponse, newCallId, newTag } from './compose.ts'
import { joined } from './detached.ts'
import type { SipDialog } from './dialog/dialog.ts'
import { composeRequest, firstFlow, InviteClient } from './dialog/invite-client.ts'
import { type DialogTable, InviteServer } from './dialog/invite-server.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { PassingMap } from './passing-map.ts'
import { refusalOf } from './request-check.ts'
import { realSystem, Stack, type StackEvents, type StackOptions, type System } from './stack.ts'
import type { Transaction } from './transaction/transaction.ts'
import type {
  Dialog,
  Flow,
  IncomingInvite,
  IncomingRequest,
  InviteOptions,
  OutgoingInvite,
  SipTransport,
  UserAgent,
} from './user-agent.ts'

export type UserAgentOptions = StackOptions

export interface Address {
  readonly host: string
  readonly port: number
}

export interface SipUserAgent extends UserAgent {
  readonly addresses: { readonly udp?: Address; readonly tcp?: Address; readonly tls?: Address }
  /** Our Contact towards whoever is reached by this transport, in angle brackets. */
  contact(transport: SipTransport): string
  /** Stream connections that ended; bindings on them are gone. */
  onFlowClosed(listener: (flow: Flow) => void): void
}

/** What tells two proofs apart, without keeping either of them. */
const digestAnswer = /[\s,]response\s*=\s*"?([^\s",]{1,64})/i

/** Dispatches what the stack hears to dialogs and listeners. */
class Dispatcher implements StackEvents, DialogTable {
  readonly dialogs = new PassingMap<string, SipDialog>()
  readonly flowListeners: ((flow: Flow) => void)[] = []
  onInvite: ((invite: IncomingInvite) => void) | undefined
  onRequest: ((incoming: IncomingRequest) => void) | undefined
  stack: Stack | undefined
  /** Call-ID, CSeq and From tag of requests in hand: the same ones by another way are merged (§8.2.2.2). */
  readonly #inHand = new Set<string>()

  adopt(dialog: SipDialog): void {
    this.dialogs.set(dialog.id, dialog)
  }

  forget(dialog: SipDialog): void {
    this.dialogs.delete(dialog.id)
  }

  #dialogFor({ headers }: SipRequest): SipDialog | undefined {
    return this.dialogs.get(`${headers.callId}|${headers.to.params.get('tag')}|${headers.from.params.get('tag') ?? ''}`)
  }

  isExpected(request: SipRequest): boolean {
    return this.#dialogFor(request) !== undefined
  }

  ack(request: SipRequest): void {
    this.#dialogFor(request)?.acked(request)
  }

  flowClosed(flow: Flow): void {
    for (const listener of this.flowListeners) listener(flow)
  }

  request(request: SipRequest, flow: Flow, transaction: Transaction): void {
    const answer = (status: number) => transaction.respond(makeResponse(request, status, newTag()))
    const refused = refusalOf(request)
    if (refused !== undefined) return transaction.respond(refused)
    if (request.method === 'CANCEL') return this.#cancel(request, transaction)
    if (request.headers.to.params.has('tag')) return this.#inDialog(request, flow, transaction)
    if (request.method === 'BYE' || request.method === 'PRACK' || request.method === 'UPDATE') return answer(481)
    if (this.stack?.isLooped(request) === true || !this.#take(request, transaction)) return answer(482)
    if (request.method === 'INVITE') this.#invited(request, flow, transaction)
    else this.#pass(request, flow, transaction)
  }

  /** False when the same request is in hand already, come by another way. */
  #take({ headers, method }: SipRequest, transaction: Transaction): boolean {
    // Some phones prove themselves without counting CSeq up: with the proof it is another request.
    const header = headers.get('authorization') ?? headers.get('proxy-authorization') ?? ''
    const proof = digestAnswer.exec(header)?.[1] ?? header
    const identity = joined([headers.callId, headers.cseq.number, method, headers.from.params.get('tag') ?? '', proof])
    if (this.#inHand.has(identity)) return false
    this.#inHand.add(identity)
    transaction.identity = identity
    return true
  }

  ended({ identity }: Transaction): void {
    if (identity !== '') this.#inHand.delete(identity)
  }

  #cancel(request: SipRequest, transaction: Transaction): void {
    const canceller = this.stack?.findServer(request, 'INVITE')?.canceller
    transaction.respond(makeResponse(request, canceller === undefined ? 481 : 200, canceller?.localTag ?? newTag()))
    canceller?.cancel()
  }

  #inDialog(request: SipRequest, flow: Flow, transaction: Transaction): void {
    const dialog = this.#dialogFor(request)
    if (dialog !== undefined) return dialog.received(request, transaction)
    // Not every dialog is one of an INVITE: a subscription's refresh, say.
    if (request.method === 'SUBSCRIBE') return this.#pass(request, flow, transaction)
    transaction.respond(makeResponse(request, 481, newTag()))
  }

  #pass(request: SipRequest, flow: Flow, transaction: Transaction): void {
    const tag = newTag()
    const respond: IncomingRequest['respond'] = (status, parts) =>
      transaction.respond(makeResponse(request, status, tag, parts))
    if (this.onRequest === undefined) return respond(405, { headers: [['Allow', allowedMethods]] })
    this.onRequest({ request, flow, localTag: tag, respond })
  }

  #invited(request: SipRequest, flow: Flow, transaction: Transaction): void {
    if (this.stack === undefined) return
    const invite = new InviteServer(this.stack, request, flow, transaction, this)
    if (this.onInvite === undefined) return invite.respond(480)
    this.onInvite(invite)
  }
}

/** A request outside dialogs of an INVITE to its final response: 408 and 503 are made here when none comes. */
async function sendRequest(stack: Stack, wanted: Parameters<UserAgent['request']>[0]): Promise<SipResponse> {
  const { within } = wanted
  const ids =
    within === undefined
      ? { callId: newCallId(), tag: newTag(), seq: 1 }
      : { callId: within.sipCallId, tag: within.localTag, toTag: within.remoteTag, seq: within.nextSeq() }
  const flow = await firstFlow(stack, wanted)
  const compose = (transport: SipTransport, headers = wanted.headers ?? []) =>
    composeRequest(stack, wanted.method, { ...wanted, headers }, transport, ids)
  if (flow === undefined) return makeResponse(compose('udp'), 503, 'local')
  const send = (request: SipRequest) =>
    new Promise<SipResponse>((resolve) => {
      stack.startClient(request, flow, {
        response: (response) => {
          if (response.status >= 200) resolve(response)
        },
        timedOut: () => resolve(makeResponse(request, 408, 'local')),
        failed: () => resolve(makeResponse(request, 503, 'local')),
      })
    })
  const first = compose(flow.transport)
  const response = await send(first)
  const proof = challengeAnswer(response, first, wanted.credentials)
  if (proof === undefined) return response
  ids.seq = within === undefined ? ids.seq + 1 : within.nextSeq()
  return send(compose(flow.transport, [...(wanted.headers ?? []), proof]))
}

const addressOf = (transport: { readonly address: string; readonly port: number } | undefined): Address | undefined =>
  transport === undefined ? undefined : { host: transport.address, port: transport.port }

/** Opens transports and answers by itself what RFC 3261 §8.2 says every server must; the rest goes to the listeners. */
export async function createUserAgent(options: UserAgentOptions, system: System = realSystem): Promise<SipUserAgent> {
  const dispatcher = new Dispatcher()
  const stack = await Stack.open(options, dispatcher, system)
  dispatcher.stack = stack
  const { transports } = stack
  const [udp, tcp, tls] = [addressOf(transports.udp), addressOf(transports.tcp), addressOf(transports.tls)]
  const { dialogs } = dispatcher
  let closing: Promise<void> | undefined
  const closeAll = async () => {
    for (const dialog of [...dialogs.values()]) dialog.bye()
    // The BYEs leave before the sockets go.
    await new Promise((resolve) => setImmediate(resolve))
    await stack.close()
  }
  return {
    addresses: {
      ...(udp === undefined ? {} : { udp }),
      ...(tcp === undefined ? {} : { tcp }),
      ...(tls === undefined ? {} : { tls }),
    },
    onInvite(listener) {
      dispatcher.onInvite = listener
    },
    onRequest(listener) {
      dispatcher.onRequest = listener
    },
    contact: (transport) => stack.contact(transport),
    onFlowClosed: (listener) => void dispatcher.flowListeners.push(listener),
    invite: (wanted: InviteOptions): OutgoingInvite => new InviteClient(stack, wanted, dispatcher),
    request: (wanted) => sendRequest(stack, wanted),
    findDialog(sipCallId, localTag, remoteTag): Dialog | undefined {
      const dialog = dialogs.get(`${sipCallId}|${localTag}|${remoteTag}`)
      return dialog?.isEstablished === true ? dialog : undefined
    },
    onMessage: (listener) => stack.watch(listener),
    counts: () => ({ ...stack.counts(), dialogs: dialogs.size }),
    close() {
      closing ??= closeAll()
      return closing
    },
  }
}
