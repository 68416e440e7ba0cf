/** What passes between the engine and its worker: plain data, one message a request. */
import type { AudioSource, MediaStats, PlayResult, RecordOptions, RecordResult } from '../media-engine.ts'
import type { Codec } from '../negotiation.ts'
import type { SrtpKey } from '../srtp.ts'

export interface StreamSettings {
  readonly codec: Codec
  readonly payloadType: number
  readonly eventType: number | undefined
  /** Absent: wait until we hear from the far end. */
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number } | undefined
  readonly rtcpMux: boolean
  /** Whether we may send after hold is taken into account. */
  readonly sends: boolean
  readonly srtp: { readonly local: SrtpKey; readonly remote: SrtpKey } | undefined
  readonly dtls: { readonly iceUfrag: string; readonly fingerprint: string } | undefined
}

/** What a browser has to know of a session: RFC 8839 §5.4, RFC 8122 §5. */
export interface BrowserSide {
  readonly iceUfrag: string
  readonly icePwd: string
  readonly fingerprint: string
  readonly ssrc: number
}

export type ToWorker =
  | { readonly type: 'create'; readonly session: string; readonly isBrowser: boolean }
  | { readonly type: 'configure'; readonly session: string; readonly settings: StreamSettings }
  | {
      readonly type: 'play'
      readonly session: string
      readonly job: number
      readonly source: AudioSource
      readonly repeat: number
      readonly stopOn: readonly string[]
    }
  | { readonly type: 'stop'; readonly session: string; readonly job: number }
  | { readonly type: 'record'; readonly session: string; readonly job: number; readonly options: RecordOptions }
  | { readonly type: 'pause' | 'resume'; readonly session: string; readonly job: number }
  | {
      readonly type: 'send-digits'
      readonly session: string
      readonly job: number
      readonly digits: string
      readonly toneMs: number
    }
  /** A digit that came by SIP INFO: it stops what digits stop. */
  | { readonly type: 'digit'; readonly session: string; readonly digit: string }
  | { readonly type: 'echo'; readonly session: string; readonly on: boolean }
  | {
      readonly type: 'bridge'
      readonly bridge: string
      readonly sessions: readonly string[]
      readonly muted: readonly string[]
    }
  | { readonly type: 'stats'; readonly session: string; readonly job: number }
  | { readonly type: 'close'; readonly session: string; readonly job: number }
  | { readonly type: 'shutdown' }

export type FromWorker =
  | {
      readonly type: 'created'
      readonly session: string
      readonly port: number
      readonly browser: BrowserSide | undefined
    }
  | { readonly type: 'not-created'; readonly session: string; readonly error: string }
  | { readonly type: 'digit'; readonly session: string; readonly digit: string }
  | { readonly type: 'played'; readonly job: number; readonly result: PlayResult }
  | { readonly type: 'recorded'; readonly job: number; readonly result: RecordResult }
  | { readonly type: 'done'; readonly job: number }
  | { readonly type: 'stats'; readonly job: number; readonly stats: MediaStats }

export interface WorkerSettings {
  readonly listen: string
  readonly rtpPorts: { readonly from: number; readonly to: number }
}
