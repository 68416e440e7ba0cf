import { randomBytes } from 'node:crypto'
import { bodyBytes, SipHeaders, type SipRequest, type SipResponse } from './message.ts'
import type { Flow, ResponseParts } from './user-agent.ts'

/** RFC 3261 §8.1.1.7: the cookie says that the branch is unique. */
export const branchCookie = 'z9hG4bK'
export const newBranch = (): string => `${branchCookie}${randomBytes(12).toString('hex')}`
export const newTag = (): string => randomBytes(8).toString('hex')
export const newCallId = (): string => randomBytes(16).toString('hex')

export const allowedMethods =
  'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, SUBSCRIBE, REGISTER, MESSAGE'
export const supportedExtensions = ['replaces', 'timer', '100rel', 'outbound', 'path', 'norefersub']

const reasons: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  600: 'Busy Everywhere',
  603: 'Decline',
}

export const reasonOf = (status: number): string =>
  reasons[status] ?? (status < 200 ? 'Progress' : status < 300 ? 'OK' : 'Error')

/** A response to `request`, RFC 3261 §8.2.6. `toTag` goes onto To unless it has one or the response is 100. */
export function makeResponse(
  request: SipRequest,
  status: number,
  toTag: string | undefined,
  parts: ResponseParts = {},
): SipResponse {
  const headers = new SipHeaders()
  for (const via of request.headers.getAll('via')) headers.append('Via', via)
  if (status < 300) for (const route of request.headers.getAll('record-route')) headers.append('Record-Route', route)
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
    const value = request.headers.get(name)
    if (value === undefined) continue
    const tagged = name === 'To' && toTag !== undefined && status > 100 && !/;\s*tag\s*=/i.test(value)
    headers.append(name, tagged ? `${value};tag=${toTag}` : value)
  }
  for (const [name, value] of parts.headers ?? []) headers.append(name, value)
  const body = bodyBytes(parts.body)
  if (body.length > 0 && parts.contentType !== undefined) headers.append('Content-Type', parts.contentType)
  return { kind: 'response', status, reason: parts.reason ?? reasonOf(status), headers, body }
}

/** Notes where a request really came from on its top Via: `received` and `rport`, RFC 3581 §4. */
export function noteSource(request: SipRequest, flow: Flow): void {
  const all = request.headers.getAll('via')
  const top = all[0]
  const via = request.headers.via
  if (top === undefined || via === undefined) return
  const received = via.host.replace(/^\[|\]$/g, '') === flow.remoteAddress ? '' : `;received=${flow.remoteAddress}`
  const noted = via.params.has('rport')
    ? top.replace(/;\s*rport(?:\s*=\s*\d*)?/i, `;rport=${flow.remotePort};received=${flow.remoteAddress}`)
    : `${top}${received}`
  request.headers.set('Via', noted)
  for (const rest of all.slice(1).toReversed()) {
    // `set` put the first one where the first stood; the others follow in order.
    const entries = request.headers.entries()
    const at = entries.findIndex(([name]) => /^(via|v)$/i.test(name))
    const rebuilt = [...entries.slice(0, at + 1), ['Via', rest] as const, ...entries.slice(at + 1)]
    for (const [name] of entries) request.headers.remove(name)
    for (const [name, value] of rebuilt) request.headers.append(name, value)
  }
}

const quote = (text: string): string => `"${text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/(["\\])/g, '\\$1')}"`

export const nameAddr = (party: { readonly uri: string; readonly displayName?: string }, tag?: string): string =>
  `${party.displayName ? `${quote(party.displayName)} ` : ''}<${party.uri}>${tag === undefined ? '' : `;tag=${tag}`}`
