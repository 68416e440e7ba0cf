import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
/** Longest wait for an answer, ms. */
const patienceMs = 3_000

export interface Answer {
  readonly status: number
  /** First line and headers with everything replaced that is different in any two answers. */
  readonly look: string
  readonly tookMs: number
}

/** Somebody at an address of loopback who tries passwords, with nothing of ours: sockets, text and MD5 (RFC 3261 §22.4). */
export class Guesser {
  readonly #socket: Socket
  readonly #server: { readonly address: string; readonly port: number }
  readonly #address: string

  private constructor(socket: Socket, address: string, server: { readonly address: string; readonly port: number }) {
    this.#socket = socket
    this.#address = address
    this.#server = server
  }

  static async at(address: string, server: { readonly address: string; readonly port: number }): Promise<Guesser> {
    const socket = createSocket('udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    return new Guesser(socket, address, server)
  }

  /** Asks for a challenge and answers it with the password; the answer to that. */
  async try(username: string, password: string, method = 'REGISTER', to = username): Promise<Answer> {
    const uri = method === 'REGISTER' ? `sip:${this.#server.address}` : `sip:${to}@${this.#server.address}`
    const callId = randomBytes(8).toString('hex')
    const { text } = await this.#ask(method, uri, username, to, callId, 1)
    const [, realm = ''] = /realm="([^"]*)"/.exec(text) ?? []
    const [, nonce = ''] = /nonce="([^"]*)"/.exec(text) ?? []
    const response = md5(
      `${md5(`${username}:${realm}:${password}`)}:${nonce}:00000001:abc:auth:${md5(`${method}:${uri}`)}`,
    )
    const proof = `Authorization: Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"\r\n`
    const began = performance.now()
    const answer = await this.#ask(method, uri, username, to, callId, 2, proof)
    return { status: answer.status, look: lookOf(answer.text), tookMs: performance.now() - began }
  }

  async #ask(
    method: string,
    uri: string,
    username: string,
    to: string,
    callId: string,
    seq: number,
    proof = '',
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { port } = this.#socket.address()
    const body = method === 'INVITE' ? sdpAt(this.#address) : ''
    const { address, port: serverPort } = this.#server
    this.#socket.send(
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${this.#address}:${port};branch=z9hG4bK${callId}${seq};rport\r\nMax-Forwards: 70\r\nFrom: <sip:${username}@${address}>;tag=${callId}\r\nTo: <sip:${to}@${address}>\r\nCall-ID: ${callId}\r\nCSeq: ${seq} ${method}\r\nContact: <sip:${username}@${this.#address}:${port}>\r\nExpires: 60\r\n${proof}${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`,
      serverPort,
      address,
    )
    const signal = AbortSignal.timeout(patienceMs)
    for (;;) {
      const [bytes] = (await once(this.#socket, 'message', { signal })) as [Buffer]
      const text = bytes.toString()
      const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1])
      if (status >= 180 && text.includes(`CSeq: ${seq} ${method}`) && text.includes(callId)) return { status, text }
    }
  }

  close(): void {
    this.#socket.close()
  }
}

const sdpAt = (address: string) =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n`

/** What everybody gets is different in nonce, tags, Call-ID, branch, names asked for and ports; the rest must not be. */
const lookOf = (text: string): string =>
  text
    .replaceAll(/nonce="([^"]*)"/g, (_, nonce: string) => `nonce="${nonce.length}"`)
    .replaceAll(/tag=([^;\r\n]*)/g, (_, tag: string) => `tag=${tag.length}`)
    .replaceAll(/branch=[^;\r\n]*/g, 'branch')
    .replaceAll(/rport=\d+/g, 'rport')
    .replaceAll(/received=[\d.]+/g, 'received')
    .replaceAll(/127\.0\.\d+\.\d+(:\d+)?/g, 'address')
    .replaceAll(/sip:[^@>]*@/g, 'sip:name@')
    .replaceAll(/Call-ID: .*/g, 'Call-ID')
    .replaceAll(/Date: .*/g, 'Date')

/** How likely it is that two samples are of one kind: z of the Mann-Whitney U test; beyond 4 either way it is 1 in 16,000. */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  let u = 0
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0
  const [n, m] = [a.length, b.length]
  return (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
