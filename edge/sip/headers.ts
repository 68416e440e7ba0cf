import { parseSipUri, type SipUri } from './uri.ts'

/** Headers of one message, and characters of one header, that are looked at. */
export const headersMax = 200
export const headerLengthMax = 16_384

/** RFC 3261 §7.3.3 and later registrations. */
const compactForms: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
}

/** Names seen, as they are looked up: a few dozen are all that phones use, and each is asked for many times a message. */
const keys = new Map<string, string>()
const keysMax = 1_000

function keyOf(name: string): string {
  const known = keys.get(name)
  if (known !== undefined) return known
  const lower = name.toLowerCase()
  const key = compactForms[lower] ?? lower
  if (keys.size >= keysMax) keys.clear()
  keys.set(name, key)
  return key
}

/** `"Alex" <sip:1001@acme>;tag=1`, RFC 3261 §20.10. */
export interface NameAddr {
  readonly displayName?: string
  readonly uri: string
  readonly params: ReadonlyMap<string, string>
}

export interface Via {
  readonly transport: string
  readonly host: string
  readonly port?: number
  readonly params: ReadonlyMap<string, string>
}

export interface CSeq {
  readonly number: number
  readonly method: string
}

/** Nothing in it that needs more than cutting at semicolons. */
const isPlain = (text: string): boolean => !/[\s",]/.test(text)

/** Parameters without quotes and white space, as nearly all are. */
function readPlainParams(text: string): Map<string, string> | undefined {
  const params = new Map<string, string>()
  if (text === '') return params
  if (text[0] !== ';') return undefined
  for (let start = 1; start <= text.length; ) {
    const semicolon = text.indexOf(';', start)
    const end = semicolon < 0 ? text.length : semicolon
    const equals = text.indexOf('=', start)
    const nameEnd = equals < 0 || equals > end ? end : equals
    if (nameEnd === start) return undefined
    params.set(text.slice(start, nameEnd).toLowerCase(), text.slice(nameEnd + 1, end))
    start = end + 1
  }
  return params
}

function readParams(text: string): Map<string, string> | undefined {
  if (isPlain(text)) return readPlainParams(text)
  const params = new Map<string, string>()
  const pattern = /\s*;\s*([^\s;=,"]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?\s*/gy
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) return /^\s*$/.test(text.slice(start)) ? params : undefined
    const value = match[2] ?? ''
    params.set(
      (match[1] ?? '').toLowerCase(),
      value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value,
    )
  }
  return params
}

/** What stands before the angle bracket; `undefined` when it is neither a quoted string nor bare words. */
function readDisplayName(text: string): string | undefined {
  if (text.startsWith('"')) {
    const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(text)
    return quoted?.[1]?.replaceAll(/\\(.)/gs, '$1')
  }
  // Tokens by the grammar; names beyond ASCII without quotes are a habit of phones.
  return /^[^"<>,;:@\\]*$/.test(text) ? text : undefined
}

/** Index of the angle bracket that opens the address, quoted strings skipped. */
function openingBracket(text: string): number {
  if (!text.startsWith('"')) return text.indexOf('<')
  const quoted = /^"(?:[^"\\]|\\.)*"\s*/s.exec(text)
  return quoted !== null && text[quoted[0].length] === '<' ? quoted[0].length : -1
}

/** Reads one name-addr or addr-spec; `undefined` when it is malformed. An addr-spec's parameters belong to the header (§20.10). */
export function parseNameAddr(text: string): NameAddr | undefined {
  const whole = text.trim()
  const open = openingBracket(whole)
  if (open >= 0) {
    const close = whole.indexOf('>', open)
    const uri = whole.slice(open + 1, close)
    const displayName = open === 0 ? '' : readDisplayName(whole.slice(0, open).trim())
    const params = close < 0 ? undefined : readParams(whole.slice(close + 1))
    if (params === undefined || displayName === undefined || uri === '' || /[\s<]/.test(uri)) return undefined
    return displayName === '' ? { uri, params } : { displayName, uri, params }
  }
  const bare = /^([A-Za-z][A-Za-z0-9+.-]*:[^\s;<>"]+)(.*)$/s.exec(whole)
  if (bare === null) return undefined
  // A question mark or comma must not stand in an addr-spec without brackets.
  const params = readParams(bare[2] ?? '')
  return params === undefined || /[?,]/.test(bare[1] ?? '') ? undefined : { uri: bare[1] ?? '', params }
}

type SentBy = Omit<Via, 'params'>

const sentByShape =
  /^\s*SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9-]+)\s+(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)\s*(?::\s*(\d{1,5})\s*)?$/i

/** What stands before the parameters, as read lately: of each phone it is always the same. */
const sentByLately = new Map<string, SentBy>()
const sentByMax = 5_000
const sentByLengthMax = 100

function readSentBy(text: string): SentBy | undefined {
  const known = sentByLately.get(text)
  if (known !== undefined) return known
  const [match, transport = '', host = '', port] = sentByShape.exec(text) ?? []
  if (match === undefined) return undefined
  const sentBy: SentBy = {
    transport: transport.toLowerCase(),
    host: host.toLowerCase(),
    ...(port === undefined ? {} : { port: Number(port) }),
  }
  if (text.length > sentByLengthMax) return sentBy
  if (sentByLately.size >= sentByMax) sentByLately.clear()
  sentByLately.set(text, sentBy)
  return sentBy
}

export function parseVia(text: string): Via | undefined {
  const semicolon = text.indexOf(';')
  const sentBy = readSentBy(semicolon < 0 ? text : text.slice(0, semicolon))
  const params = sentBy === undefined || semicolon < 0 ? new Map<string, string>() : readParams(text.slice(semicolon))
  if (sentBy === undefined || params === undefined) return undefined
  const { transport, host, port } = sentBy
  return port === undefined ? { transport, host, params } : { transport, host, port, params }
}

/** Splits at commas that stand in neither quotes nor angle brackets. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return [text.trim()]
  const parts: string[] = []
  let quoted = false
  let angle = 0
  let start = 0
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]
    if (quoted) {
      if (char === '\\') index += 1
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '<') angle += 1
    else if (char === '>') angle -= 1
    else if (char === ',' && angle <= 0) {
      parts.push(text.slice(start, index).trim())
      start = index + 1
    }
  }
  parts.push(text.slice(start).trim())
  return parts.filter((part) => part !== '')
}

interface Entry {
  readonly name: string
  readonly key: string
  readonly value: string
}

/** What was read of some entries. */
interface Read {
  from?: NameAddr | undefined
  to?: NameAddr | undefined
  cseq?: CSeq | undefined
  via?: Via | undefined
  viaKnown?: true | undefined
}

const cseqShape = /^\s*(\d{1,10})\s+(\S+)\s*$/
const nobody: NameAddr = { uri: '', params: new Map() }

/** The headers of one message, in order, with the names they came with. Look-ups know compact forms and ignore case. */
export class SipHeaders {
  #entries: Entry[] = []
  /** What was read of the entries; a change of one of them empties its part. */
  readonly #read: Read = {}

  constructor(entries: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of entries) this.append(name, value)
  }

  #changed(key: string): this {
    if (key === 'via') this.#read.viaKnown = undefined
    else if (key === 'from' || key === 'to' || key === 'cseq') this.#read[key] = undefined
    return this
  }

  append(name: string, value: string): this {
    const key = keyOf(name)
    this.#entries.push({ name, key, value })
    return this.#changed(key)
  }

  /** Puts a value in front of the others of its name, as a Via or Record-Route goes. */
  prepend(name: string, value: string): this {
    const key = keyOf(name)
    const at = this.#entries.findIndex((entry) => entry.key === key)
    this.#entries.splice(Math.max(0, at), 0, { name, key, value })
    return this.#changed(key)
  }

  /** One value in the place of the first, the others of the name gone. */
  set(name: string, value: string): this {
    const key = keyOf(name)
    const at = this.#entries.findIndex((entry) => entry.key === key)
    if (at < 0) return this.append(name, value)
    this.#entries = this.#entries.filter((entry, index) => index === at || entry.key !== key)
    this.#entries[at] = { name, key, value }
    return this.#changed(key)
  }

  /** Another value for the first of a name; the rest stay. Nothing happens when there is none. */
  replaceFirst(name: string, value: string): this {
    const key = keyOf(name)
    const at = this.#entries.findIndex((entry) => entry.key === key)
    const entry = this.#entries[at]
    if (entry !== undefined) this.#entries[at] = { ...entry, value }
    return this.#changed(key)
  }

  remove(name: string): this {
    const key = keyOf(name)
    this.#entries = this.#entries.filter((entry) => entry.key !== key)
    return this.#changed(key)
  }

  get(name: string): string | undefined {
    const key = keyOf(name)
    for (const entry of this.#entries) if (entry.key === key) return entry.value
    return undefined
  }

  /** One item a header line. */
  getAll(name: string): string[] {
    const key = keyOf(name)
    const values: string[] = []
    for (const entry of this.#entries) if (entry.key === key) values.push(entry.value)
    return values
  }

  /** Calls back with each header in order: its long name in lower case, its value, and the name it came with. */
  forEach(callback: (key: string, value: string, name: string) => void): void {
    for (const { key, value, name } of this.#entries) callback(key, value, name)
  }

  /** One item a value: lines joined, comma lists split. */
  values(name: string): string[] {
    const lines = this.getAll(name)
    const [only] = lines
    return lines.length < 2 ? (only === undefined ? [] : splitList(only)) : lines.flatMap(splitList)
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  entries(): [name: string, value: string][] {
    return this.#entries.map(({ name, value }) => [name, value])
  }

  /** True when a comma list of tokens (Supported, Require, Allow) has the token. */
  includes(name: string, token: string): boolean {
    const wanted = token.toLowerCase()
    return this.values(name).some((value) => value.toLowerCase() === wanted)
  }

  /** From, To and Call-ID were checked when the message was read; on a message of our own making they are there. */
  get from(): NameAddr {
    this.#read.from ??= parseNameAddr(this.get('from') ?? '') ?? nobody
    return this.#read.from
  }

  get to(): NameAddr {
    this.#read.to ??= parseNameAddr(this.get('to') ?? '') ?? nobody
    return this.#read.to
  }

  get callId(): string {
    return this.get('call-id')?.trim() ?? ''
  }

  get cseq(): CSeq {
    if (this.#read.cseq === undefined) {
      const match = cseqShape.exec(this.get('cseq') ?? '')
      this.#read.cseq = { number: Number(match?.[1] ?? 0), method: match?.[2] ?? '' }
    }
    return this.#read.cseq
  }

  /** The topmost one. */
  get via(): Via | undefined {
    if (this.#read.viaKnown === undefined) {
      const top = splitList(this.get('via') ?? '')[0]
      this.#read.via = top === undefined ? undefined : parseVia(top)
      this.#read.viaKnown = true
    }
    return this.#read.via
  }

  get contact(): { readonly uri: SipUri; readonly text: string } | undefined {
    const text = this.values('contact')[0]
    const uri = text === undefined ? undefined : parseSipUri(parseNameAddr(text)?.uri ?? '')
    return text === undefined || uri === undefined ? undefined : { uri, text }
  }
}
