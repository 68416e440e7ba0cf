import { bodyText } from '../../sip/message.ts'
import { createUserAgent, type SipUserAgent } from '../../sip/sip-user-agent.ts'
import { parseSipUri, type SipUri } from '../../sip/uri.ts'
import type { Dialog, IncomingInvite, InDialogRequest } from '../../sip/user-agent.ts'

/** Waits for something that a scripted phone was told; fails a test after this, ms. */
const patienceMs = 5_000

export const phoneSdp = (direction = 'sendrecv', version = 1) =>
  `v=0\r\no=- 1 ${version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=${direction}\r\n`

const contentType = 'application/sdp'

/** TCP wants the port that UDP was given, and now and then somebody else has it: then another one is tried. */
export async function onFreePorts<T>(open: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1)
    try {
      return await open()
    } catch (error) {
      if (attempt >= 10 || !(error instanceof Error) || !error.message.includes('EADDRINUSE')) throw error
    }
}

/** Things that happen, in order; `next` waits for the next one. */
export class Happenings<T> {
  readonly #queue: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  push(item: T): void {
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.#queue.push(item)
    else waiter(item)
  }

  next(withinMs = patienceMs): Promise<T> {
    const ready = this.#queue.shift()
    if (ready !== undefined) return Promise.resolve(ready)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const timer = setTimeout(() => reject(new Error('nothing happened in time')), withinMs)
    this.#waiting.push((item) => {
      clearTimeout(timer)
      resolve(item)
    })
    return promise
  }

  get size(): number {
    return this.#queue.length
  }
}

/** A connected call as one phone sees it. */
export class PhoneCall {
  readonly dialog: Dialog
  readonly ended = new Happenings<string>()
  /** NOTIFY bodies of a transfer. */
  readonly news = new Happenings<string>()
  #version = 1

  constructor(dialog: Dialog) {
    this.dialog = dialog
    dialog.onEnd(({ by, reason }) => this.ended.push(`${by}: ${reason}`))
    dialog.onRequest((incoming: InDialogRequest) => {
      incoming.respond(200)
      if (incoming.request.method === 'NOTIFY') this.news.push(bodyText(incoming.request).trim())
    })
  }

  /** Re-INVITE with `a=sendonly` or back; the status of the answer. */
  async hold(isOn: boolean): Promise<number> {
    this.#version += 1
    return (await this.dialog.reinvite(phoneSdp(isOn ? 'sendonly' : 'sendrecv', this.#version))).status
  }

  async refer(to: string, headers: readonly (readonly [string, string])[] = []): Promise<number> {
    return (await this.dialog.request('REFER', { headers: [['Refer-To', to], ...headers] })).status
  }

  async info(digit: string): Promise<number> {
    return (
      await this.dialog.request('INFO', {
        contentType: 'application/dtmf-relay',
        body: `Signal=${digit}\r\nDuration=160\r\n`,
      })
    ).status
  }

  hangUp(): void {
    this.dialog.bye()
  }
}

export interface Placed {
  readonly ringing: Happenings<number>
  /** `answer` is the far end's description of its media. */
  readonly result: Promise<{ readonly status: number; readonly call?: PhoneCall; readonly answer?: string }>
  cancel(): void
}

export interface PhoneOptions {
  readonly username: string
  readonly password?: string
  readonly edge: { readonly host: string; readonly port: number }
  readonly domain: string
  /** Address it calls from. @default '127.0.0.1' */
  readonly host?: string
  /** @default 'udp' */
  readonly transport?: 'udp' | 'tcp'
}

/** A SIP phone in the test's own process, on a real socket of loopback. */
export class LoopbackPhone {
  readonly #agent: SipUserAgent
  readonly #options: PhoneOptions
  /** Calls that come in, unanswered. */
  readonly incoming = new Happenings<IncomingInvite>()

  constructor(agent: SipUserAgent, options: PhoneOptions) {
    this.#agent = agent
    this.#options = options
    agent.onInvite((invite) => this.incoming.push(invite))
    agent.onRequest((request) => request.respond(200))
  }

  static async start(options: PhoneOptions): Promise<LoopbackPhone> {
    const { host = '127.0.0.1' } = options
    const agent = await onFreePorts(() => createUserAgent({ listen: { host, udpPort: 0, tcpPort: 0 } }))
    return new LoopbackPhone(agent, options)
  }

  get port(): number {
    return this.#agent.addresses.udp?.port ?? 0
  }

  #target(user?: string): SipUri {
    const { host, port } = this.#options.edge
    const uri = parseSipUri(
      `sip:${user === undefined ? '' : `${user}@`}${host}:${port};transport=${this.#options.transport ?? 'udp'}`,
    )
    if (uri === undefined) throw new Error(`no such address: ${user}`)
    return uri
  }

  get #common() {
    const { username, password = 'secret', domain } = this.#options
    return { from: { uri: `sip:${username}@${domain}` }, credentials: { username, password } }
  }

  async register(expires = 300): Promise<number> {
    const { username, domain } = this.#options
    const response = await this.#agent.request({
      ...this.#common,
      method: 'REGISTER',
      uri: this.#target(),
      to: { uri: `sip:${username}@${domain}` },
      headers: [['Contact', `<sip:${username}@${this.#options.host ?? '127.0.0.1'}:${this.port}>;expires=${expires}`]],
    })
    return response.status
  }

  call(user: string, headers: readonly (readonly [string, string])[] = [], sdpOffer = phoneSdp()): Placed {
    const { domain } = this.#options
    const ringing = new Happenings<number>()
    const outgoing = this.#agent.invite({
      ...this.#common,
      uri: this.#target(user),
      to: { uri: `sip:${user}@${domain}` },
      headers,
      sdpOffer,
    })
    outgoing.onProgress(({ status }) => ringing.push(status))
    const result = new Promise<Awaited<Placed['result']>>((resolve) => {
      outgoing.onAnswer((dialog, response) =>
        resolve({ status: 200, call: new PhoneCall(dialog), answer: bodyText(response) }),
      )
      outgoing.onFailure((status) => resolve({ status }))
    })
    return { ringing, result, cancel: () => outgoing.cancel() }
  }

  /** The same socket, calling another edge: a carrier learns where the PBX is after it started. Calls come in at the new one. */
  at(edge: PhoneOptions['edge']): LoopbackPhone {
    return new LoopbackPhone(this.#agent, { ...this.#options, edge })
  }

  /** The same socket under another name. */
  as(username: string): LoopbackPhone {
    return new LoopbackPhone(this.#agent, { ...this.#options, username })
  }

  /** Picks up. */
  answer(invite: IncomingInvite): PhoneCall {
    return new PhoneCall(invite.accept({ body: phoneSdp(), contentType }))
  }

  close(): Promise<void> {
    return this.#agent.close()
  }
}
