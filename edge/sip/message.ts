import { headerLengthMax, headersMax, parseNameAddr, parseVia, SipHeaders, splitList } from './headers.ts'
import { parseSipUri } from './uri.ts'

export { SipHeaders } from './headers.ts'

/** Bytes of one message that are taken, on any transport. */
export const messageBytesMax = 65_535

export interface SipRequest {
  readonly kind: 'request'
  readonly method: string
  /** As sent; `parseSipUri` reads it. */
  readonly uri: string
  readonly headers: SipHeaders
  readonly body: Uint8Array
}

export interface SipResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly headers: SipHeaders
  readonly body: Uint8Array
}

export type SipMessage = SipRequest | SipResponse

/** What became of some bytes: a message; a request that must be answered with `status`; or nothing anybody could answer. */
export type Parsed =
  | { readonly kind: 'message'; readonly message: SipMessage }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly request: SipRequest }
  | { readonly kind: 'dropped'; readonly why: string }

const decoder = new TextDecoder('utf-8')
const encoder = new TextEncoder()
const empty = new Uint8Array(0)

/** Index just behind the empty line, or -1. Bare line feeds are tolerated. */
export function headEnd(bytes: Uint8Array): number {
  for (let index = bytes.indexOf(10); index >= 0; index = bytes.indexOf(10, index + 1)) {
    if (bytes[index + 1] === 10) return index + 2
    if (bytes[index + 1] === 13 && bytes[index + 2] === 10) return index + 3
  }
  return -1
}

const token = /^[\w.!%*+`'~-]+$/
/** Names that were looked at lately: a few dozen are all that phones use. */
const namesLately = new Set<string>()
const namesMax = 1_000

function isHeaderName(name: string): boolean {
  if (namesLately.has(name)) return true
  if (!token.test(name)) return false
  if (namesLately.size >= namesMax) namesLately.clear()
  namesLately.add(name)
  return true
}

const requestLine = /^([^\s]+) ([^\s]+) SIP\/(\d+\.\d+)$/i
const statusLine = /^SIP\/(\d+\.\d+) (\d{3})(?: (.*))?$/is

const mandatory = ['via', 'from', 'to', 'call-id', 'cseq'] as const
/** Headers that may stand once only; two of them make a request that nobody can trust. RFC 3261 §7.3.1. */
const single = [
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-length',
  'content-type',
  'expires',
  'date',
  'user-agent',
  'subject',
] as const
/** A bit for each header that is counted. */
const bits = new Map<string, number>([...new Set<string>([...mandatory, ...single])].map((name, at) => [name, 1 << at]))
const bitOf = (name: string): number => bits.get(name) ?? 0
const singleBits = single.reduce((all, name) => all | bitOf(name), 0)
const mandatoryBits = mandatory.reduce((all, name) => all | bitOf(name), 0)

/** What is missing of what must be there, or there twice of what may be there once. */
function countComplaint(headers: SipHeaders): string | undefined {
  let seen = 0
  let twice = ''
  headers.forEach((name) => {
    const bit = bitOf(name)
    if ((seen & bit & singleBits) !== 0) twice ||= name
    seen |= bit
  })
  if ((seen & mandatoryBits) !== mandatoryBits)
    return `Missing ${mandatory.find((name) => (seen & bitOf(name)) === 0) ?? ''}`
  return twice === '' ? undefined : `More than one ${twice}`
}

function readHeaders(lines: readonly string[]): SipHeaders | string {
  const headers = new SipHeaders()
  let name = ''
  let value = ''
  let count = 0
  for (const line of lines) {
    if (line.length > headerLengthMax) return 'Header too long'
    const first = line.charCodeAt(0)
    if (first === 32 || first === 9) {
      if (name === '') return 'Folded line without a header'
      value += ` ${line.trim()}`
      if (value.length > headerLengthMax) return 'Header too long'
      continue
    }
    if (name !== '') headers.append(name, value.trim())
    const colon = line.indexOf(':')
    name = line.slice(0, colon).trimEnd()
    value = line.slice(colon + 1)
    count += 1
    if (colon <= 0 || !isHeaderName(name)) return 'Malformed header'
    if (count > headersMax) return 'Too many headers'
  }
  if (name !== '') headers.append(name, value.trim())
  return headers
}

function checkAddress(headers: SipHeaders, name: 'from' | 'to'): string | undefined {
  const address = headers[name]
  if (address.uri === '' || splitList(headers.get(name) ?? '').length !== 1)
    return `Malformed ${name === 'from' ? 'From' : 'To'}`
  if (isSip(address.uri) && parseSipUri(address.uri) === undefined)
    return `Malformed ${name === 'from' ? 'From' : 'To'} URI`
  return undefined
}

function checkVias(headers: SipHeaders): string | undefined {
  const lines = headers.getAll('via')
  const isOne = lines.length === 1 && lines[0]?.includes(',') === false
  if (isOne) return headers.via === undefined ? 'Malformed Via' : undefined
  for (const value of headers.values('via')) if (parseVia(value) === undefined) return 'Malformed Via'
  return lines.some((value) => /^\s*,|,\s*,|,\s*$/.test(value)) ? 'Malformed Via' : undefined
}

function checkContacts(headers: SipHeaders): string | undefined {
  const lines = headers.getAll('contact')
  if (lines.length === 0) return undefined
  if (lines.some((value) => /^\s*[;,]|,\s*,|;\s*;|,\s*$/.test(value))) return 'Malformed Contact'
  for (const value of headers.values('contact')) {
    if (value === '*') continue
    const contact = parseNameAddr(value)
    if (contact === undefined || (isSip(contact.uri) && parseSipUri(contact.uri) === undefined))
      return 'Malformed Contact'
  }
  return undefined
}

const isSip = (uri: string): boolean => /^sips?:/i.test(uri)
const isNumber = (text: string | undefined, max: number): boolean =>
  text === undefined || (/^\d{1,10}$/.test(text.trim()) && Number(text) <= max)
const dateShape = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** What is wrong with the headers that everything relies on; `undefined` when nothing is. */
function complaint(headers: SipHeaders, method: string | undefined): string | undefined {
  const wrong =
    countComplaint(headers) ??
    checkVias(headers) ??
    checkContacts(headers) ??
    checkAddress(headers, 'from') ??
    checkAddress(headers, 'to')
  if (wrong !== undefined) return wrong
  const { cseq } = headers
  // RFC 3261 §8.1.1.5: below 2^31.
  if (cseq.method === '' || cseq.number >= 2 ** 31) return 'Malformed CSeq'
  if (method !== undefined && cseq.method !== method) return 'CSeq method does not match'
  if (!isNumber(headers.get('max-forwards'), 255)) return 'Malformed Max-Forwards'
  if (!isNumber(headers.get('content-length'), messageBytesMax)) return 'Malformed Content-Length'
  if (!isNumber(headers.get('expires'), 2 ** 32 - 1)) return 'Malformed Expires'
  const date = headers.get('date')
  return date === undefined || dateShape.test(date) ? undefined : 'Malformed Date'
}

function requestComplaint(method: string, uri: string): string | undefined {
  if (!token.test(method)) return 'Malformed request line'
  if (uri.startsWith('<')) return 'Request-URI in angle brackets'
  if (isSip(uri)) {
    const parsed = parseSipUri(uri)
    if (parsed === undefined) return 'Malformed Request-URI'
    // A Request-URI must not carry headers (RFC 3261 §19.1.1).
    if (parsed.headers !== undefined) return 'Headers in the Request-URI'
  } else if (!/^[a-z][a-z0-9+.-]*:\S+$/i.test(uri)) return 'Malformed Request-URI'
  return undefined
}

/**
 * Reads one message. Never throws. On datagrams the body is cut to Content-Length, a longer one than there are bytes is refused
 * (RFC 3261 §18.3). What is malformed but says whom to answer is `refused`; a malformed response is dropped.
 */
export function parseMessage(bytes: Uint8Array): Parsed {
  if (bytes.length > messageBytesMax) return { kind: 'dropped', why: 'too long' }
  const found = headEnd(bytes)
  const end = found < 0 ? bytes.length : found
  const text = decoder.decode(bytes.subarray(0, end))
  const lines = linesOf(text)
  while (lines.length > 0 && lines.at(-1) === '') lines.pop()
  // Empty lines before the start line are keep-alives (RFC 3261 §7.5).
  let skipped = 0
  while (lines[skipped] === '') skipped += 1
  const first = lines[skipped] ?? ''
  const headers = readHeaders(lines.slice(skipped + 1))
  const isResponse = /^SIP\/\d/i.test(first)
  if (typeof headers === 'string' && isResponse) return { kind: 'dropped', why: headers }
  const body = found < 0 ? empty : bytes.subarray(end)
  return isResponse
    ? readResponse(first, headers as SipHeaders, body)
    : readRequest(first, headers, lines.slice(skipped + 1), body)
}

/** Lines without their ends; bare line feeds are tolerated. */
function linesOf(text: string): string[] {
  const lines = text.split('\r\n')
  return lines.some((line) => line.includes('\n')) ? text.split(/\r?\n/) : lines
}

function readResponse(line: string, headers: SipHeaders, body: Uint8Array): Parsed {
  const match = statusLine.exec(line)
  const status = Number(match?.[2] ?? 0)
  if (match === null || match[1] !== '2.0' || status < 100 || status > 699)
    return { kind: 'dropped', why: 'malformed status line' }
  const wrong = complaint(headers, undefined) ?? lengthComplaint(headers, body)
  if (wrong !== undefined) return { kind: 'dropped', why: wrong }
  return {
    kind: 'message',
    message: { kind: 'response', status, reason: match[3] ?? '', headers, body: cut(headers, body) },
  }
}

/** The good headers of a request whose headers are broken somewhere: enough to answer it. */
const salvage = (lines: readonly string[]): SipHeaders =>
  new SipHeaders(
    lines
      .flatMap((line) => {
        const match = /^([\w.!%*+`'~-]+)\s*:\s*(.*)$/.exec(line)
        return match === null || line.length > headerLengthMax ? [] : [[match[1] ?? '', match[2] ?? ''] as const]
      })
      .slice(0, headersMax),
  )

/** Method, URI and version of a line with white space where none may be: whom to refuse. Every step looks at a character once. */
function looseRequestLine(line: string): readonly string[] | undefined {
  if (line.length > headerLengthMax) return undefined
  const version = /\sSIP\/(\d+\.\d+)\s*$/i.exec(line)
  const space = line.search(/\s/)
  if (version === null || space <= 0 || space >= version.index) return undefined
  return [line, line.slice(0, space), line.slice(space, version.index).trim(), version[1] ?? '']
}

function readRequest(line: string, read: SipHeaders | string, lines: readonly string[], body: Uint8Array): Parsed {
  const headers = typeof read === 'string' ? salvage(lines) : read
  const match = line.length > headerLengthMax ? null : requestLine.exec(line)
  const loose = match ?? looseRequestLine(line)
  const [, method = '', uri = '', version = ''] = loose ?? []
  const request: SipRequest = { kind: 'request', method, uri, headers, body: empty }
  // The answer goes back to where the bytes came from, so any Via will do.
  const answerable = headers.has('via')
  const refuse = (status: number, reason: string): Parsed =>
    answerable && method !== 'ACK' ? { kind: 'refused', status, reason, request } : { kind: 'dropped', why: reason }
  if (loose === undefined) return { kind: 'dropped', why: 'malformed request line' }
  if (version !== '2.0') return refuse(505, 'Version Not Supported')
  if (match === null) return refuse(400, 'Malformed request line')
  if (typeof read === 'string') return refuse(400, read)
  const wrong = requestComplaint(method, uri) ?? complaint(headers, method) ?? lengthComplaint(headers, body)
  if (wrong !== undefined) return refuse(400, wrong)
  return { kind: 'message', message: { ...request, body: cut(headers, body) } }
}

const lengthComplaint = (headers: SipHeaders, body: Uint8Array): string | undefined =>
  Number(headers.get('content-length') ?? body.length) > body.length ? 'Content-Length beyond the end' : undefined

const cut = (headers: SipHeaders, body: Uint8Array): Uint8Array => {
  const length = headers.get('content-length')
  return length === undefined ? body : body.subarray(0, Number(length))
}

const oneLine = (text: string): string => (/[\r\n]/.test(text) ? text.replaceAll(/[\r\n]+\s*/g, ' ') : text)

/** The bytes of a message. Content-Length is set to the body's. */
export function serialise(message: SipMessage): Uint8Array {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`
  // A line break in a URI, a reason or a value would let its writer forge headers.
  let head = `${oneLine(start)}\r\n`
  message.headers.forEach((key, value, name) => {
    if (key !== 'content-length') head += `${name}: ${oneLine(value)}\r\n`
  })
  head += `Content-Length: ${message.body.length}\r\n\r\n`
  // From the pool of buffers: answers are kept for their repeats, and memory of its own for each would be half the work of a collector.
  const bytes = Buffer.from(head)
  return message.body.length === 0 ? bytes : Buffer.concat([bytes, message.body])
}

export const bodyText = (message: SipMessage): string => decoder.decode(message.body)
export const bodyBytes = (body: string | Uint8Array | undefined): Uint8Array =>
  body === undefined ? empty : typeof body === 'string' ? encoder.encode(body) : body
