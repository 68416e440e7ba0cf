/**
 * DTLS handshakes, in a thread of their own: their arithmetic takes tens of milliseconds, which callers would hear, and what strangers
 * send to the library for it must not be able to end anybody's call. RFC 5763, RFC 5764.
 */
import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { DtlsServer, RTCDtlsTransport, type Transport } from 'werift'
import { masterBytes } from '../srtp.ts'
import type { FromHandshakes, ToHandshakes } from './handshakes.ts'
import { giveWay } from './priority.ts'

/** AES_CM_128_HMAC_SHA1_80 as DTLS numbers it, RFC 5764 §4.1.2. */
const srtpProfile = 1
const keyBytes = 16
const saltBytes = masterBytes - keyBytes
const recordHeaderBytes = 13
const handshakeRecord = 22
const clientHello = 1
/** DTLS datagrams taken from one browser: a handshake with every flight repeated needs some dozens. */
const datagramsMax = 500

giveWay()
const post = (message: FromHandshakes) => parentPort?.postMessage(message)
/** The certificate of this process, made once: P-256, self-signed; the description vouches for it. */
const own = await RTCDtlsTransport.SetupCertificate()
const ownFingerprint = own.getFingerprints()[0]?.value.toUpperCase() ?? ''

const fingerprintOf = (der: Uint8Array): string =>
  (createHash('sha256').update(der).digest('hex').toUpperCase().match(/../g) ?? []).join(':')

/** Whether a datagram is whole DTLS records end to end (RFC 6347 §4.1); the library trusts their lengths. */
function areRecords(bytes: Buffer): boolean {
  let at = 0
  while (at + recordHeaderBytes <= bytes.length) at += recordHeaderBytes + bytes.readUInt16BE(at + 11)
  return at === bytes.length
}

/** Our end, the server's, of one handshake. */
class Handshake {
  readonly #session: string
  readonly #server: DtlsServer
  readonly #transport: Transport
  #expected: string | undefined
  #datagrams = 0
  #isKeyed = false

  constructor(session: string) {
    this.#session = session
    this.#transport = {
      type: 'ice',
      address: { address: '', family: '', port: 0 },
      closed: false,
      // The library puts its own receiver here.
      onData: () => undefined,
      send: async (bytes) => post({ type: 'datagram', session, bytes }),
      close: async () => undefined,
    }
    this.#server = new DtlsServer({
      cert: own.certPem,
      key: own.privateKey,
      signatureHash: own.signatureHash,
      transport: this.#transport,
      srtpProfiles: [srtpProfile],
      extendedMasterSecret: true,
      certificateRequest: true,
    })
    this.#server.onConnect.subscribe(() => this.#connected())
    // A handshake that fails leaves the call without audio, which its statistics show as one-way.
    this.#server.onError.subscribe(() => undefined)
  }

  expect(fingerprint: string): void {
    this.#expected = fingerprint
  }

  take(bytes: Buffer): void {
    // Once there are keys nobody starts over: a new association needs a new description.
    if (this.#isKeyed && bytes[0] === handshakeRecord && bytes[recordHeaderBytes] === clientHello) return
    this.#datagrams += 1
    if (this.#datagrams <= datagramsMax && areRecords(bytes)) this.#transport.onData(bytes, ['', 0])
  }

  /** Keys are handed out only when the far end's certificate is the one its description names (RFC 5763 §5). */
  #connected(): void {
    const seen = this.#server.remoteCertificate
    if (this.#isKeyed || seen === undefined || fingerprintOf(seen) !== this.#expected) return
    this.#isKeyed = true
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#server.extractSessionKeys(keyBytes, saltBytes)
    post({
      type: 'keyed',
      session: this.#session,
      local: Buffer.concat([localKey, localSalt]),
      remote: Buffer.concat([remoteKey, remoteSalt]),
    })
  }

  close(): void {
    this.#server.close()
  }
}

const handshakes = new Map<string, Handshake>()

function handle(message: ToHandshakes): void {
  const handshake = handshakes.get(message.session)
  switch (message.type) {
    case 'open':
      handshakes.set(message.session, new Handshake(message.session))
      return post({ type: 'opened', session: message.session, fingerprint: ownFingerprint })
    case 'expect':
      return handshake?.expect(message.fingerprint)
    case 'datagram':
      return handshake?.take(Buffer.from(message.bytes))
    case 'close':
      handshakes.delete(message.session)
      return handshake?.close()
  }
}

parentPort?.on('message', handle)
