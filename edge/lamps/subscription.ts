import { parseNameAddr } from '../sip/headers.ts'
import type { SipRequest, SipResponse } from '../sip/message.ts'
import { parseSipUri, type SipUri } from '../sip/uri.ts'
import type { Flow, UserAgent } from '../sip/user-agent.ts'

export interface SubscriptionParts {
  readonly userAgent: Pick<UserAgent, 'request'>
  readonly username: string
  readonly password: string
  readonly localTag: string
  /** The event as it was asked for, `;id=` included (RFC 6665 §8.2.1). */
  readonly event: string
  readonly request: SipRequest
  readonly flow: Flow
}

/** URIs and tags longer than this are nobody's phone. */
const textMax = 512

/** The far end's side of a SUBSCRIBE: its address and its Contact; `undefined` when they cannot be used for a dialog. */
function farEnd({ headers }: SipRequest): { readonly tag: string; readonly target: SipUri } | undefined {
  const tag = headers.from.params.get('tag')
  const target = headers.contact?.uri
  return tag === undefined || tag === '' || tag.length > textMax || target === undefined ? undefined : { tag, target }
}

/** A subscription that lives: the dialog of RFC 6665 §4.4.1, its end, and its notifications one after the other. */
export class Subscription {
  readonly username: string
  readonly sipCallId: string
  readonly localTag: string
  readonly remoteTag: string
  /** Host of the address that was subscribed to: where the message account is called. */
  readonly domain: string
  expiresAtMs = 0
  /** What the phone was told last. */
  told: string | undefined
  #target: SipUri
  #flow: Flow
  #remoteSeq: number
  #seq = 0
  readonly #parts: SubscriptionParts
  readonly #routes: readonly string[]

  /** `undefined` for a SUBSCRIBE that cannot make a dialog. */
  static open(parts: SubscriptionParts): Subscription | undefined {
    const far = farEnd(parts.request)
    return far === undefined ? undefined : new Subscription(parts, far.tag, far.target)
  }

  private constructor(parts: SubscriptionParts, remoteTag: string, target: SipUri) {
    const { headers } = parts.request
    this.#parts = parts
    this.username = parts.username
    this.sipCallId = headers.callId
    this.localTag = parts.localTag
    this.remoteTag = remoteTag
    this.domain = parseSipUri(headers.to.uri)?.host ?? ''
    this.#target = target
    this.#flow = parts.flow
    this.#remoteSeq = headers.cseq.number
    this.#routes = headers.values('record-route').slice(0, 10)
  }

  get id(): string {
    return `${this.sipCallId}|${this.localTag}|${this.remoteTag}`
  }

  get isReachable(): boolean {
    return this.#flow.isOpen
  }

  /** Whether a phone at this address hears of changes here. */
  comesFrom(address: string, port: number): boolean {
    return this.#flow.remoteAddress === address && this.#flow.remotePort === port
  }

  /** Takes a SUBSCRIBE within the dialog: false when it comes too late to count (RFC 3261 §12.2.2). */
  refresh(request: SipRequest, flow: Flow): boolean {
    if (request.headers.cseq.number <= this.#remoteSeq) return false
    this.#remoteSeq = request.headers.cseq.number
    this.#target = request.headers.contact?.uri ?? this.#target
    this.#flow = flow
    return true
  }

  /** NOTIFY with what waits; its final answer. `state` as RFC 6665 §4.1.3 has it. */
  notify(state: string, body: string | undefined, contentType: string): Promise<SipResponse> {
    const { userAgent, event, password, request } = this.#parts
    const { headers } = request
    return userAgent.request({
      method: 'NOTIFY',
      uri: this.#target,
      flow: this.#flow,
      from: { uri: parseNameAddr(headers.get('to') ?? '')?.uri ?? '' },
      to: { uri: headers.from.uri },
      headers: [
        ['Event', event],
        ['Subscription-State', state],
      ],
      route: this.#routes,
      credentials: { username: this.username, password },
      within: {
        sipCallId: this.sipCallId,
        localTag: this.localTag,
        remoteTag: this.remoteTag,
        nextSeq: () => {
          this.#seq += 1
          return this.#seq
        },
      },
      ...(body === undefined ? {} : { body, contentType }),
    })
  }
}
