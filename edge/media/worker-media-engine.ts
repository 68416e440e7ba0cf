import { randomBytes, randomUUID } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { Worker } from 'node:worker_threads'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type {
  AudioSource,
  Bridge,
  Digit,
  MediaEngine,
  MediaSession,
  MediaSessionOptions,
  MediaStats,
  Playing,
  PlayOptions,
  PlayResult,
  Recording,
  RecordOptions,
  RecordResult,
} from './media-engine.ts'
import { type Agreed, agree, answering, type CryptoLine, type Direction, parseSdp, suites, writeSdp } from './sdp.ts'
import type { FromWorker, ToWorker } from './worker/messages.ts'

export interface WorkerMediaOptions {
  readonly listen: string
  /** Address put into SDP. @default the listening address, or this machine's own when listening on all */
  readonly advertise?: string
  readonly rtpPorts: { readonly from: number; readonly to: number }
  /** Told once when the worker died; calls in progress have lost their audio. */
  readonly onFailure?: (error: Error) => void
}

/** Sessions at once; beyond that `createSession` refuses. */
const sessionsMax = 4_000
const defaultCodecs = ['PCMU', 'PCMA']
const payloadTypes: Readonly<Record<string, number>> = { PCMU: 0, PCMA: 8 }
const eventType = 101
const toneMs = 100

const outsideAddress = (host: string): string => {
  if (host !== '0.0.0.0' && host !== '::') return host
  const family = host === '::' ? 'IPv6' : 'IPv4'
  return (
    Object.values(networkInterfaces())
      .flat()
      .find((one) => one !== undefined && !one.internal && one.family === family)?.address ?? '127.0.0.1'
  )
}

/** The thread, and who waits for what it says. */
class Link {
  readonly #worker: Worker
  readonly #jobs = new Map<number, (message: FromWorker) => void>()
  readonly #digits = new Map<string, (digit: string) => void>()
  readonly #creating = new Map<string, (message: FromWorker) => void>()
  #job = 0

  constructor(options: WorkerMediaOptions) {
    this.#worker = new Worker(new URL('./worker/worker.ts', import.meta.url), {
      workerData: { listen: options.listen, rtpPorts: options.rtpPorts },
      name: 'media',
    })
    this.#worker.on('message', (message: FromWorker) => this.#received(message))
    this.#worker.on('error', (error) => options.onFailure?.(error))
  }

  #received(message: FromWorker): void {
    if (message.type === 'digit') return this.#digits.get(message.session)?.(message.digit)
    if (message.type === 'created' || message.type === 'not-created') {
      this.#creating.get(message.session)?.(message)
      this.#creating.delete(message.session)
      return
    }
    this.#jobs.get(message.job)?.(message)
    this.#jobs.delete(message.job)
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  create(session: string, onDigit: (digit: string) => void): Promise<number> {
    this.#digits.set(session, onDigit)
    return new Promise((resolve, reject) => {
      this.#creating.set(session, (message) => {
        if (message.type === 'created') resolve(message.port)
        else
          reject(
            new PbxError('no-rtp-port', {
              status: 503,
              message: message.type === 'not-created' ? message.error : 'no session',
            }),
          )
      })
      this.post({ type: 'create', session })
    })
  }

  /** Posts a message that carries a job number and waits for its answer. */
  ask(make: (job: number) => ToWorker): { readonly job: number; readonly answer: Promise<FromWorker> } {
    this.#job += 1
    const job = this.#job
    const answer = new Promise<FromWorker>((resolve) => this.#jobs.set(job, resolve))
    this.post(make(job))
    return { job, answer }
  }

  forget(session: string): void {
    this.#digits.delete(session)
  }

  async close(): Promise<void> {
    this.post({ type: 'shutdown' })
    await new Promise<void>((resolve) => {
      this.#worker.once('exit', () => resolve())
      setTimeout(() => void this.#worker.terminate().then(() => resolve()), 2_000).unref()
    })
  }
}

class RtpMediaSession implements MediaSession {
  readonly id = randomUUID()
  readonly #link: Link
  readonly #options: MediaSessionOptions
  readonly #address: string
  readonly #digitListeners: ((digit: Digit) => void)[] = []
  readonly #sessionId = randomBytes(4).readUInt32BE(0)
  #port = 0
  #version = 0
  #agreed: Agreed | undefined
  #ourKey: Buffer | undefined
  #ourDirection: Direction = 'sendrecv'
  #closed = false

  constructor(link: Link, options: MediaSessionOptions, address: string) {
    this.#link = link
    this.#options = options
    this.#address = options.advertise ?? address
  }

  async open(): Promise<this> {
    this.#port = await this.#link.create(this.id, (digit) => {
      for (const listener of this.#digitListeners) listener(digit)
    })
    return this
  }

  get isHeldByRemote(): boolean {
    return (
      this.#agreed !== undefined && (this.#agreed.direction === 'sendonly' || this.#agreed.direction === 'inactive')
    )
  }

  #crypto(tag: number): CryptoLine {
    this.#ourKey ??= randomBytes(30)
    return { tag, suite: suites[0], key: this.#ourKey.toString('base64') }
  }

  #write(
    direction: Direction,
    codecs: readonly { name: string; payloadType: number }[],
    event: number | undefined,
    crypto: CryptoLine | undefined,
    offer?: Parameters<typeof writeSdp>[1],
  ): string {
    this.#version += 1
    return writeSdp(
      {
        sessionId: this.#sessionId,
        version: this.#version,
        address: this.#address,
        port: this.#port,
        direction,
        codecs,
        eventType: event,
        crypto,
      },
      offer,
    )
  }

  async offer(options: { direction?: 'sendrecv' | 'sendonly' | 'inactive' } = {}): Promise<string> {
    this.#ourDirection = options.direction ?? 'sendrecv'
    if (this.#agreed !== undefined) {
      const { codec, payloadType, eventType: event, crypto } = this.#agreed
      return this.#write(
        this.#ourDirection,
        [{ name: codec, payloadType }],
        event,
        crypto === undefined ? undefined : this.#crypto(crypto.tag),
      )
    }
    const codecs = (this.#options.codecs ?? defaultCodecs)
      .filter((name) => name in payloadTypes)
      .map((name) => ({ name, payloadType: payloadTypes[name] ?? 0 }))
    return this.#write(
      this.#ourDirection,
      codecs,
      eventType,
      this.#options.profile === 'sdes' ? this.#crypto(1) : undefined,
    )
  }

  async answer(remoteOffer: string): Promise<string> {
    const sdp = parseSdp(remoteOffer)
    const { agreed, index } = agree(sdp, this.#options.codecs ?? defaultCodecs)
    const direction = answering(agreed.direction)
    this.#ourDirection = direction
    this.#settle(agreed)
    const crypto = agreed.crypto === undefined ? undefined : this.#crypto(agreed.crypto.tag)
    return this.#write(direction, [{ name: agreed.codec, payloadType: agreed.payloadType }], agreed.eventType, crypto, {
      media: sdp.media,
      index,
    })
  }

  async accept(remoteAnswer: string): Promise<void> {
    this.#settle(agree(parseSdp(remoteAnswer), this.#options.codecs ?? defaultCodecs).agreed)
  }

  #settle(agreed: Agreed): void {
    this.#agreed = agreed
    const keys =
      agreed.crypto === undefined || this.#ourKey === undefined
        ? this.#keysFor(agreed)
        : { local: this.#ourKey, remote: Buffer.from(agreed.crypto.key, 'base64') }
    const { codec, payloadType, eventType: event, remoteAddress, remotePort, remoteRtcpPort } = agreed
    // Who put us on hold still hears our music; who is inactive hears nothing.
    const sends = agreed.direction === 'sendrecv' || agreed.direction === 'recvonly'
    this.#link.post({
      type: 'configure',
      session: this.id,
      settings: { codec, payloadType, eventType: event, remoteAddress, remotePort, remoteRtcpPort, sends, srtp: keys },
    })
  }

  #keysFor(agreed: Agreed): { local: Buffer; remote: Buffer } | undefined {
    if (agreed.crypto === undefined) return undefined
    this.#crypto(agreed.crypto.tag)
    return this.#ourKey === undefined
      ? undefined
      : { local: this.#ourKey, remote: Buffer.from(agreed.crypto.key, 'base64') }
  }

  play(source: AudioSource, options: PlayOptions = {}): Playing {
    const { job, answer } = this.#link.ask((id) => ({
      type: 'play',
      session: this.id,
      job: id,
      source,
      repeat: options.repeat ?? 1,
      stopOn: options.stopOn ?? [],
    }))
    return {
      done: answer.then((message): PlayResult => (message.type === 'played' ? message.result : { ended: 'stopped' })),
      stop: () => this.#link.post({ type: 'stop', session: this.id, job }),
    }
  }

  record(options: RecordOptions): Recording {
    const { job, answer } = this.#link.ask((id) => ({ type: 'record', session: this.id, job: id, options }))
    return {
      done: answer.then(
        (message): RecordResult =>
          message.type === 'recorded' ? message.result : { ended: 'closed', durationMs: 0, path: options.path },
      ),
      stop: () => this.#link.post({ type: 'stop', session: this.id, job }),
      pause: () => this.#link.post({ type: 'pause', session: this.id, job }),
      resume: () => this.#link.post({ type: 'resume', session: this.id, job }),
    }
  }

  async sendDigits(digits: string, tone = toneMs): Promise<void> {
    await this.#link.ask((job) => ({ type: 'send-digits', session: this.id, job, digits, toneMs: tone })).answer
  }

  onDigit(listener: (digit: Digit) => void): void {
    this.#digitListeners.push(listener)
  }

  digitReceived(digit: Digit): void {
    this.#link.post({ type: 'digit', session: this.id, digit })
  }

  async stats(): Promise<MediaStats> {
    const message = await this.#link.ask((job) => ({ type: 'stats', session: this.id, job })).answer
    if (message.type !== 'stats') throw new Error('the session is closed')
    return message.stats
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#link.ask((job) => ({ type: 'close', session: this.id, job })).answer
    this.#link.forget(this.id)
  }
}

/** Starts the media thread. Its ports come from `rtpPorts`, its sessions are bounded, its failures reported. */
export async function createMediaEngine(options: WorkerMediaOptions): Promise<MediaEngine> {
  const link = new Link(options)
  const address = options.advertise ?? outsideAddress(options.listen)
  let open = 0
  return {
    async createSession(wanted) {
      if (wanted.profile === 'webrtc')
        throw new PbxError('no-common-codec', {
          status: 488,
          message: 'Audio of browsers is not spoken by this engine.',
        })
      if (open >= sessionsMax)
        throw new PbxError('too-many-calls', {
          status: 503,
          message: `There are ${sessionsMax} media sessions already.`,
        })
      open += 1
      const session = new RtpMediaSession(link, wanted, address)
      const close = session.close.bind(session)
      let closed = false
      session.close = async () => {
        if (!closed) open -= 1
        closed = true
        await close()
      }
      return session.open()
    },
    createBridge(): Bridge {
      const id = randomUUID()
      const members = new Set<string>()
      const muted = new Set<string>()
      const update = () => link.post({ type: 'bridge', bridge: id, sessions: [...members], muted: [...muted] })
      return {
        add: (session) => {
          members.add(session.id)
          update()
        },
        remove: (session) => {
          members.delete(session.id)
          update()
        },
        mute: (session, on) => {
          if (on) muted.add(session.id)
          else muted.delete(session.id)
          update()
        },
        close: () => {
          members.clear()
          update()
        },
      }
    },
    echo: (session, on) => link.post({ type: 'echo', session: session.id, on }),
    close: () => link.close(),
  }
}
