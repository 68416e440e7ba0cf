import { createSocket, type Socket } from 'node:dgram'
import { newBranch, newCallId, newTag } from '../compose.ts'
import { answerChallenge } from '../digest.ts'
import {
  bodyBytes,
  parseMessage,
  SipHeaders,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  serialise,
} from '../message.ts'

export interface TestPhoneOptions {
  /** `host` and `port` of the server's UDP address. */
  readonly server: { readonly host: string; readonly port: number }
  readonly domain?: string
  readonly username: string
  readonly password: string
}

type Header = readonly [name: string, value: string]
export type Call = {
  readonly sipCallId: string
  readonly localTag: string
  seq: number
  remote: string
  target: string
}

/** Longest wait for a message, ms; a test that waits longer has failed. */
const waitMs = 5_000

/** A phone that does what its script says, one message at a time, over UDP and without any stack of ours: what a test sees is what the wire carries. */
export class TestPhone {
  readonly #socket: Socket
  readonly #options: TestPhoneOptions
  readonly #received: SipMessage[] = []
  #wake: () => void = () => {}

  private constructor(socket: Socket, options: TestPhoneOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (bytes) => {
      const parsed = parseMessage(bytes)
      if (parsed.kind === 'message') this.#received.push(parsed.message)
      this.#wake()
    })
  }

  static async open(options: TestPhoneOptions): Promise<TestPhone> {
    const socket = createSocket(options.server.host.includes(':') ? 'udp6' : 'udp4')
    await new Promise<void>((resolve) => socket.bind(0, options.server.host, resolve))
    return new TestPhone(socket, options)
  }

  get port(): number {
    return this.#socket.address().port
  }

  get #hostPort(): string {
    const { host } = this.#options.server
    return `${host.includes(':') ? `[${host}]` : host}:${this.port}`
  }

  get #aor(): string {
    return `sip:${this.#options.username}@${this.#options.domain ?? this.#options.server.host}`
  }

  get contact(): string {
    return `<sip:${this.#options.username}@${this.#hostPort}>`
  }

  send(bytes: Uint8Array | string): void {
    const { host, port } = this.#options.server
    this.#socket.send(bytes, port, host)
  }

  /** The next message that fits; what does not fit is passed over. Throws after 5 s. */
  async next<T extends SipMessage>(fits: (message: SipMessage) => message is T): Promise<T> {
    const endsAtMs = performance.now() + waitMs
    while (performance.now() < endsAtMs) {
      for (let message = this.#received.shift(); message !== undefined; message = this.#received.shift())
        if (fits(message)) return message
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, endsAtMs - performance.now())
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    throw new Error(`${this.#options.username} waited for a message that did not come`)
  }

  nextRequest(method: string): Promise<SipRequest> {
    return this.next((message): message is SipRequest => message.kind === 'request' && message.method === method)
  }

  /** The final response to our request. */
  nextFinal(method: string): Promise<SipResponse> {
    return this.next(
      (message): message is SipResponse =>
        message.kind === 'response' && message.status >= 200 && message.headers.cseq.method === method,
    )
  }

  #compose(method: string, uri: string, call: Call, headers: readonly Header[], body?: string): SipRequest {
    const all = new SipHeaders([
      ['Via', `SIP/2.0/UDP ${this.#hostPort};branch=${newBranch()};rport`],
      ['Max-Forwards', '70'],
      ['From', `<${this.#aor}>;tag=${call.localTag}`],
      ['To', call.remote],
      ['Call-ID', call.sipCallId],
      ['CSeq', `${call.seq} ${method}`],
      ['Contact', this.contact],
      ...headers,
    ])
    if (body !== undefined) all.append('Content-Type', 'application/sdp')
    return { kind: 'request', method, uri, headers: all, body: bodyBytes(body) }
  }

  /** Sends a request and, when challenged, sends it again with the password. */
  async #ask(method: string, uri: string, call: Call, headers: readonly Header[], body?: string): Promise<SipResponse> {
    this.send(serialise(this.#compose(method, uri, call, headers, body)))
    const first = await this.nextFinal(method)
    const isProxy = first.status === 407
    const challenge = first.headers.get(isProxy ? 'proxy-authenticate' : 'www-authenticate')
    if ((first.status !== 401 && !isProxy) || challenge === undefined) return first
    if (method === 'INVITE') this.#acknowledge(uri, call, first)
    const proof = answerChallenge(challenge, { method, uri }, this.#options)
    call.seq += 1
    const authorization: Header = [isProxy ? 'Proxy-Authorization' : 'Authorization', proof ?? '']
    this.send(serialise(this.#compose(method, uri, call, [...headers, authorization], body)))
    return this.nextFinal(method)
  }

  #acknowledge(uri: string, call: Call, response: SipResponse): void {
    const ack = this.#compose('ACK', uri, { ...call, remote: response.headers.get('to') ?? '' }, [])
    // The ACK of a refusal is part of the INVITE's transaction.
    if (response.status >= 300) ack.headers.set('Via', response.headers.get('via') ?? '')
    this.send(serialise(ack))
  }

  #newCall(remote: string): Call {
    return { sipCallId: newCallId(), localTag: newTag(), seq: 1, remote: `<${remote}>`, target: remote }
  }

  /** Registers for `expires` seconds; 0 takes the binding away. */
  register(expires = 300): Promise<SipResponse> {
    const domain = this.#options.domain ?? this.#options.server.host
    return this.#ask('REGISTER', `sip:${domain}`, this.#newCall(this.#aor), [['Expires', String(expires)]])
  }

  /** Subscribes to its own messages, again within the dialog of `before`; answers with the final response and the dialog. */
  async subscribe(
    expires: number | string,
    options: { readonly to?: string; readonly before?: Call; readonly headers?: readonly Header[] } = {},
  ): Promise<{ readonly response: SipResponse; readonly call: Call }> {
    const { to = this.#aor, before } = options
    const call = before ?? this.#newCall(to)
    if (before !== undefined) call.seq += 1
    const response = await this.#ask('SUBSCRIBE', before === undefined ? to : call.target, call, [
      ['Expires', String(expires)],
      ...(options.headers ?? [['Event', 'message-summary']]),
    ])
    call.remote = response.headers.get('to') ?? call.remote
    call.target = /<([^>]+)>/.exec(response.headers.contact?.text ?? '')?.[1] ?? call.target
    return { response, call }
  }

  /** Calls, and acknowledges the final answer. */
  async invite(uri: string, sdp: string): Promise<{ readonly response: SipResponse; readonly call: Call }> {
    const call = this.#newCall(uri)
    const response = await this.#ask('INVITE', uri, call, [], sdp)
    call.remote = response.headers.get('to') ?? call.remote
    const contact = response.headers.contact?.text
    call.target = contact === undefined ? uri : (/<([^>]+)>/.exec(contact)?.[1] ?? contact)
    this.#acknowledge(response.status < 300 ? call.target : uri, call, response)
    return { response, call }
  }

  bye(call: Call): Promise<SipResponse> {
    call.seq += 1
    return this.#ask('BYE', call.target, call, [])
  }

  /** Answers a request that came; `tag` makes us a side of its dialog. */
  respond(
    request: SipRequest,
    status: number,
    options: { readonly tag?: string; readonly sdp?: string; readonly headers?: readonly Header[] } = {},
  ): void {
    const headers = new SipHeaders()
    for (const name of ['Via', 'Record-Route', 'From', 'To', 'Call-ID', 'CSeq'])
      for (const value of request.headers.getAll(name))
        headers.append(name, name === 'To' && options.tag !== undefined ? `${value};tag=${options.tag}` : value)
    headers.append('Contact', this.contact)
    for (const [name, value] of options.headers ?? []) headers.append(name, value)
    if (options.sdp !== undefined) headers.append('Content-Type', 'application/sdp')
    this.send(serialise({ kind: 'response', status, reason: '-', headers, body: bodyBytes(options.sdp) }))
  }

  close(): void {
    this.#socket.close()
  }
}
