import { isIP } from 'node:net'
import { PbxError } from '@offhook/shared/pbx-error.ts'

/** Bounds of a description: more than a phone or browser ever says, less than a stranger could make us work on. */
const charactersMax = 65_536
const linesMax = 400
const lineMax = 1_024
const mediaMax = 16
const formatsMax = 64
const cryptosMax = 8

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
export type CryptoSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32'

/** One `a=crypto` line, RFC 4568 §9.1. */
export interface CryptoLine {
  readonly tag: number
  readonly suite: string
  /** Base64 of master key and salt, 30 bytes. */
  readonly key: string
}

/** What a browser says of its ICE and DTLS: RFC 8839 §5.4, RFC 8122 §5, RFC 5763 §5. */
export interface TransportLines {
  readonly iceUfrag: string | undefined
  readonly icePwd: string | undefined
  /** `sha-256` → hex pairs with colons, upper case. */
  readonly fingerprints: readonly { readonly algorithm: string; readonly value: string }[]
  readonly setup: string | undefined
}

/** One media line with what belongs to it. RFC 8866 §5.14. */
export interface MediaLine extends TransportLines {
  readonly kind: string
  /** 0 (refused) to 65535; what is out of range counts as refused. */
  readonly port: number
  readonly protocol: string
  readonly formats: readonly string[]
  /** An IP address; a host name in its place is `undefined`, and we wait until we hear from there. */
  readonly address: string | undefined
  readonly direction: Direction
  /** `0` → `PCMU/8000`. */
  readonly rtpmaps: ReadonlyMap<string, string>
  readonly crypto: readonly CryptoLine[]
  readonly rtcpPort: number | undefined
  readonly rtcpMux: boolean
  readonly mid: string | undefined
}

export interface Sdp {
  readonly media: readonly MediaLine[]
  /** True when the offer bundles its lines (RFC 9143); an answer then names the group too. */
  readonly isBundled: boolean
}

/** Payload types everybody knows, RFC 3551 §6. */
const statics: Readonly<Record<string, string>> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 9: 'G722/8000' }
const directions: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] satisfies Direction[]
const isDirection = (word: string): word is Direction => directions.includes(word)

const portOf = (digits: string | undefined): number => {
  const port = Number(digits ?? 0)
  return port <= 65_535 ? port : 0
}

const addressOf = (value: string): string | undefined => {
  const address = /^IN IP[46] (\S+)/i.exec(value)?.[1]?.split('/')[0] ?? ''
  return isIP(address) === 0 ? undefined : address
}

/** The values of an attribute in the order they stand, `''` for one without a value. */
const attributes = (lines: readonly string[], name: string): string[] =>
  lines.flatMap((line) => {
    if (line === `a=${name}`) return ['']
    return line.startsWith(`a=${name}:`) ? [line.slice(name.length + 3)] : []
  })

function readTransport(lines: readonly string[], session: TransportLines | undefined): TransportLines {
  const fingerprints = attributes(lines, 'fingerprint').flatMap((value) => {
    const [, algorithm = '', hex = ''] = /^(\S{1,16}) ([0-9A-Fa-f:]{2,200})$/.exec(value) ?? []
    return hex === '' ? [] : [{ algorithm: algorithm.toLowerCase(), value: hex.toUpperCase() }]
  })
  return {
    iceUfrag: attributes(lines, 'ice-ufrag')[0] ?? session?.iceUfrag,
    icePwd: attributes(lines, 'ice-pwd')[0] ?? session?.icePwd,
    fingerprints: fingerprints.length > 0 ? fingerprints : (session?.fingerprints ?? []),
    setup: attributes(lines, 'setup')[0] ?? session?.setup,
  }
}

interface SessionPart extends TransportLines {
  readonly address: string | undefined
  readonly direction: Direction
}

function readSession(lines: readonly string[]): SessionPart {
  return {
    ...readTransport(lines, undefined),
    address: lines.flatMap((line) => (line.startsWith('c=') ? [addressOf(line.slice(2))] : []))[0],
    direction: lines.map((line) => line.slice(2)).find(isDirection) ?? 'sendrecv',
  }
}

function readRtpmaps(lines: readonly string[], formats: readonly string[]): Map<string, string> {
  const known = formats.flatMap((format) => (statics[format] === undefined ? [] : [[format, statics[format]] as const]))
  const said = attributes(lines, 'rtpmap').flatMap((value) => {
    const [, format = '', encoding = ''] = /^(\d{1,3}) (\S+)/.exec(value) ?? []
    return encoding === '' ? [] : [[format, encoding.replace(/\/1$/, '')] as const]
  })
  return new Map([...known, ...said])
}

function readMedia(lines: readonly string[], session: SessionPart): MediaLine {
  const [, kind = '', port, protocol = '', words = ''] = /^m=(\S+) (\d{1,6})\S* (\S+) (.*)$/.exec(lines[0] ?? '') ?? []
  const formats = words.split(' ').slice(0, formatsMax)
  const connection = lines.find((line) => line.startsWith('c='))
  const crypto = attributes(lines, 'crypto').flatMap((value) => {
    const [, tag, suite = '', key = ''] = /^(\d{1,9}) (\S+) inline:([A-Za-z0-9+/=]{40})(?:[|\s]|$)/.exec(value) ?? []
    return tag === undefined ? [] : [{ tag: Number(tag), suite, key }]
  })
  const rtcp = attributes(lines, 'rtcp')[0]
  return {
    ...readTransport(lines, session),
    kind,
    port: portOf(port),
    protocol,
    formats,
    address: connection === undefined ? session.address : addressOf(connection.slice(2)),
    direction: lines.map((line) => line.slice(2)).find(isDirection) ?? session.direction,
    rtpmaps: readRtpmaps(lines, formats),
    crypto: crypto.slice(0, cryptosMax),
    rtcpPort: rtcp === undefined ? undefined : portOf(/^\d{1,5}/.exec(rtcp)?.[0]) || undefined,
    rtcpMux: lines.includes('a=rtcp-mux'),
    mid: attributes(lines, 'mid')[0],
  }
}

/** Reads a description (RFC 8866); what it does not know it passes over. Throws PbxError('bad-sdp', 400) when it is none. */
export function parseSdp(text: string): Sdp {
  const lines = text
    .slice(0, charactersMax)
    .split(/\r?\n/, linesMax)
    .map((line) => line.slice(0, lineMax).trimEnd())
  if (lines[0] !== 'v=0') throw new PbxError('bad-sdp', { message: 'The session description does not begin with v=0.' })
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : [])).slice(0, mediaMax)
  const head = lines.slice(0, starts[0] ?? lines.length)
  const session = readSession(head)
  return {
    media: starts.map((start, index) => readMedia(lines.slice(start, starts[index + 1] ?? lines.length), session)),
    isBundled: head.some((line) => line.startsWith('a=group:BUNDLE')),
  }
}

/** Our ICE and DTLS: lite (RFC 8445 §2.5), one candidate, the server of DTLS. */
export interface OurTransport {
  readonly iceUfrag: string
  readonly icePwd: string
  /** SHA-256 of our certificate, hex pairs with colons. */
  readonly fingerprint: string
  readonly setup: 'actpass' | 'passive'
  readonly ssrc: number
}

/** Our side of a description: one audio line. */
export interface OurSide {
  readonly sessionId: number
  readonly version: number
  readonly address: string
  readonly port: number
  readonly protocol: string
  readonly direction: Direction
  readonly codecs: readonly { readonly name: string; readonly payloadType: number }[]
  readonly eventType: number | undefined
  readonly crypto: readonly CryptoLine[]
  readonly rtcpMux: boolean
  readonly mid: string | undefined
  readonly transport: OurTransport | undefined
}

const familyOf = (address: string): string => (address.includes(':') ? 'IP6' : 'IP4')

/** Priority of a UDP host candidate of component 1, RFC 8445 §5.1.2.1: type 126, local preference 65535. */
const hostPriority = 126 * 2 ** 24 + 65_535 * 2 ** 8 + 255

function writeTransport(us: OurSide): string[] {
  const { transport, address, port } = us
  if (transport === undefined) return []
  return [
    `a=ice-ufrag:${transport.iceUfrag}`,
    `a=ice-pwd:${transport.icePwd}`,
    `a=fingerprint:sha-256 ${transport.fingerprint}`,
    `a=setup:${transport.setup}`,
    `a=candidate:1 1 udp ${hostPriority} ${address} ${port} typ host`,
    'a=end-of-candidates',
    'a=msid:offhook audio',
    `a=ssrc:${transport.ssrc} cname:offhook`,
  ]
}

function writeAudio(us: OurSide): string[] {
  const { codecs, eventType, crypto, port } = us
  const formats = [...codecs.map(({ payloadType }) => payloadType), ...(eventType === undefined ? [] : [eventType])]
  return [
    `m=audio ${port} ${us.protocol} ${formats.join(' ')}`,
    `c=IN ${familyOf(us.address)} ${us.address}`,
    ...(us.mid === undefined ? [] : [`a=mid:${us.mid}`]),
    ...codecs.map((codec) => `a=rtpmap:${codec.payloadType} ${codec.name}/8000`),
    ...(eventType === undefined ? [] : [`a=rtpmap:${eventType} telephone-event/8000`, `a=fmtp:${eventType} 0-15`]),
    ...crypto.map((line) => `a=crypto:${line.tag} ${line.suite} inline:${line.key}`),
    'a=ptime:20',
    `a=rtcp:${us.rtcpMux ? port : port + 1} IN ${familyOf(us.address)} ${us.address}`,
    ...(us.rtcpMux ? ['a=rtcp-mux'] : []),
    `a=${us.direction}`,
    ...writeTransport(us),
  ]
}

/**
 * Our description. In an answer, media lines of the offer other than `index` are refused in their places with port 0
 * (RFC 3264 §6).
 */
export function writeSdp(us: OurSide, offer?: { readonly sdp: Sdp; readonly index: number }): string {
  const ip = familyOf(us.address)
  const refused = ({ kind, protocol, formats }: MediaLine) => [`m=${kind} 0 ${protocol} ${formats.join(' ')}`]
  const audio = writeAudio(us)
  const media = offer?.sdp.media.flatMap((line, index) => (index === offer.index ? audio : refused(line))) ?? audio
  const isBundled = us.transport !== undefined && us.mid !== undefined && (offer === undefined || offer.sdp.isBundled)
  const head = [
    'v=0',
    `o=offhook ${us.sessionId} ${us.version} IN ${ip} ${us.address}`,
    's=-',
    `c=IN ${ip} ${us.address}`,
    't=0 0',
    ...(us.transport === undefined ? [] : ['a=ice-lite']),
    ...(isBundled ? [`a=group:BUNDLE ${us.mid}`] : []),
  ]
  return `${[...head, ...media].join('\r\n')}\r\n`
}
