/**
 * The SIP stack as the call layer, the registrar and trunks see it: transactions and dialogs done, nothing about calls decided.
 * RFC 3261 with 3262 (PRACK), 3311 (UPDATE), 3515 (REFER), 3581 (rport), 3891 (Replaces), 4028 (timers), 5626, 6026, 7118.
 */
import type { SipHeaders, SipRequest, SipResponse } from './message.ts'
import type { SipUri } from './uri.ts'

export type SipTransport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

/** The connection or address pair a message came by; requests to a registered phone go back on the same flow (RFC 5626 §5.3). */
export interface Flow {
  readonly id: string
  readonly transport: SipTransport
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  /** False once a stream connection is closed. UDP flows are always open. */
  readonly isOpen: boolean
}

export interface ResponseParts {
  readonly reason?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
  readonly contentType?: string
}

/** A request other than INVITE, ACK and CANCEL outside a dialog: REGISTER, OPTIONS, SUBSCRIBE, MESSAGE … Answer exactly once. */
export interface IncomingRequest {
  readonly request: SipRequest
  readonly flow: Flow
  /** The tag our answers put on To where it has none: our side of the dialog that a 2xx to a SUBSCRIBE makes (RFC 6665 §4.4.1). */
  readonly localTag?: string
  respond(status: number, parts?: ResponseParts): void
}

/** An INVITE that wants a new dialog. 100 has been sent. Exactly one final answer; `reject` after `accept` is an error. */
export interface IncomingInvite extends IncomingRequest {
  /** 101-199. Reliable (RFC 3262) when the caller supports 100rel and `reliable` is set; resolves when acknowledged. */
  progress(status: number, parts?: ResponseParts & { reliable?: boolean }): Promise<void>
  /** 200 with our SDP. Retransmitted until ACK (64*T1, then `onEnd` of the dialog with reason 'ack-timeout' after a BYE). */
  accept(parts: ResponseParts): Dialog
  /** CANCEL or an early BYE came before the final answer, or nobody answered for 15 minutes; 487 has been sent. */
  onCancel(listener: () => void): void
}

export interface OutgoingInvite {
  readonly sipCallId: string
  /** Each provisional response above 100; early media SDP is in the body. */
  onProgress(listener: (response: SipResponse) => void): void
  /** First 2xx; its ACK has been sent. Further 2xx of forks are acknowledged and released by the stack. */
  onAnswer(listener: (dialog: Dialog, response: SipResponse) => void): void
  /** A final non-2xx, 408 on timer B, 503 on transport failure. */
  onFailure(listener: (status: number, reason: string, response?: SipResponse) => void): void
  /** CANCEL, as soon as a provisional response allows (RFC 3261 §9.1); a crossing 2xx is acknowledged and released with BYE. */
  cancel(reason?: string): void
}

export interface InDialogRequest {
  readonly request: SipRequest
  respond(status: number, parts?: ResponseParts): void
}

export interface Dialog {
  readonly id: string
  readonly sipCallId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly remoteTarget: SipUri
  /** The response or request that made it, for headers. */
  readonly remoteHeaders: SipHeaders
  /** Any in-dialog request: INFO, UPDATE, NOTIFY, REFER, OPTIONS. Resolves with the final response. */
  request(method: string, parts?: ResponseParts): Promise<SipResponse>
  /** re-INVITE with our offer; resolves with the final response, ACK sent. 491 is retried as RFC 3261 §14.1 says. */
  reinvite(sdpOffer: string): Promise<SipResponse>
  /** re-INVITE from the far end (offer in the body, or none: then put an offer into the answer). */
  onReinvite(listener: (incoming: InDialogRequest) => void): void
  /** The first ACK of each of our 2xx; its body has the answer when the offer was ours (late offer, RFC 3261 §13.2.1). */
  onAck(listener: (request: SipRequest) => void): void
  /** Every other in-dialog request but ACK, BYE, PRACK; unhandled methods get 501/405 by the stack. */
  onRequest(listener: (incoming: InDialogRequest) => void): void
  /** Ended by BYE of either side, by session timer expiry, by ACK or PRACK time-out or by a 408/481 to one of our requests. Told once. */
  onEnd(listener: (why: { by: 'remote' | 'local'; reason: string; headers?: SipHeaders }) => void): void
  /** Ends the dialog at once for us. The BYE goes out now, or, when the far end's ACK is still to come, after it (RFC 3261 §15). */
  bye(parts?: ResponseParts): void
}

export interface InviteOptions {
  readonly uri: SipUri
  /** Send on this flow (a registered phone's) instead of resolving the URI. */
  readonly flow?: Flow
  readonly transport?: SipTransport
  readonly from: { readonly uri: string; readonly displayName?: string }
  readonly to: { readonly uri: string; readonly displayName?: string }
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly sdpOffer?: string
  readonly route?: readonly string[]
  /** Answers a 401/407 of a trunk once. */
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Session timer, seconds (RFC 4028). @default 1800; 0 switches it off */
  readonly sessionExpiresSeconds?: number
}

/** A dialog that no INVITE made: a subscription's. The request gets its identity and its next sequence number. */
export interface BesideInvite {
  readonly sipCallId: string
  readonly localTag: string
  readonly remoteTag: string
  nextSeq(): number
}

export interface UserAgent {
  onInvite(listener: (invite: IncomingInvite) => void): void
  onRequest(listener: (incoming: IncomingRequest) => void): void
  invite(options: InviteOptions): OutgoingInvite
  /** A request outside any dialog of an INVITE (OPTIONS, NOTIFY, REGISTER to a trunk). Resolves with the final response, 408/503 made locally on time-out or transport failure. */
  request(
    options: Omit<InviteOptions, 'sdpOffer' | 'sessionExpiresSeconds'> & {
      method: string
      body?: string
      contentType?: string
      /** @default a Call-ID and a tag of its own */
      within?: BesideInvite
    },
  ): Promise<SipResponse>
  /** The dialog named by Replaces or Join (RFC 3891 §3): matched on Call-ID and both tags. */
  findDialog(sipCallId: string, localTag: string, remoteTag: string): Dialog | undefined
  /** Every message in and out, for the SIP ladder of a call. */
  onMessage(listener: (direction: 'in' | 'out', bytes: Uint8Array, flow: Flow, atMs: number) => void): void
  /** Live transactions, dialogs, timers and sockets: all zero after the last call but the listening sockets. */
  counts(): { transactions: number; dialogs: number; timers: number; connections: number }
  close(): Promise<void>
}
