/**
 * What the call layer may ask of media. One implementation runs RTP in a worker thread; tests have one in memory.
 * Nothing here knows SIP transactions, accounts or call flows. All audio is G.711 8 kHz inside unless a codec says otherwise.
 */

/** How a leg's media is carried: plain RTP (RFC 3550), SDES-SRTP (RFC 4568) or ICE + DTLS-SRTP (RFC 8827) for browsers. */
export type MediaProfile = 'rtp' | 'sdes' | 'webrtc'

/** A file of 16-bit PCM or G.711 WAV, 8 kHz mono; or tones, each `frequenciesHz` mixed for `onMs`, then silence for `offMs`. */
export type AudioSource =
  | { kind: 'file'; path: string }
  | { kind: 'tone'; cadence: readonly { frequenciesHz: readonly number[]; onMs: number; offMs: number }[] }
  | { kind: 'silence'; durationMs: number }

/** One of `0-9 * # A-D`, RFC 4733 §3.2. */
export type Digit = string

export interface PlayOptions {
  /** Times to play; `Infinity` loops until stopped. @default 1 */
  readonly repeat?: number
  /** Digits that stop the playing; the digit is still reported to `onDigit`. @default none */
  readonly stopOn?: readonly Digit[]
}

/** Why playing ended. `failed` means the source could not be read. */
export interface PlayResult {
  readonly ended: 'complete' | 'digit' | 'stopped' | 'failed'
  readonly digit?: Digit
  readonly error?: string
}

export interface Playing {
  readonly done: Promise<PlayResult>
  stop(): void
}

export interface RecordOptions {
  /** The file grows as audio arrives and its WAV header is repaired after a crash. The folder exists. */
  readonly path: string
  /** `both` records what the leg hears on the right channel. @default 'incoming' (mono) */
  readonly track?: 'incoming' | 'outgoing' | 'both'
  /** Bound on the length, seconds. 1 to 14,400. */
  readonly maxSeconds: number
  /** Ends after this much silence, seconds; absent: never. */
  readonly silenceSeconds?: number
  /** 1 (quiet room) to 1,000 (loud); SMA RecordAudio's scale. @default 200 */
  readonly silenceThreshold?: number
  readonly stopOn?: readonly Digit[]
}

export interface RecordResult {
  readonly ended: 'digit' | 'silence' | 'limit' | 'stopped' | 'closed' | 'failed'
  readonly digit?: Digit
  readonly durationMs: number
  readonly path: string
  readonly error?: string
}

export interface Recording {
  readonly done: Promise<RecordResult>
  stop(): void
  /** Writes silence instead of audio until resumed. */
  pause(): void
  resume(): void
}

/** What RTP and RTCP said about one leg. `mos` by the E-model (ITU-T G.107) from loss and delay, 1.0 to 4.5. */
export interface MediaStats {
  readonly codec: string
  readonly packetsSent: number
  readonly packetsReceived: number
  readonly packetsLost: number
  readonly jitterMs: number
  readonly roundTripMs?: number
  /** What the far end's reports say of what it heard of us; absent when none came. */
  readonly farEnd?: { readonly lossPercent: number; readonly jitterMs: number } | undefined
  readonly mos: number
  /** True when we sent for 3 s or more and heard nothing at all, or the other way round. */
  readonly oneWay: boolean
}

export interface MediaSessionOptions {
  readonly profile: MediaProfile
  /** Address put into SDP; the socket binds to `listen` of the engine. */
  readonly advertise?: string
  /** Codecs in order of preference. @default ['PCMU', 'PCMA'] */
  readonly codecs?: readonly string[]
}

/** The media of one leg: one RTP (and RTCP) socket pair, or one WebRTC transport. */
export interface MediaSession {
  readonly id: string
  /** A new offer. `direction` is ours. Called again it makes a re-offer with the version raised (RFC 3264 §8). */
  offer(options?: { direction?: 'sendrecv' | 'sendonly' | 'inactive' }): Promise<string>
  /** Takes a remote offer and gives our answer; throws PbxError('no-common-codec') when nothing fits (answer 488). Also for re-INVITE. */
  answer(remoteOffer: string): Promise<string>
  /** Takes the remote answer to our last offer. */
  accept(remoteAnswer: string): Promise<void>
  /** True when the far end put us on hold (sendonly, inactive, or c=0.0.0.0). */
  readonly isHeldByRemote: boolean
  play(source: AudioSource, options?: PlayOptions): Playing
  /** Sends RFC 4733 digits, `toneMs` each; a comma waits 500 ms. At most 50. */
  sendDigits(digits: string, toneMs?: number): Promise<void>
  record(options: RecordOptions): Recording
  /** Digits from RFC 4733, each once and in order; SIP INFO digits enter by `digitReceived`. */
  onDigit(listener: (digit: Digit) => void): void
  digitReceived(digit: Digit): void
  stats(): Promise<MediaStats>
  close(): Promise<void>
}

/** Several legs that hear each other, each without itself (N-1). With two of the same codec packets are relayed, not decoded. */
export interface Bridge {
  add(session: MediaSession): void
  remove(session: MediaSession): void
  /** Muted legs hear and are not heard. */
  mute(session: MediaSession, muted: boolean): void
  close(): void
}

export interface MediaEngine {
  createSession(options: MediaSessionOptions): Promise<MediaSession>
  createBridge(): Bridge
  /** Sends every received packet back to its sender: the echo test. */
  echo(session: MediaSession, on: boolean): void
  close(): Promise<void>
}
