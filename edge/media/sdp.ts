import { PbxError } from '@offhook/shared/pbx-error.ts'

/** Lines of a description, and characters of one, that are looked at. */
const linesMax = 400
const lineMax = 1_024

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

export interface CryptoLine {
  readonly tag: number
  readonly suite: string
  /** Base64 of master key and salt, 30 bytes. */
  readonly key: string
}

/** One media line with what belongs to it. RFC 8866, RFC 4568. */
export interface MediaLine {
  readonly kind: string
  readonly port: number
  readonly protocol: string
  readonly formats: readonly string[]
  readonly address: string | undefined
  readonly direction: Direction
  /** `0` → `PCMU/8000`. */
  readonly rtpmaps: ReadonlyMap<string, string>
  readonly crypto: readonly CryptoLine[]
  readonly rtcpPort: number | undefined
  readonly rtcpMux: boolean
}

export interface Sdp {
  readonly address: string | undefined
  readonly media: readonly MediaLine[]
}

const statics: Readonly<Record<string, string>> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 9: 'G722/8000' }

const addressOf = (value: string): string | undefined => /^IN IP[46] (\S+)/i.exec(value)?.[1]?.split('/')[0]
const directionOf = (line: string): Direction | undefined =>
  /^a=(sendrecv|sendonly|recvonly|inactive)$/.exec(line)?.[1] as Direction | undefined

function readMedia(
  lines: readonly string[],
  session: { address: string | undefined; direction: Direction },
): MediaLine {
  const [, kind = '', port = '0', protocol = '', formats = ''] =
    /^m=(\S+) (\d+)\S* (\S+) (.*)$/.exec(lines[0] ?? '') ?? []
  const rtpmaps = new Map(
    formats.split(' ').flatMap((format) => (statics[format] === undefined ? [] : [[format, statics[format]] as const])),
  )
  const crypto: CryptoLine[] = []
  let { address, direction } = session
  let rtcpPort: number | undefined
  for (const line of lines.slice(1)) {
    const map = /^a=rtpmap:(\d{1,3}) (\S+)/.exec(line)
    if (map !== null) rtpmaps.set(map[1] ?? '', (map[2] ?? '').replace(/\/1$/, ''))
    const suite = /^a=crypto:(\d{1,9}) (\S+) inline:([A-Za-z0-9+/=]{40})/.exec(line)
    if (suite !== null && crypto.length < 8)
      crypto.push({ tag: Number(suite[1]), suite: suite[2] ?? '', key: suite[3] ?? '' })
    if (line.startsWith('c=')) address = addressOf(line.slice(2)) ?? address
    direction = directionOf(line) ?? direction
    const rtcp = /^a=rtcp:(\d{1,5})/.exec(line)
    if (rtcp !== null) rtcpPort = Number(rtcp[1])
  }
  return {
    kind,
    port: Number(port),
    protocol,
    formats: formats.split(' ').slice(0, 64),
    address,
    direction,
    rtpmaps,
    crypto,
    rtcpPort,
    rtcpMux: lines.includes('a=rtcp-mux'),
  }
}

/** Reads a description. Throws PbxError('bad-sdp', 400) when it is none. */
export function parseSdp(text: string): Sdp {
  const lines = text
    .split(/\r?\n/)
    .slice(0, linesMax)
    .map((line) => line.slice(0, lineMax).trimEnd())
  if (lines[0] !== 'v=0') throw new PbxError('bad-sdp', { message: 'The session description does not begin with v=0.' })
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []))
  const head = lines.slice(0, starts[0] ?? lines.length)
  const address = head.flatMap((line) => (line.startsWith('c=') ? [addressOf(line.slice(2))] : []))[0]
  const direction = head.map(directionOf).find((found) => found !== undefined) ?? 'sendrecv'
  return {
    address,
    media: starts
      .slice(0, 16)
      .map((start, index) => readMedia(lines.slice(start, starts[index + 1] ?? lines.length), { address, direction })),
  }
}

/** What two ends agreed on. */
export interface Agreed {
  readonly codec: 'PCMU' | 'PCMA'
  readonly payloadType: number
  readonly eventType: number | undefined
  readonly remoteAddress: string
  readonly remotePort: number
  readonly remoteRtcpPort: number
  /** Theirs, as they say it. */
  readonly direction: Direction
  readonly crypto: CryptoLine | undefined
}

export const suites = ['AES_CM_128_HMAC_SHA1_80'] as const

/** Picks codec, digits and keys out of the far end's description. Throws PbxError('no-common-codec', 488). */
export function agree(sdp: Sdp, codecs: readonly string[]): { agreed: Agreed; index: number } {
  const index = sdp.media.findIndex((line) => line.kind === 'audio' && line.port > 0)
  const line = sdp.media[index]
  if (line === undefined)
    throw new PbxError('no-common-codec', { status: 488, message: 'There is no audio in the offer.' })
  const wanted = line.formats.map((format) => ({
    format,
    name: (line.rtpmaps.get(format) ?? '').split('/')[0]?.toUpperCase() ?? '',
  }))
  const codec = wanted.find(({ name }) => (name === 'PCMU' || name === 'PCMA') && codecs.includes(name))
  if (codec === undefined)
    throw new PbxError('no-common-codec', {
      status: 488,
      message: 'No codec of the offer is spoken here: PCMU and PCMA are.',
    })
  const event = wanted.find(({ format }) => /^telephone-event\/8000$/i.test(line.rtpmaps.get(format) ?? ''))
  const crypto = line.crypto.find((one) => (suites as readonly string[]).includes(one.suite))
  if (line.protocol === 'RTP/SAVP' && crypto === undefined)
    throw new PbxError('no-common-codec', { status: 488, message: 'No encryption of the offer is spoken here.' })
  const address = line.address ?? sdp.address ?? '0.0.0.0'
  return {
    index,
    agreed: {
      codec: codec.name as 'PCMU' | 'PCMA',
      payloadType: Number(codec.format),
      eventType: event === undefined ? undefined : Number(event.format),
      remoteAddress: address,
      remotePort: line.port,
      remoteRtcpPort: line.rtcpPort ?? (line.rtcpMux ? line.port : line.port + 1),
      // An address of all zeros is how RFC 2543 put somebody on hold.
      direction: address === '0.0.0.0' ? 'inactive' : line.direction,
      crypto: line.protocol.includes('SAVP') ? crypto : undefined,
    },
  }
}

const answerTo: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}
export const answering = (theirs: Direction): Direction => answerTo[theirs]

export interface OurSide {
  readonly sessionId: number
  readonly version: number
  readonly address: string
  readonly port: number
  readonly direction: Direction
  readonly codecs: readonly { readonly name: string; readonly payloadType: number }[]
  readonly eventType: number | undefined
  readonly crypto: CryptoLine | undefined
}

/** Our description. `others` are media lines of the offer that we refuse with port 0 (RFC 3264 §6), in their places. */
export function writeSdp(
  us: OurSide,
  offer?: { readonly media: readonly MediaLine[]; readonly index: number },
): string {
  const ip = us.address.includes(':') ? 'IP6' : 'IP4'
  const formats = [
    ...us.codecs.map((codec) => codec.payloadType),
    ...(us.eventType === undefined ? [] : [us.eventType]),
  ]
  const audio = [
    `m=audio ${us.port} ${us.crypto === undefined ? 'RTP/AVP' : 'RTP/SAVP'} ${formats.join(' ')}`,
    ...us.codecs.map((codec) => `a=rtpmap:${codec.payloadType} ${codec.name}/8000`),
    ...(us.eventType === undefined
      ? []
      : [`a=rtpmap:${us.eventType} telephone-event/8000`, `a=fmtp:${us.eventType} 0-15`]),
    ...(us.crypto === undefined ? [] : [`a=crypto:${us.crypto.tag} ${us.crypto.suite} inline:${us.crypto.key}`]),
    'a=ptime:20',
    `a=rtcp:${us.port + 1}`,
    `a=${us.direction}`,
  ]
  const refused = (line: MediaLine) => `m=${line.kind} 0 ${line.protocol} ${line.formats.join(' ')}`
  const media =
    offer === undefined
      ? audio
      : offer.media.flatMap((line, index) => (index === offer.index ? audio : [refused(line)]))
  return `${['v=0', `o=offhook ${us.sessionId} ${us.version} IN ${ip} ${us.address}`, 's=-', `c=IN ${ip} ${us.address}`, 't=0 0', ...media].join('\r\n')}\r\n`
}
