/** A process of the signalling bench: phones 100000-100999 of the load account on one socket. */

import { hash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import type { LoadRequest, LoadResult, SignallingKind } from './bench-signalling-messages.ts'

const phones = 1_000
/** A request without an answer for this long counts as failed, ms: on loopback nothing is lost but by overload. */
const answerMs = 3_000
const realm = 'offhook'
const md5 = (text: string): string => hash('md5', text, 'hex')

/** One registration or call on its way: what comes next depends on the last answer. */
interface Task {
  readonly callId: string
  readonly user: string
  readonly startedMs: number
  measuredMs: number
  seq: number
  to: string
  phase: 'unproven' | 'proven' | 'bye'
  timer: number
}

/** What a phone keeps between refreshes. */
interface Phone {
  readonly callId: string
  nonce: string
  count: number
  seq: number
}

const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 << 20,
  sendBufferSize: 4 << 20,
  lookup: (address, _options, found) => found(null, address, 4),
})
await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
const own = socket.address().port
let made = 0
const ha1s = new Map<string, string>()

function ha1Of(user: string): string {
  const known = ha1s.get(user) ?? md5(`${user}:${realm}:secret`)
  ha1s.set(user, known)
  return known
}

function proof(user: string, nonce: string, count: number, method: string, uri: string): string {
  const nc = count.toString(16).padStart(8, '0')
  const response = md5(`${ha1Of(user)}:${nonce}:${nc}:bench:auth:${md5(`${method}:${uri}`)}`)
  return `Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=${nc}, cnonce="bench"\r\n`
}

const offer = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${own} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`

function message(method: string, uri: string, task: Task, to: string, extra = '', body = ''): string {
  made += 1
  const contact = method === 'ACK' || method === 'BYE' ? '' : `Contact: <sip:${task.user}@127.0.0.1:${own}>\r\n`
  return `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK-${own}-${made};rport\r\nMax-Forwards: 70\r\nFrom: <sip:${task.user}@127.0.0.1>;tag=${task.callId}\r\nTo: ${to}\r\nCall-ID: ${task.callId}\r\nCSeq: ${task.seq} ${method}\r\n${contact}User-Agent: bench\r\n${extra}${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`
}

const headerOf = (text: string, name: string): string => {
  const start = text.indexOf(`\r\n${name}: `)
  return start < 0 ? '' : text.slice(start + name.length + 4, text.indexOf('\r\n', start + 2))
}
const nonceOf = (text: string): string => /nonce="([^"]+)"/.exec(text)?.[1] ?? ''

const known = new Map<string, Phone>()
/** What answers are sent to now; between runs nobody listens. */
let hear: (text: string) => void = () => undefined
socket.on('message', (bytes) => hear(bytes.toString('latin1')))

/** One run to its end. */
class Run {
  readonly #request: LoadRequest
  readonly #tasks = new Map<string, Task>()
  readonly #tookMs: number[] = []
  readonly #resolve: (result: LoadResult) => void
  readonly #startedMs = performance.now()
  readonly #watch: NodeJS.Timeout
  #begun = 0
  #done = 0
  #failed = 0

  constructor(request: LoadRequest, resolve: (result: LoadResult) => void) {
    this.#request = request
    this.#resolve = resolve
    hear = (text) => this.#heard(text)
    this.#watch = setInterval(() => this.#giveUp(), answerMs / 4)
    for (let slot = 0; slot < request.atOnce; slot += 1) this.#begin()
  }

  get #kind(): SignallingKind {
    return this.#request.kind
  }

  #send(text: string): void {
    socket.send(text, this.#request.port, '127.0.0.1')
  }

  #begin(): void {
    if (this.#begun >= this.#request.count) return this.#finishIfDone()
    const user = String(100_000 + (this.#begun % phones))
    this.#begun += 1
    const phone = this.#kind === 'refresh' ? known.get(user) : undefined
    made += 1
    const nowMs = performance.now()
    const task: Task = {
      callId: phone?.callId ?? `${own}-${made}`,
      user,
      startedMs: nowMs,
      measuredMs: nowMs,
      seq: phone === undefined ? 1 : phone.seq + 1,
      to: this.#kind === 'call' ? '<sip:echo@127.0.0.1>' : `<sip:${user}@127.0.0.1>`,
      phase: phone === undefined ? 'unproven' : 'proven',
      timer: nowMs,
    }
    this.#tasks.set(task.callId, task)
    this.#ask(task, phone)
  }

  /** The first request, or with what a phone knows of the time before the one that is taken at once. */
  #ask(task: Task, phone: Phone | undefined): void {
    const [method, uri, body] =
      this.#kind === 'call' ? ['INVITE', 'sip:echo@127.0.0.1', offer] : ['REGISTER', 'sip:127.0.0.1', '']
    let extra = method === 'REGISTER' ? 'Expires: 300\r\n' : ''
    if (phone !== undefined) {
      phone.count += 1
      phone.seq = task.seq
      extra += proof(task.user, phone.nonce, phone.count, method, uri)
    }
    this.#send(message(method, uri, task, task.to, extra, body))
  }

  #heard(text: string): void {
    const task = this.#tasks.get(headerOf(text, 'Call-ID'))
    const status = Number(text.slice(8, 11))
    if (task === undefined || status < 200) return
    task.timer = performance.now()
    if (status === 401 && task.phase === 'unproven') this.#prove(task, text)
    else if (status !== 200) this.#end(task, false)
    else if (this.#kind === 'call' && task.phase === 'proven') this.#hangUp(task, text)
    else this.#end(task, true)
  }

  #prove(task: Task, text: string): void {
    const phone: Phone = { callId: task.callId, nonce: nonceOf(text), count: 0, seq: 0 }
    if (this.#kind === 'call') {
      const to = headerOf(text, 'To')
      this.#send(message('ACK', 'sip:echo@127.0.0.1', task, to))
      // The set-up is measured from the request that can be taken.
      task.measuredMs = performance.now()
    } else known.set(task.user, phone)
    task.seq += 1
    task.phase = 'proven'
    this.#ask(task, phone)
  }

  #hangUp(task: Task, text: string): void {
    this.#tookMs.push(performance.now() - task.measuredMs)
    const to = headerOf(text, 'To')
    const target = headerOf(text, 'Contact').slice(1, -1)
    this.#send(message('ACK', target, task, to))
    task.seq += 1
    task.phase = 'bye'
    this.#send(message('BYE', target, task, to))
  }

  #end(task: Task, isDone: boolean): void {
    this.#tasks.delete(task.callId)
    if (isDone) this.#done += 1
    else this.#failed += 1
    if (isDone && this.#kind !== 'call') this.#tookMs.push(performance.now() - task.measuredMs)
    this.#begin()
  }

  #giveUp(): void {
    const nowMs = performance.now()
    for (const task of [...this.#tasks.values()]) if (nowMs - task.timer > answerMs) this.#end(task, false)
  }

  #finishIfDone(): void {
    if (this.#tasks.size > 0) return
    clearInterval(this.#watch)
    hear = () => undefined
    const sorted = this.#tookMs.toSorted((one, other) => one - other)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    const seconds = (performance.now() - this.#startedMs) / 1_000
    this.#resolve({ done: this.#done, failed: this.#failed, seconds, p50Ms: at(0.5), p99Ms: at(0.99) })
  }
}

process.on('message', (request: LoadRequest) => {
  if (request.kind === 'register') known.clear()
  void new Promise<LoadResult>((resolve) => void new Run(request, resolve)).then((result) => process.send?.(result))
})
