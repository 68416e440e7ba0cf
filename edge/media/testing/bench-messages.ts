/** What passes between the bench and its two processes: the engine (or the floor it is held against), and the phones that load it. */
export type BenchKind = 'echo' | 'prompt' | 'bridge'

export type BenchRequest =
  /** The phones open and answer with an offer each. */
  | { readonly type: 'open'; readonly calls: number }
  /** The engine answers the offers; for `bridge` neighbours are joined. */
  | {
      readonly type: 'serve'
      readonly kind: BenchKind
      readonly offers: readonly string[]
      readonly folder: string
    }
  /** The phones take the answers, and talk if told so. */
  | { readonly type: 'talk'; readonly answers: readonly string[]; readonly sends: boolean }
  | { readonly type: 'start' }
  | { readonly type: 'measure'; readonly ms: number }
  | { readonly type: 'cost' }

/** What the phones heard. */
export interface HeardResult {
  /** Of 1. */
  readonly loss: number
  /** 99th percentile of |inter-arrival − 20 ms|. */
  readonly pacingP99Ms: number
  /** 99th percentile from a phone's packet to the same packet coming back, ms; echo only. */
  readonly roundTripP99Ms?: number
  /** 99th percentile of what the phones' own clock was late meanwhile, ms: what the machine adds to the two above. */
  readonly phonesLateP99Ms: number
  /** What the phones themselves took of their core, of 1: near 1 it is they who are measured. */
  readonly phonesCpu: number
  /** Calls that heard nothing. */
  readonly silent: number
}

/** What the calls took. */
export interface CostResult {
  /** Of one core. */
  readonly cpu: number
  readonly kilobytesACall: number
}

export type BenchResult = HeardResult & CostResult
