/** What passes between the bench and its two processes: the engine, and the phones that load it. */
export type BenchRequest =
  /** The phones open and answer with an offer each. */
  | { readonly type: 'open'; readonly calls: number }
  /** The engine answers the offers; for `bridge` neighbours are joined. */
  | {
      readonly type: 'serve'
      readonly kind: 'echo' | 'prompt' | 'bridge'
      readonly offers: readonly string[]
      readonly folder: string
    }
  /** The phones take the answers, and talk if told so. */
  | { readonly type: 'talk'; readonly answers: readonly string[]; readonly sends: boolean }
  | { readonly type: 'start' }
  | { readonly type: 'measure'; readonly ms: number }
  | { readonly type: 'cost' }

export interface BenchResult {
  /** Of 1. */
  readonly loss: number
  /** 99th percentile of |inter-arrival − 20 ms|. */
  readonly pacingP99Ms: number
  /** 99th percentile from a phone's packet to the same packet coming back, ms; echo only. */
  readonly roundTripP99Ms?: number
  /** 99th percentile of what the phones' own clock was late meanwhile, ms: what the machine adds to the two above. */
  readonly phonesLateP99Ms: number
  /** Calls that heard nothing. */
  readonly silent: number
  /** Of one core. */
  readonly cpu: number
  readonly kilobytesACall: number
}
