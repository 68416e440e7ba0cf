import { allowedMethods, supportedExtensions } from '../compose.ts'
import { parseNameAddr } from '../headers.ts'
import { bodyBytes, SipHeaders, type SipRequest, type SipResponse } from '../message.ts'
import type { Stack } from '../stack.ts'
import { formatSipUri, parseSipUri, type SipUri } from '../uri.ts'
import type { Flow, ResponseParts } from '../user-agent.ts'
import type { SessionTimer } from './session-timer.ts'

export interface DialogStateParts {
  readonly stack: Stack
  readonly flow: Flow
  /** Requests go on `flow` while it is open, whatever route and Contact say: the far end is a registered phone or behind NAT. */
  readonly isBound: boolean
  readonly sipCallId: string
  readonly localTag: string
  readonly remoteTag: string
  /** Header values of ourselves and of the far end, with tags. */
  readonly localParty: string
  readonly remoteParty: string
  readonly remoteTarget: SipUri
  readonly routeSet: readonly string[]
  readonly localSeq: number
  /** -1 while the far end has sent no request. */
  readonly remoteSeq: number
  readonly remoteHeaders: SipHeaders
  readonly contact: string
}

/** What makes a dialog, and the requests that follow from it: identity, sequence numbers, target and route set. RFC 3261 §12. */
export class DialogState {
  readonly parts: DialogStateParts
  localSeq: number
  #remoteSeq: number
  #routeSet: readonly string[]
  remoteTarget: SipUri
  remoteHeaders: SipHeaders

  constructor(parts: DialogStateParts) {
    this.parts = parts
    this.localSeq = parts.localSeq
    this.#remoteSeq = parts.remoteSeq
    this.#routeSet = parts.routeSet
    this.remoteTarget = parts.remoteTarget
    this.remoteHeaders = parts.remoteHeaders
  }

  /** Takes the sequence number of a request of the far end; false when it comes too late (§12.2.2). */
  takeSeq(seq: number): boolean {
    if (seq <= this.#remoteSeq) return false
    this.#remoteSeq = seq
    return true
  }

  takeTarget(headers: SipHeaders): void {
    this.remoteTarget = headers.contact?.uri ?? this.remoteTarget
  }

  /** The 2xx of an INVITE whose early dialog this was: its target and route set count (§13.2.2.4). */
  takeAnswer(response: SipResponse): void {
    this.takeTarget(response.headers)
    this.remoteHeaders = response.headers
    this.#routeSet = response.headers.values('record-route').toReversed()
  }

  /** A request within the dialog, §12.2.1.1. INVITE and UPDATE carry the session timer that runs. */
  make(method: string, seq: number, parts: ResponseParts = {}, timer?: SessionTimer): SipRequest {
    const { sipCallId, localParty, remoteParty, contact, stack } = this.parts
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
      if (timer !== undefined)
        headers.append('Session-Expires', `${timer.seconds};refresher=${timer.refresher === 'us' ? 'uac' : 'uas'}`)
    }
    if (stack.options.serverName !== undefined) headers.append('User-Agent', stack.options.serverName)
    for (const [name, value] of parts.headers ?? []) headers.append(name, value)
    if (parts.body !== undefined && parts.contentType !== undefined) headers.append('Content-Type', parts.contentType)
    return { kind: 'request', method, uri: this.#targetText(), headers, body: bodyBytes(parts.body) }
  }

  /** The far end's Contact as a Request-URI: without the part behind `?` (§19.1.1). */
  #targetText(): string {
    const { headers: _, ...uri } = this.remoteTarget
    return formatSipUri(uri)
  }

  /** The way to the far end: the flow it is bound to, else the first route or its Contact (§12.2.1.1), else where the dialog began. */
  async flow(): Promise<Flow> {
    const { flow, isBound, stack } = this.parts
    if (isBound && flow.isOpen) return flow
    const next = routeUri(this.#routeSet) ?? this.remoteTarget
    return stack.flowFor(next).catch((error: unknown) => {
      if (flow.isOpen) return flow
      throw error
    })
  }
}

/** The URI of the first of a list of Route values: where a request with them goes. */
export const routeUri = (routes: readonly string[] = []): SipUri | undefined => {
  const [first] = routes
  return first === undefined ? undefined : parseSipUri(parseNameAddr(first)?.uri ?? '')
}

/** True when a request came through NAT or on a stream: its sender cannot be reached but on the flow it came by. */
export function needsItsFlow({ headers }: SipRequest, flow: Flow): boolean {
  if (flow.transport !== 'udp') return true
  const { via } = headers
  return via?.params.has('received') === true || (via?.port ?? 5_060) !== flow.remotePort
}
