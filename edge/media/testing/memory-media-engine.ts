import { PbxError } from '@offhook/shared/pbx-error.ts'
import type {
  AudioSource,
  Bridge,
  Digit,
  MediaEngine,
  MediaProfile,
  MediaSession,
  MediaSessionOptions,
  MediaStats,
  PlayOptions,
  PlayResult,
  RecordOptions,
  RecordResult,
} from '../media-engine.ts'
import { Negotiation } from '../negotiation.ts'
import { VirtualTime } from './virtual-time.ts'

/** What plays on a session now. */
export interface MemoryPlaying {
  readonly source: AudioSource
  readonly options: PlayOptions
  /** Ends it as if the audio were over, or as told. */
  finish(result?: PlayResult): void
}

/** What records on a session now. */
export interface MemoryRecording {
  readonly options: RecordOptions
  readonly isPaused: boolean
  /** Ends it as told; its length is the virtual time since it began. */
  finish(ended: RecordResult['ended'], digit?: Digit): void
}

/** A session of no sound: real descriptions, and a window for tests. */
export interface MemorySession extends MediaSession {
  readonly profile: MediaProfile
  readonly isClosed: boolean
  readonly playing: readonly MemoryPlaying[]
  /** All that was ever asked to play, in order. */
  readonly played: readonly AudioSource[]
  readonly recording: readonly MemoryRecording[]
  readonly sentDigits: string
  readonly isEchoing: boolean
  /** The far end presses keys: what they stop is stopped, `onDigit` hears each. */
  press(digits: string): void
  /** What `stats` says from now on. */
  setStats(stats: Partial<MediaStats>): void
}

export interface MemoryMediaOptions {
  /** Length of an audio file, ms. @default 1,000 for any */
  readonly durationOf?: (path: string) => number
  /** Sessions at once; then `createSession` refuses as the real engine does. @default 1,000 */
  readonly sessionsMax?: number
}

export interface MemoryMediaEngine extends MediaEngine {
  /** Every session ever made, in order. */
  readonly sessions: readonly MemorySession[]
  /** Sessions that hear each other now, by id, in the order they were added; a bridge of one counts as none. */
  heardTogether(): string[][]
  /** Lets virtual time pass: audio ends, recordings reach their limit, digits go out, all in order. */
  advance(ms: number): Promise<void>
}

const clean: MediaStats = {
  codec: 'PCMU',
  packetsSent: 0,
  packetsReceived: 0,
  packetsLost: 0,
  jitterMs: 0,
  mos: 4.4,
  oneWay: false,
}
const firstPort = 20_000
/** Gap behind each digit that is sent, and the length of a comma, ms: as the real engine does it. */
const digitGapMs = 80
const commaMs = 500

/** Length of a source played once, ms. */
function lengthOf(source: AudioSource, durationOf: (path: string) => number): number {
  if (source.kind === 'file') return durationOf(source.path)
  if (source.kind === 'silence') return source.durationMs
  return source.cadence.reduce((sum, { onMs, offMs }) => sum + onMs + offMs, 0)
}

class MemoryMediaSession implements MemorySession {
  readonly id: string
  readonly profile: MediaProfile
  readonly #negotiation: Negotiation
  readonly #time: VirtualTime
  readonly #durationOf: (path: string) => number
  readonly #listeners: ((digit: Digit) => void)[] = []
  readonly #playing = new Set<MemoryPlaying>()
  readonly #recording = new Set<MemoryRecording>()
  readonly played: AudioSource[] = []
  #stats: MediaStats = clean
  sentDigits = ''
  isEchoing = false
  isClosed = false

  constructor(options: MediaSessionOptions, port: number, time: VirtualTime, durationOf: (path: string) => number) {
    this.id = `session-${port}`
    this.profile = options.profile
    this.#time = time
    this.#durationOf = durationOf
    const browser = {
      iceUfrag: `ufrag${port}`,
      icePwd: `password-of-session-${port}`,
      fingerprint: 'AB:CD',
      ssrc: port,
    }
    this.#negotiation = new Negotiation({
      profile: options.profile,
      sessionId: port,
      address: options.advertise ?? '127.0.0.1',
      port,
      codecs: options.codecs ?? ['PCMU', 'PCMA'],
      key: Buffer.alloc(30, port).toString('base64'),
      transport: options.profile === 'webrtc' ? browser : undefined,
    })
  }

  get isHeldByRemote(): boolean {
    return this.#negotiation.isHeldByRemote
  }

  get playing(): readonly MemoryPlaying[] {
    return [...this.#playing]
  }

  get recording(): readonly MemoryRecording[] {
    return [...this.#recording]
  }

  async offer({ direction = 'sendrecv' }: { direction?: 'sendrecv' | 'sendonly' | 'inactive' } = {}): Promise<string> {
    return this.#negotiation.offer(direction)
  }

  async answer(remoteOffer: string): Promise<string> {
    return this.#negotiation.answer(remoteOffer)
  }

  async accept(remoteAnswer: string): Promise<void> {
    this.#negotiation.accept(remoteAnswer)
  }

  play(source: AudioSource, options: PlayOptions = {}) {
    const { promise, resolve } = Promise.withResolvers<PlayResult>()
    if (this.isClosed) resolve({ ended: 'stopped' })
    const playing: MemoryPlaying = {
      source,
      options,
      finish: (result = { ended: 'complete' }) => {
        if (this.#playing.delete(playing)) resolve(result)
      },
    }
    if (!this.isClosed) {
      this.played.push(source)
      this.#playing.add(playing)
      this.#time.after(lengthOf(source, this.#durationOf) * (options.repeat ?? 1), () => playing.finish())
    }
    return { done: promise, stop: () => playing.finish({ ended: 'stopped' }) }
  }

  record(options: RecordOptions) {
    const { promise, resolve } = Promise.withResolvers<RecordResult>()
    const startedMs = this.#time.nowMs
    const result = (ended: RecordResult['ended'], digit?: Digit): RecordResult => ({
      ended,
      durationMs: this.#time.nowMs - startedMs,
      path: options.path,
      ...(digit === undefined ? {} : { digit }),
    })
    const recording = {
      options,
      isPaused: false,
      finish: (ended: RecordResult['ended'], digit?: Digit) => {
        if (this.#recording.delete(recording)) resolve(result(ended, digit))
      },
    }
    if (this.isClosed) resolve(result('closed'))
    else {
      this.#recording.add(recording)
      this.#time.after(options.maxSeconds * 1_000, () => recording.finish('limit'))
    }
    return {
      done: promise,
      stop: () => recording.finish('stopped'),
      pause: () => {
        recording.isPaused = true
      },
      resume: () => {
        recording.isPaused = false
      },
    }
  }

  async sendDigits(digits: string, toneMs = 100): Promise<void> {
    this.sentDigits += digits
    const lengths = digits.split('').map((digit) => (digit === ',' ? commaMs : toneMs + digitGapMs))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#time.after(
      lengths.reduce((sum, length) => sum + length, 0),
      resolve,
    )
    await promise
  }

  onDigit(listener: (digit: Digit) => void): void {
    this.#listeners.push(listener)
  }

  digitReceived(digit: Digit): void {
    for (const playing of this.#playing)
      if (playing.options.stopOn?.includes(digit) === true) playing.finish({ ended: 'digit', digit })
    for (const recording of this.#recording)
      if (recording.options.stopOn?.includes(digit) === true) recording.finish('digit', digit)
    for (const listener of this.#listeners) listener(digit)
  }

  press(digits: string): void {
    for (const digit of digits.split('')) this.digitReceived(digit)
  }

  async stats(): Promise<MediaStats> {
    return this.#stats
  }

  setStats(stats: Partial<MediaStats>): void {
    this.#stats = { ...this.#stats, ...stats }
  }

  async close(): Promise<void> {
    this.isClosed = true
    for (const playing of this.#playing) playing.finish({ ended: 'stopped' })
    for (const recording of this.#recording) recording.finish('closed')
  }
}

/** Media for tests of calls: real descriptions, no sockets, no sound, and time that passes when told. */
export function createMemoryMediaEngine(options: MemoryMediaOptions = {}): MemoryMediaEngine {
  const { durationOf = () => 1_000, sessionsMax = 1_000 } = options
  const sessions: MemoryMediaSession[] = []
  const bridges = new Set<Set<MediaSession>>()
  const time = new VirtualTime()
  return {
    sessions,
    advance: (ms) => time.advance(ms),
    heardTogether: () => [...bridges].filter(({ size }) => size > 1).map((members) => [...members].map(({ id }) => id)),
    async createSession(wanted) {
      if (sessions.filter(({ isClosed }) => !isClosed).length >= sessionsMax)
        throw new PbxError('too-many-calls', { status: 503 })
      const session = new MemoryMediaSession(wanted, firstPort + 2 * sessions.length, time, durationOf)
      sessions.push(session)
      return session
    },
    createBridge(): Bridge {
      const members = new Set<MediaSession>()
      bridges.add(members)
      return {
        add: (session) => void members.add(session),
        remove: (session) => void members.delete(session),
        mute: () => undefined,
        close: () => void bridges.delete(members),
      }
    },
    echo(session, on) {
      for (const own of sessions) if (own.id === session.id) own.isEchoing = on
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()))
    },
  }
}
