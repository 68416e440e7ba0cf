import { PbxError } from '@offhook/shared/pbx-error.ts'
import type {
  AudioSource,
  Bridge,
  Digit,
  MediaEngine,
  MediaSession,
  MediaSessionOptions,
  Playing,
  PlayResult,
} from '../../media/media-engine.ts'

/** A session of no sound that says what was asked of it. */
export interface QuietSession extends MediaSession {
  readonly profile: MediaSessionOptions['profile']
  readonly isClosed: boolean
  /** What plays now. */
  readonly playing: readonly AudioSource[]
  readonly sentDigits: string
  /** The far end presses a key. */
  press(digit: Digit): void
}

export interface QuietMedia extends MediaEngine {
  readonly sessions: readonly QuietSession[]
  /** Pairs that hear each other now, by session id. */
  heardTogether(): string[][]
}

let port = 20_000

const sdp = (version: number, direction: string, proto: string, own: number) =>
  [
    'v=0',
    `o=- ${own} ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${own} ${proto} 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    `a=${direction}`,
    '',
  ].join('\r\n')

/** Media for tests of calls: real SDP, no sockets, no sound. An offer without PCMU has no codec in common. */
export function createQuietMedia(): QuietMedia {
  const sessions: QuietSession[] = []
  const bridges = new Set<Set<MediaSession>>()
  return {
    sessions,
    heardTogether: () => [...bridges].filter(({ size }) => size > 1).map((members) => [...members].map(({ id }) => id)),
    createSession(options) {
      const session = quietSession(options)
      sessions.push(session)
      return Promise.resolve(session)
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
    echo: () => undefined,
    close: () => Promise.resolve(),
  }
}

function quietSession({ profile }: MediaSessionOptions): QuietSession {
  port += 2
  const own = port
  const listeners: ((digit: Digit) => void)[] = []
  const playing = new Map<AudioSource, (result: PlayResult) => void>()
  const state = { version: 0, isHeld: false, isClosed: false, sent: '' }
  const proto = profile === 'webrtc' ? 'UDP/TLS/RTP/SAVPF' : profile === 'sdes' ? 'RTP/SAVP' : 'RTP/AVP'
  const read = (remote: string) => {
    if (!/^m=audio \d+ \S+.*\b0\b/m.test(remote)) throw new PbxError('no-common-codec', { status: 488 })
    state.isHeld = /^a=(sendonly|inactive)/m.test(remote)
  }
  const press = (digit: Digit) => {
    for (const listener of listeners) listener(digit)
  }
  return {
    id: `session-${own}`,
    profile,
    press,
    get isClosed() {
      return state.isClosed
    },
    get playing() {
      return [...playing.keys()]
    },
    get sentDigits() {
      return state.sent
    },
    get isHeldByRemote() {
      return state.isHeld
    },
    async offer({ direction = 'sendrecv' } = {}) {
      state.version += 1
      return sdp(state.version, direction, proto, own)
    },
    async answer(remote) {
      read(remote)
      state.version += 1
      return sdp(state.version, state.isHeld ? 'recvonly' : 'sendrecv', proto, own)
    },
    async accept(remote) {
      read(remote)
    },
    play(source): Playing {
      const { promise, resolve } = Promise.withResolvers<PlayResult>()
      playing.set(source, resolve)
      // A file is over in no time; tones and loops go on.
      if (source.kind === 'file') queueMicrotask(() => playing.get(source)?.({ ended: 'complete' }))
      const stop = () => {
        playing.delete(source)
        resolve({ ended: 'stopped' })
      }
      return { done: promise, stop }
    },
    async sendDigits(digits) {
      state.sent += digits
    },
    record: ({ path }) => ({
      done: Promise.resolve({ ended: 'closed', durationMs: 0, path }),
      stop: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    }),
    onDigit: (listener) => void listeners.push(listener),
    digitReceived: press,
    stats: () =>
      Promise.resolve({
        codec: 'PCMU',
        packetsSent: 0,
        packetsReceived: 0,
        packetsLost: 0,
        jitterMs: 0,
        mos: 4.4,
        oneWay: false,
      }),
    async close() {
      state.isClosed = true
      for (const resolve of playing.values()) resolve({ ended: 'stopped' })
      playing.clear()
    },
  }
}
