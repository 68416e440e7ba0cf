import { answerChallenge } from './digest.ts'
import { splitList } from './headers.ts'
import { bodyBytes, SipHeaders, type SipRequest, type SipResponse } from './message.ts'
import { randomHex } from './random-hex.ts'
import type { Flow, ResponseParts } from './user-agent.ts'

/** RFC 3261 §8.1.1.7: the cookie says that the branch is unique. */
export const branchCookie = 'z9hG4bK'
export const newBranch = (): string => `${branchCookie}${randomHex(12)}`
export const newTag = (): string => randomHex(8)
export const newCallId = (): string => randomHex(16)

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
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  421: 'Extension Required',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
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

/**
 * Notes where a request really came from on its top Via: `received` and `rport`, RFC 3581 §4. Answers go back that way even when
 * `rport` was not asked for: phones that leave it out sit behind NAT no less.
 */
export function noteSource(request: SipRequest, flow: Flow): void {
  const { via } = request.headers
  const line = request.headers.get('via')
  if (via === undefined || line === undefined) return
  const [top = '', ...others] = splitList(line)
  const wantsPort = via.params.has('rport')
  if (!wantsPort && via.host.replace(/^\[|\]$/g, '') === flow.remoteAddress) return
  const cleared = top.replace(/;\s*received\s*=\s*[^\s;,]*/i, '')
  const noted = wantsPort ? cleared.replace(/;\s*rport(?:\s*=\s*\d*)?/i, `;rport=${flow.remotePort}`) : cleared
  request.headers.replaceFirst('via', [`${noted};received=${flow.remoteAddress}`, ...others].join(', '))
}

/** The header that answers a 401 or 407 with our credentials; `undefined` when there is nothing to answer with. RFC 3261 §22.2-22.3. */
export function challengeAnswer(
  response: SipResponse,
  request: SipRequest,
  credentials: { readonly username: string; readonly password: string } | undefined,
): readonly [name: string, value: string] | undefined {
  if (credentials === undefined || (response.status !== 401 && response.status !== 407)) return undefined
  const isProxy = response.status === 407
  for (const challenge of response.headers.getAll(isProxy ? 'proxy-authenticate' : 'www-authenticate')) {
    const value = answerChallenge(challenge, { method: request.method, uri: request.uri }, credentials)
    if (value !== undefined) return [isProxy ? 'Proxy-Authorization' : 'Authorization', value]
  }
  return undefined
}

const quote = (text: string): string => `"${text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/(["\\])/g, '\\$1')}"`

export const nameAddr = (party: { readonly uri: string; readonly displayName?: string }, tag?: string): string =>
  `${party.displayName ? `${quote(party.displayName)} ` : ''}<${party.uri}>${tag === undefined ? '' : `;tag=${tag}`}`
