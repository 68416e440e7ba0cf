import { allowedMethods, makeResponse, newCallId, newTag, supportedExtensions } from './compose.ts'
import type { SipDialog } from './dialog/dialog.ts'
import { composeRequest, InviteClient } from './dialog/invite-client.ts'
import { InviteServer } from './dialog/invite-server.ts'
import { answerChallenge } from './digest.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { Stack, type StackOptions } from './stack.ts'
import type { Transaction } from './transaction/transaction.ts'
import type {
  Dialog,
  Flow,
  IncomingInvite,
  IncomingRequest,
  InviteOptions,
  OutgoingInvite,
  UserAgent,
} from './user-agent.ts'

export type UserAgentOptions = StackOptions

export interface Address {
  readonly host: string
  readonly port: number
}

export interface SipUserAgent extends UserAgent {
  readonly addresses: { readonly udp?: Address; readonly tcp?: Address; readonly tls?: Address }
  /** Stream connections that ended; bindings on them are gone. */
  onFlowClosed(listener: (flow: Flow) => void): void
}

const known = new Set(allowedMethods.split(', '))

/** Opens transports and answers by itself what RFC 3261 §8.2 says every server must; the rest goes to the listeners. */
export async function createUserAgent(options: UserAgentOptions): Promise<SipUserAgent> {
  const dialogs = new Map<string, SipDialog>()
  const invites = new Map<Transaction, InviteServer>()
  /** Call-ID, CSeq and From tag of the INVITEs in hand: the same ones by another way are merged (§8.2.2.2). */
  const inHand = new Map<string, Transaction>()
  const flowListeners: ((flow: Flow) => void)[] = []
  let inviteListener: ((invite: IncomingInvite) => void) | undefined
  let requestListener: ((incoming: IncomingRequest) => void) | undefined

  const adopt = (dialog: SipDialog) => void dialogs.set(dialog.id, dialog)
  const forget = (dialog: SipDialog) => void dialogs.delete(dialog.id)
  const dialogFor = (request: SipRequest) =>
    dialogs.get(
      `${request.headers.callId}|${request.headers.to.params.get('tag')}|${request.headers.from.params.get('tag') ?? ''}`,
    )

  /** Refusals of §8.2.1-8.2.2 and §16.3; `undefined` when the request may be looked at. */
  const refusal = (request: SipRequest): SipResponse | undefined => {
    const answer = (status: number, headers: [string, string][] = []) =>
      makeResponse(request, status, newTag(), { headers })
    if (!/^(sips?|tel):/i.test(request.uri)) return answer(416)
    if (!known.has(request.method)) return answer(501, [['Allow', allowedMethods]])
    if (request.headers.get('max-forwards')?.trim() === '0' && request.method !== 'OPTIONS') return answer(483)
    const unsupported = [...request.headers.values('require'), ...request.headers.values('proxy-require')].filter(
      (tag) => !supportedExtensions.includes(tag.toLowerCase()),
    )
    if (unsupported.length > 0 && request.method !== 'CANCEL')
      return answer(420, [['Unsupported', unsupported.join(', ')]])
    return undefined
  }

  const cancel = (request: SipRequest, transaction: Transaction) => {
    const target = stack.findServer(request, 'INVITE')
    const invite = target === undefined ? undefined : invites.get(target)
    transaction.respond(makeResponse(request, invite === undefined ? 481 : 200, invite?.localTag ?? newTag()))
    invite?.cancel()
  }

  const inDialog = (request: SipRequest, transaction: Transaction) => {
    const dialog = dialogFor(request)
    if (dialog !== undefined) return dialog.received(request, transaction)
    if (request.method === 'PRACK')
      for (const invite of invites.values())
        if (!invite.isOver && invite.request.headers.callId === request.headers.callId)
          return invite.pracked(request, transaction)
    // Somebody else may have made the dialog: a subscription's refresh, say.
    if (request.method === 'SUBSCRIBE' && requestListener !== undefined)
      return pass(request, stack.udp?.flowTo('127.0.0.1', 9), transaction)
    transaction.respond(makeResponse(request, 481, newTag()))
  }

  const pass = (request: SipRequest, flow: Flow | undefined, transaction: Transaction) => {
    const tag = newTag()
    const respond: IncomingRequest['respond'] = (status, parts) =>
      transaction.respond(makeResponse(request, status, tag, parts))
    if (requestListener === undefined || flow === undefined)
      return respond(405, { headers: [['Allow', allowedMethods]] })
    requestListener({ request, flow, respond })
  }

  const invited = (request: SipRequest, flow: Flow, transaction: Transaction) => {
    const { headers } = request
    const identity = `${headers.callId}|${headers.cseq.number}|${headers.from.params.get('tag') ?? ''}`
    // The same request by two ways: whoever was first has it (§8.2.2.2).
    if (inHand.has(identity)) return transaction.respond(makeResponse(request, 482, newTag()))
    inHand.set(identity, transaction)
    const invite = new InviteServer(stack, request, flow, transaction, adopt, forget)
    invites.set(transaction, invite)
    transaction.onEnded(() => {
      invites.delete(transaction)
      inHand.delete(identity)
    })
    invite.trying()
    if (inviteListener === undefined) return invite.respond(480)
    inviteListener(invite)
  }

  const stack = new Stack(options, {
    request(request, flow, transaction) {
      const refused = refusal(request)
      if (refused !== undefined) return transaction.respond(refused)
      if (request.method === 'CANCEL') return cancel(request, transaction)
      if (request.headers.to.params.has('tag')) return inDialog(request, transaction)
      if (request.method === 'INVITE') return invited(request, flow, transaction)
      if (request.method === 'BYE' || request.method === 'PRACK' || request.method === 'UPDATE')
        return transaction.respond(makeResponse(request, 481, newTag()))
      pass(request, flow, transaction)
    },
    ack: (request) => dialogFor(request)?.acked(request),
    flowClosed(flow) {
      for (const listener of flowListeners) listener(flow)
    },
  })
  await stack.open()

  const request: UserAgent['request'] = async (wanted) => {
    const ids = { callId: newCallId(), tag: newTag(), seq: 1 }
    const flow = wanted.flow ?? (await stack.flowFor(wanted.uri, wanted.transport).catch(() => undefined))
    const once = (headers: readonly (readonly [string, string])[]): Promise<SipResponse> => {
      const carrier = flow ?? { transport: 'udp' as const }
      const message = composeRequest(
        stack,
        wanted.method,
        { ...wanted, headers: [...(wanted.headers ?? []), ...headers] },
        carrier as Flow,
        ids,
      )
      if (flow === undefined) return Promise.resolve(makeResponse(message, 503, 'local'))
      return new Promise((resolve) => {
        stack.startClient(message, flow, {
          response: (response) => {
            if (response.status >= 200) resolve(response)
          },
          timedOut: () => resolve(makeResponse(message, 408, 'local')),
          failed: () => resolve(makeResponse(message, 503, 'local')),
        })
      })
    }
    const first = await once([])
    const proxy = first.status === 407
    const challenge = first.headers.get(proxy ? 'proxy-authenticate' : 'www-authenticate')
    if (wanted.credentials === undefined || challenge === undefined || (first.status !== 401 && !proxy)) return first
    const uri = composeRequest(stack, wanted.method, wanted, flow as Flow, ids).uri
    const value = answerChallenge(challenge, { method: wanted.method, uri }, wanted.credentials)
    ids.seq += 1
    return value === undefined ? first : once([[proxy ? 'Proxy-Authorization' : 'Authorization', value]])
  }

  const addressOf = (
    transport: { readonly address: string; readonly port: number } | undefined,
  ): Address | undefined => (transport === undefined ? undefined : { host: transport.address, port: transport.port })
  const [udp, tcp, tls] = [addressOf(stack.udp), addressOf(stack.tcp), addressOf(stack.tls)]
  return {
    addresses: {
      ...(udp === undefined ? {} : { udp }),
      ...(tcp === undefined ? {} : { tcp }),
      ...(tls === undefined ? {} : { tls }),
    },
    onInvite(listener) {
      inviteListener = listener
    },
    onRequest(listener) {
      requestListener = listener
    },
    onFlowClosed: (listener) => void flowListeners.push(listener),
    invite: (wanted: InviteOptions): OutgoingInvite => new InviteClient(stack, wanted, adopt, forget),
    request,
    findDialog: (sipCallId, localTag, remoteTag): Dialog | undefined =>
      dialogs.get(`${sipCallId}|${localTag}|${remoteTag}`),
    onMessage: (listener) => stack.watch(listener),
    counts: () => ({ ...stack.counts(), dialogs: dialogs.size }),
    async close() {
      for (const dialog of [...dialogs.values()]) dialog.bye()
      // The BYEs leave before the sockets go.
      await new Promise((resolve) => setImmediate(resolve))
      await stack.close()
    },
  }
}
