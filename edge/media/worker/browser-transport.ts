import { createHash, randomBytes } from 'node:crypto'
import type { DtlsServer, RTCCertificate, Transport } from 'werift'
import type { Source } from '../source-guard.ts'
import { masterBytes, type SrtpKey } from '../srtp.ts'
import { answerCheck } from '../stun.ts'

/** AES_CM_128_HMAC_SHA1_80 as DTLS numbers it, RFC 5764 §4.1.2. */
const srtpProfile = 1
/** A browser that has not proved itself for this long gets nothing more (RFC 7675 §5.1). */
const consentMs = 30_000
const clientHello = 1
const handshakeRecord = 22
const recordHeaderBytes = 13
/** DTLS datagrams taken from one browser: a handshake with every flight repeated needs some dozens. */
const datagramsMax = 500

/** The library for DTLS is loaded with the first browser: phones do not need it. */
const library = () => import('werift')
let certificate: Promise<RTCCertificate> | undefined

/** The certificate of this process, made once: P-256, self-signed; the description vouches for it. */
const ourCertificate = async (): Promise<RTCCertificate> => {
  certificate ??= library().then(({ RTCDtlsTransport }) => RTCDtlsTransport.SetupCertificate())
  return certificate
}

const fingerprintOf = (der: Uint8Array): string =>
  (createHash('sha256').update(der).digest('hex').toUpperCase().match(/../g) ?? []).join(':')

/** Whether a datagram is whole DTLS records end to end (RFC 6347 §4.1); the library trusts their lengths. */
function areRecords(bytes: Buffer): boolean {
  let at = 0
  while (at + recordHeaderBytes <= bytes.length) at += recordHeaderBytes + bytes.readUInt16BE(at + 11)
  return at === bytes.length
}

export interface BrowserEvents {
  send(bytes: Buffer, to: Source): void
  /** The path the browser proved and chose. */
  proved(source: Source): void
  /** The handshake is done and the far end is who its description says. */
  keyed(local: SrtpKey, remote: SrtpKey): void
}

/** ICE (lite) and DTLS of one browser session; it hands out SRTP keys. RFC 8445, RFC 5763, RFC 5764. */
export class BrowserTransport {
  readonly iceUfrag = randomBytes(6).toString('base64url')
  readonly icePwd = randomBytes(18).toString('base64url')
  readonly fingerprint: string
  readonly #events: BrowserEvents
  readonly #dtls: DtlsServer
  readonly #transport: Transport
  #datagrams = 0
  #remote: { readonly iceUfrag: string; readonly fingerprint: string } | undefined
  #source: Source | undefined
  #provedAtMs = Number.NEGATIVE_INFINITY
  #isKeyed = false

  static async create(events: BrowserEvents): Promise<BrowserTransport> {
    const [{ DtlsServer }, own] = await Promise.all([library(), ourCertificate()])
    return new BrowserTransport(events, own, DtlsServer)
  }

  constructor(events: BrowserEvents, own: RTCCertificate, Server: typeof DtlsServer) {
    this.#events = events
    this.fingerprint = own.getFingerprints()[0]?.value.toUpperCase() ?? ''
    this.#transport = {
      type: 'ice',
      address: { address: '', family: '', port: 0 },
      closed: false,
      // The library puts its own receiver here.
      onData: () => undefined,
      send: async (bytes) => {
        if (this.#source !== undefined) this.#events.send(bytes, this.#source)
      },
      close: async () => undefined,
    }
    this.#dtls = new Server({
      cert: own.certPem,
      key: own.privateKey,
      signatureHash: own.signatureHash,
      transport: this.#transport,
      srtpProfiles: [srtpProfile],
      extendedMasterSecret: true,
      certificateRequest: true,
    })
    this.#dtls.onConnect.subscribe(() => this.#connected())
    // A handshake that fails leaves the call without audio, which its statistics show as one-way.
    this.#dtls.onError.subscribe(() => undefined)
  }

  configure(remote: { readonly iceUfrag: string; readonly fingerprint: string }): void {
    this.#remote = remote
  }

  /** Whether the browser still wants to hear from us. */
  hasConsent(nowMs: number): boolean {
    return nowMs - this.#provedAtMs < consentMs
  }

  stun(bytes: Buffer, from: Source, nowMs: number): void {
    if (this.#remote === undefined) return
    const credentials = { ufrag: this.iceUfrag, pwd: this.icePwd, remoteUfrag: this.#remote.iceUfrag }
    const answer = answerCheck(bytes, from, credentials)
    if (answer === undefined) return
    this.#events.send(answer.response, from)
    this.#provedAtMs = nowMs
    if (!answer.isChosen && this.#source !== undefined) return
    this.#source = { address: from.address, port: from.port }
    this.#events.proved(this.#source)
  }

  dtls(bytes: Buffer, from: Source): void {
    const source = this.#source
    if (source === undefined || source.port !== from.port || source.address !== from.address) return
    // Once there are keys nobody starts over: a new association needs a new description.
    if (this.#isKeyed && bytes[0] === handshakeRecord && bytes[recordHeaderBytes] === clientHello) return
    this.#datagrams += 1
    if (this.#datagrams > datagramsMax || !areRecords(bytes)) return
    this.#transport.onData(bytes, [from.address, from.port])
  }

  #connected(): void {
    const seen = this.#dtls.remoteCertificate
    if (this.#isKeyed || seen === undefined || fingerprintOf(seen) !== this.#remote?.fingerprint) return
    this.#isKeyed = true
    const keys = this.#dtls.extractSessionKeys(16, masterBytes - 16)
    this.#events.keyed(
      { master: Buffer.concat([keys.localKey, keys.localSalt]), tagBytes: 10 },
      { master: Buffer.concat([keys.remoteKey, keys.remoteSalt]), tagBytes: 10 },
    )
  }

  close(): void {
    this.#dtls.close()
  }
}
