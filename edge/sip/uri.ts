/** A SIP or SIPS URI, RFC 3261 §19.1. Other schemes are kept as text by whoever reads them. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  /** Unescaped. */
  readonly user?: string
  readonly password?: string
  /** Lower case; IPv6 with its brackets. */
  readonly host: string
  readonly port?: number
  /** Names in lower case; a parameter without a value has an empty one. */
  readonly params: ReadonlyMap<string, string>
  /** Text after `?`, as sent. */
  readonly headers?: string
}

/** A host as it stands in a URI: IPv6 in brackets (RFC 3261 §25.1 `host`, RFC 3986 §3.2.2). */
export const uriHost = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host)

/** Longest URI that is looked at, characters. */
export const uriLengthMax = 4_096

const shape =
  /^(sips?):(?:([^@\s]*)@)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?((?:;[^?;\s]*)*)(?:\?(\S*))?$/i

function unescaped(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return /%(?![0-9a-fA-F]{2})/.test(text)
      ? undefined
      : text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

/** URIs read lately: a message names the same few again and again, and so does the next one of the same phone. */
const lately = new Map<string, SipUri>()
const latelyMax = 5_000
const latelyLengthMax = 200

/** Reads a URI; `undefined` when it is none, or of another scheme. */
export function parseSipUri(text: string): SipUri | undefined {
  const known = lately.get(text)
  if (known !== undefined) return known
  const uri = readSipUri(text)
  if (uri === undefined || text.length > latelyLengthMax) return uri
  if (lately.size >= latelyMax) lately.clear()
  lately.set(text, uri)
  return uri
}

function readSipUri(text: string): SipUri | undefined {
  if (text.length > uriLengthMax) return undefined
  const match = shape.exec(text)
  if (match === null) return undefined
  const [, scheme = '', userInfo, host = '', portText, paramText = '', headers] = match
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && port > 65_535) return undefined
  // A password would follow the first colon; `;` and `?` may stand unescaped in the user part (RFC 3261 §25.1).
  const colon = userInfo?.indexOf(':') ?? -1
  const user = userInfo === undefined ? undefined : unescaped(colon < 0 ? userInfo : userInfo.slice(0, colon))
  if (userInfo !== undefined && (user === undefined || userInfo === '' || /["<>\s]/.test(userInfo))) return undefined
  const params = new Map<string, string>()
  for (const part of paramText === '' ? [] : paramText.split(';')) {
    if (part === '') continue
    const [name = '', value = ''] = part.split(/=(.*)/s)
    params.set(name.toLowerCase(), unescaped(value) ?? value)
  }
  return {
    scheme: scheme.toLowerCase() as 'sip' | 'sips',
    ...(user === undefined ? {} : { user }),
    ...(userInfo !== undefined && colon >= 0 ? { password: userInfo.slice(colon + 1) } : {}),
    host: host.toLowerCase(),
    ...(port === undefined ? {} : { port }),
    params,
    ...(headers === undefined ? {} : { headers }),
  }
}

/** What may stand in a user part and in a parameter without being escaped, RFC 3261 §25.1. */
const plainInUser = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/gu
const plainInParam = /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/gu

const escaped = (text: string, special: RegExp): string =>
  text
    .toWellFormed()
    .replaceAll(special, (char) =>
      [...new TextEncoder().encode(char)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    )

/** The text of a URI. What was unescaped is escaped again: a line break in a parameter must not become one in a message. */
export function formatSipUri(uri: SipUri): string {
  const password = uri.password === undefined ? '' : `:${uri.password}`
  const user = uri.user === undefined ? '' : `${escaped(uri.user, plainInUser)}${password}@`
  const params = [...uri.params]
    .map(([name, value]) => (value === '' ? `;${name}` : `;${name}=${escaped(value, plainInParam)}`))
    .join('')
  const port = uri.port === undefined ? '' : `:${uri.port}`
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`
  return `${uri.scheme}:${user}${uri.host}${port}${params}${headers}`
}

/** The same resource for a registrar's or dialog's purposes: scheme, user, host and port, RFC 3261 §19.1.4 without parameters. */
export const sameTarget = (a: SipUri, b: SipUri): boolean =>
  a.scheme === b.scheme && a.user === b.user && a.host === b.host && a.port === b.port
