import { randomBytes, randomUUID } from 'node:crypto'
import type {
  AudioSource,
  Digit,
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
import { type Agreed, Negotiation } from './negotiation.ts'
import type { CryptoSuite, Direction } from './sdp.ts'
import { masterBytes, type SrtpKey } from './srtp.ts'
import type { BrowserSide, StreamSettings } from './worker/messages.ts'
import type { WorkerLink } from './worker-link.ts'

const defaultCodecs = ['PCMU', 'PCMA']
const defaultToneMs = 100
/** Length of a recording that is allowed, seconds. */
const recordSecondsMax = 14_400

const keyOf = (master: Uint8Array, suite: CryptoSuite): SrtpKey => ({
  master,
  tagBytes: suite === 'AES_CM_128_HMAC_SHA1_32' ? 4 : 10,
})

const nothingHeard: MediaStats = {
  codec: 'none',
  packetsSent: 0,
  packetsReceived: 0,
  packetsLost: 0,
  jitterMs: 0,
  mos: 1,
  oneWay: false,
}

/** One session of the thread, as the call layer sees it: descriptions are made here, packets there. */
export class WorkerSession implements MediaSession {
  readonly id: string
  readonly #link: WorkerLink
  readonly #negotiation: Negotiation
  readonly #ourKey: Buffer
  readonly #onClose: () => void
  readonly #digitListeners: ((digit: Digit) => void)[]
  #last: MediaStats = nothingHeard
  #closing: Promise<void> | undefined

  static async open(
    link: WorkerLink,
    options: MediaSessionOptions,
    address: string,
    onClose: () => void,
  ): Promise<WorkerSession> {
    const id = randomUUID()
    const listeners: ((digit: Digit) => void)[] = []
    const { port, browser } = await link.create(id, options.profile === 'webrtc', (digit) => {
      for (const listener of listeners) listener(digit)
    })
    return new WorkerSession(link, id, { ...options, advertise: options.advertise ?? address }, port, browser, {
      listeners,
      onClose,
    })
  }

  private constructor(
    link: WorkerLink,
    id: string,
    options: MediaSessionOptions & { readonly advertise: string },
    port: number,
    browser: BrowserSide | undefined,
    rest: { readonly listeners: ((digit: Digit) => void)[]; readonly onClose: () => void },
  ) {
    this.id = id
    this.#link = link
    this.#digitListeners = rest.listeners
    this.#onClose = rest.onClose
    this.#ourKey = randomBytes(masterBytes)
    this.#negotiation = new Negotiation({
      profile: options.profile,
      sessionId: randomBytes(4).readUInt32BE(0),
      address: options.advertise,
      port,
      codecs: options.codecs ?? defaultCodecs,
      key: this.#ourKey.toString('base64'),
      transport: browser,
    })
  }

  get isHeldByRemote(): boolean {
    return this.#negotiation.isHeldByRemote
  }

  async offer({ direction = 'sendrecv' }: { direction?: Direction } = {}): Promise<string> {
    return this.#negotiation.offer(direction)
  }

  async answer(remoteOffer: string): Promise<string> {
    const answer = this.#negotiation.answer(remoteOffer)
    this.#configure()
    return answer
  }

  async accept(remoteAnswer: string): Promise<void> {
    this.#negotiation.accept(remoteAnswer)
    this.#configure()
  }

  #configure(): void {
    const agreed = this.#negotiation.agreed
    if (agreed !== undefined)
      this.#link.post({ type: 'configure', session: this.id, settings: this.#settingsOf(agreed) })
  }

  #settingsOf(agreed: Agreed): StreamSettings {
    const { codec, payloadType, eventType, remote, rtcpMux, crypto, dtls, direction } = agreed
    const keys = crypto && {
      local: keyOf(this.#ourKey, crypto.suite),
      remote: keyOf(Buffer.from(crypto.key, 'base64'), crypto.suite),
    }
    // Who put us on hold with `sendonly` wants to hear nothing; who only receives hears our music.
    const sends = direction === 'sendrecv' || direction === 'recvonly'
    return { codec, payloadType, eventType, remote, rtcpMux, sends, srtp: keys, dtls }
  }

  play(source: AudioSource, options: PlayOptions = {}): Playing {
    const { repeat = 1, stopOn = [] } = options
    const { job, answer } = this.#link.ask((id) => ({
      type: 'play',
      session: this.id,
      job: id,
      source,
      repeat,
      stopOn,
    }))
    const done = answer.then((message): PlayResult => {
      if (message.type === 'played') return message.result
      return message.type === 'lost' ? { ended: 'failed', error: message.error } : { ended: 'stopped' }
    })
    return { done, stop: () => this.#link.post({ type: 'stop', session: this.id, job }) }
  }

  record(options: RecordOptions): Recording {
    const bounded = { ...options, maxSeconds: Math.min(options.maxSeconds, recordSecondsMax) }
    const { job, answer } = this.#link.ask((id) => ({ type: 'record', session: this.id, job: id, options: bounded }))
    const post = (type: 'stop' | 'pause' | 'resume') => this.#link.post({ type, session: this.id, job })
    const { path } = options
    const done = answer.then((message): RecordResult => {
      if (message.type === 'recorded') return message.result
      return { ended: 'failed', durationMs: 0, path, ...(message.type === 'lost' ? { error: message.error } : {}) }
    })
    return { done, stop: () => post('stop'), pause: () => post('pause'), resume: () => post('resume') }
  }

  async sendDigits(digits: string, toneMs = defaultToneMs): Promise<void> {
    await this.#link.ask((job) => ({ type: 'send-digits', session: this.id, job, digits, toneMs })).answer
  }

  onDigit(listener: (digit: Digit) => void): void {
    this.#digitListeners.push(listener)
  }

  digitReceived(digit: Digit): void {
    this.#link.post({ type: 'digit', session: this.id, digit })
  }

  /** What the leg's packets said; of a closed session, what they said at the end. */
  async stats(): Promise<MediaStats> {
    const message = await this.#link.ask((job) => ({ type: 'stats', session: this.id, job })).answer
    if (message.type === 'stats') this.#last = message.stats
    return this.#last
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const stats = this.stats()
    const closed = this.#link.ask((job) => ({ type: 'close', session: this.id, job })).answer
    await Promise.all([stats, closed])
    this.#link.forget(this.id)
    this.#onClose()
  }
}
