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
const requestLine = /^([^\s]+) ([^\s]+) SIP\/(\d+\.\d+)$/i
const statusLine = /^SIP\/(\d+\.\d+) (\d{3})(?: (.*))?$/is

/** Headers that may stand once only; two of them make a request that nobody can trust. RFC 3261 §7.3.1. */
const single = new Set([
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
])
const mandatory = ['via', 'from', 'to', 'call-id', 'cseq'] as const

function readHeaders(lines: readonly string[]): SipHeaders | string {
  const headers = new SipHeaders()
  let name = ''
  let value = ''
  let count = 0
  const flush = () => {
    if (name !== '') headers.append(name, value.trim())
  }
  for (const line of lines) {
    if (line.length > headerLengthMax) return 'Header too long'
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name === '') return 'Folded line without a header'
      value += ` ${line.trim()}`
      if (value.length > headerLengthMax) return 'Header too long'
      continue
    }
    flush()
    const colon = line.indexOf(':')
    name = line.slice(0, colon).trimEnd()
    value = line.slice(colon + 1)
    count += 1
    if (colon <= 0 || !token.test(name)) return 'Malformed header'
    if (count > headersMax) return 'Too many headers'
  }
  flush()
  return headers
}

function checkAddress(headers: SipHeaders, name: 'from' | 'to'): string | undefined {
  const text = headers.get(name) ?? ''
  const address = parseNameAddr(text)
  if (address === undefined || splitList(text).length !== 1) return `Malformed ${name === 'from' ? 'From' : 'To'}`
  if (/^sips?:/i.test(address.uri) && parseSipUri(address.uri) === undefined)
    return `Malformed ${name === 'from' ? 'From' : 'To'} URI`
  return undefined
}

/** What is wrong with the headers that everything relies on; `undefined` when nothing is. */
function complaint(headers: SipHeaders, method: string | undefined): string | undefined {
  const counts = headers.counts()
  for (const name of mandatory) if (!counts.has(name)) return `Missing ${name}`
  for (const [name, count] of counts) if (count > 1 && single.has(name)) return `More than one ${name}`
  for (const value of headers.values('via')) if (parseVia(value) === undefined) return 'Malformed Via'
  if (headers.getAll('via').some((value) => /^\s*,|,\s*,|,\s*$/.test(value))) return 'Malformed Via'
  if (headers.getAll('contact').some((value) => /^\s*[;,]|,\s*,|;\s*;|,\s*$/.test(value))) return 'Malformed Contact'
  for (const value of headers.values('contact')) {
    if (value === '*') continue
    const contact = parseNameAddr(value)
    if (contact === undefined || (/^sips?:/i.test(contact.uri) && parseSipUri(contact.uri) === undefined))
      return 'Malformed Contact'
  }
  const badAddress = checkAddress(headers, 'from') ?? checkAddress(headers, 'to')
  if (badAddress !== undefined) return badAddress
  const cseq = headers.cseq
  // RFC 3261 §8.1.1.5: below 2^31.
  if (cseq.method === '' || cseq.number >= 2 ** 31) return 'Malformed CSeq'
  if (method !== undefined && cseq.method !== method) return 'CSeq method does not match'
  const number = (name: string, max: number) => {
    const text = headers.get(name)
    return text === undefined || (/^\d{1,10}$/.test(text.trim()) && Number(text) <= max)
  }
  if (!number('max-forwards', 255)) return 'Malformed Max-Forwards'
  if (!number('content-length', messageBytesMax)) return 'Malformed Content-Length'
  if (!number('expires', 2 ** 32 - 1)) return 'Malformed Expires'
  const date = headers.get('date')
  if (date !== undefined && !/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date)) return 'Malformed Date'
  return undefined
}

function requestComplaint(method: string, uri: string): string | undefined {
  if (!token.test(method)) return 'Malformed request line'
  if (uri.startsWith('<')) return 'Request-URI in angle brackets'
  if (/^sips?:/i.test(uri)) {
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
  const lines = text.split(/\r?\n/)
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
  for (const [name, value] of message.headers.entries()) {
    if (/^(content-length|l)$/i.test(name)) continue
    head += `${name}: ${oneLine(value)}\r\n`
  }
  head += `Content-Length: ${message.body.length}\r\n\r\n`
  // From the pool of buffers: answers are kept for their repeats, and memory of its own for each would be half the work of a collector.
  const bytes = Buffer.from(head)
  const whole = message.body.length === 0 ? bytes : Buffer.concat([bytes, message.body])
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.length)
}

export const bodyText = (message: SipMessage): string => decoder.decode(message.body)
export const bodyBytes = (body: string | Uint8Array | undefined): Uint8Array =>
  body === undefined ? empty : typeof body === 'string' ? encoder.encode(body) : body
