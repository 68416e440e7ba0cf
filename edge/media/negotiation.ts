import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { MediaProfile } from './media-engine.ts'
import {
  type CryptoLine,
  type CryptoSuite,
  type Direction,
  type MediaLine,
  type OurSide,
  type OurTransport,
  parseSdp,
  type Sdp,
  writeSdp,
} from './sdp.ts'

export type Codec = 'PCMU' | 'PCMA'

/** RFC 3551 §6. */
const payloadTypes: Readonly<Record<Codec, number>> = { PCMU: 0, PCMA: 8 }
const isCodec = (name: string): name is Codec => name in payloadTypes
/** The payload type most phones use for RFC 4733. */
const eventPayloadType = 101
/** Suites in our order of preference. */
export const cryptoSuites: readonly CryptoSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']
const isSuite = (suite: string): suite is CryptoSuite => cryptoSuites.some((known) => known === suite)

/** What two ends agreed on. */
export interface Agreed {
  readonly codec: Codec
  readonly payloadType: number
  readonly eventType: number | undefined
  /** Absent while the far end names no address that can be sent to; then we wait to hear from it. */
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number } | undefined
  readonly rtcpMux: boolean
  /** Theirs, as they say it. */
  readonly direction: Direction
  readonly protocol: string
  readonly crypto: (CryptoLine & { readonly suite: CryptoSuite }) | undefined
  readonly dtls: { readonly iceUfrag: string; readonly fingerprint: string } | undefined
  readonly mid: string | undefined
}

const refusal = (message: string): PbxError => new PbxError('no-common-codec', { status: 488, message })

/** All zeros in place of an address is how RFC 2543 put somebody on hold; its IPv6 sister is seen too. */
const isNowhere = (address: string | undefined): boolean => address === '0.0.0.0' || address === '::'

function remoteOf(line: MediaLine): Agreed['remote'] {
  const { address, port } = line
  if (address === undefined || isNowhere(address) || port === 0) return undefined
  return { address, port, rtcpPort: line.rtcpMux ? port : (line.rtcpPort ?? Math.min(port + 1, 65_535)) }
}

function dtlsOf(line: MediaLine): Agreed['dtls'] {
  const fingerprint = line.fingerprints.find(({ algorithm }) => algorithm === 'sha-256')?.value
  if (line.iceUfrag === undefined || fingerprint === undefined)
    throw refusal('The browser gives no ICE user name or no SHA-256 fingerprint.')
  // We are the server of DTLS: who insists on being one too cannot be spoken to.
  if (line.setup === 'passive') throw refusal('Both ends would wait for the DTLS handshake.')
  return { iceUfrag: line.iceUfrag, fingerprint }
}

/** Picks codec, digits and keys out of the far end's description. Throws PbxError('no-common-codec', 488). */
export function agree(sdp: Sdp, codecs: readonly string[]): { readonly agreed: Agreed; readonly index: number } {
  const index = sdp.media.findIndex(({ kind, port }) => kind === 'audio' && port > 0)
  const line = sdp.media[index]
  if (line === undefined) throw refusal('There is no audio in the offer.')
  const named = line.formats.map((format) => ({
    format,
    name: (line.rtpmaps.get(format) ?? '').split('/')[0]?.toUpperCase() ?? '',
    isEvent: /^telephone-event\/8000$/i.test(line.rtpmaps.get(format) ?? ''),
  }))
  const picked = named.find(({ name }) => isCodec(name) && codecs.includes(name))
  const payloadType = Number(picked?.format)
  if (picked === undefined || !isCodec(picked.name) || !(payloadType <= 127))
    throw refusal('No codec of the offer is spoken here: PCMU and PCMA are.')
  const event = Number(named.find(({ isEvent }) => isEvent)?.format ?? Number.NaN)
  const isDtls = /^UDP\/TLS\/RTP\/SAVPF?$/i.test(line.protocol)
  const isSecure = !isDtls && /SAVP/i.test(line.protocol)
  const crypto = isSecure ? pickCrypto(line.crypto) : undefined
  if (isSecure && crypto === undefined) throw refusal('No encryption of the offer is spoken here.')
  return {
    index,
    agreed: {
      codec: picked.name,
      payloadType,
      eventType: event <= 127 ? event : undefined,
      remote: remoteOf(line),
      rtcpMux: line.rtcpMux,
      // A browser says zeros until ICE knows better.
      direction: isNowhere(line.address) && !isDtls ? 'inactive' : line.direction,
      protocol: line.protocol,
      crypto,
      dtls: isDtls ? dtlsOf(line) : undefined,
      mid: line.mid,
    },
  }
}

function pickCrypto(lines: readonly CryptoLine[]): Agreed['crypto'] {
  for (const { tag, suite, key } of lines) if (isSuite(suite)) return { tag, suite, key }
  return undefined
}

const answers: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

/** What a session says of itself, whatever the far end says. */
export interface LocalMedia {
  readonly profile: MediaProfile
  readonly sessionId: number
  readonly address: string
  readonly port: number
  /** In order of preference. */
  readonly codecs: readonly string[]
  /** Base64 of our SDES master key and salt. */
  readonly key: string
  /** For browsers. */
  readonly transport: Omit<OurTransport, 'setup'> | undefined
}

/**
 * Offer and answer of one session, RFC 3264. A description that is refused changes nothing. Pure but for being told things in turn.
 */
export class Negotiation {
  readonly #local: LocalMedia
  #version = 0
  #agreed: Agreed | undefined

  constructor(local: LocalMedia) {
    this.#local = local
  }

  get agreed(): Agreed | undefined {
    return this.#agreed
  }

  /** True when the far end put us on hold (sendonly, inactive, or an address of zeros). */
  get isHeldByRemote(): boolean {
    return this.#agreed?.direction === 'sendonly' || this.#agreed?.direction === 'inactive'
  }

  /** A first offer names all we can; a later one what was agreed. */
  offer(direction: Direction): string {
    const { profile, codecs } = this.#local
    const agreed = this.#agreed
    if (agreed !== undefined) return this.#write(agreed, direction, 'actpass')
    const ours = codecs.filter(isCodec).map((name) => ({ name, payloadType: payloadTypes[name] }))
    const crypto = profile === 'sdes' ? cryptoSuites.map((suite, index) => this.#cryptoLine(index + 1, suite)) : []
    const protocol = { rtp: 'RTP/AVP', sdes: 'RTP/SAVP', webrtc: 'UDP/TLS/RTP/SAVPF' }[profile]
    return this.#describe({
      direction,
      codecs: ours,
      eventType: eventPayloadType,
      crypto,
      protocol,
      rtcpMux: profile === 'webrtc',
      mid: profile === 'webrtc' ? '0' : undefined,
      setup: 'actpass',
    })
  }

  /** Takes an offer and answers it. Throws PbxError('bad-sdp', 400) or PbxError('no-common-codec', 488). */
  answer(offer: string): string {
    const sdp = parseSdp(offer)
    const { agreed, index } = this.#agree(sdp)
    this.#agreed = agreed
    return this.#write(agreed, answers[agreed.direction], 'passive', { sdp, index })
  }

  /** Takes the answer to our last offer. Throws as `answer` does. */
  accept(answer: string): void {
    this.#agreed = this.#agree(parseSdp(answer)).agreed
  }

  #agree(sdp: Sdp): { readonly agreed: Agreed; readonly index: number } {
    const found = agree(sdp, this.#local.codecs)
    const isWebrtc = this.#local.profile === 'webrtc'
    if ((found.agreed.dtls !== undefined) !== isWebrtc)
      throw refusal(isWebrtc ? 'A browser has to speak DTLS-SRTP.' : 'This session does not speak DTLS-SRTP.')
    return found
  }

  #cryptoLine(tag: number, suite: CryptoSuite): CryptoLine {
    return { tag, suite, key: this.#local.key }
  }

  #write(
    agreed: Agreed,
    direction: Direction,
    setup: OurTransport['setup'],
    offer?: { readonly sdp: Sdp; readonly index: number },
  ): string {
    const { codec, payloadType, eventType, crypto, protocol, rtcpMux, mid } = agreed
    const lines = crypto === undefined ? [] : [this.#cryptoLine(crypto.tag, crypto.suite)]
    const codecs = [{ name: codec, payloadType }]
    return this.#describe({ direction, codecs, eventType, crypto: lines, protocol, rtcpMux, mid, setup }, offer)
  }

  #describe(
    part: Omit<OurSide, 'sessionId' | 'version' | 'address' | 'port' | 'transport'> & Pick<OurTransport, 'setup'>,
    offer?: { readonly sdp: Sdp; readonly index: number },
  ): string {
    this.#version += 1
    const { setup, ...rest } = part
    const { sessionId, address, port, transport } = this.#local
    const ours = transport === undefined ? undefined : { ...transport, setup }
    return writeSdp({ ...rest, sessionId, version: this.#version, address, port, transport: ours }, offer)
  }
}
