/** What is asked of the parts of the signalling bench, each in a process of its own. */
export type TargetRequest =
  /** `floor`: a stub on a bare socket that answers without reading more than it must. */
  { readonly type: 'open'; readonly kind: 'edge' | 'floor' } | { readonly type: 'cost' } | { readonly type: 'close' }

export type SignallingKind = 'register' | 'refresh' | 'call'

export interface LoadRequest {
  readonly type: 'run'
  readonly kind: SignallingKind
  readonly port: number
  /** Registrations or calls in all, and how many are under way at once. */
  readonly count: number
  readonly atOnce: number
}

/** CPU so far, µs: of the process with all its threads, and of the thread that signals. */
export interface TargetCost {
  readonly processUs: number
  readonly threadUs: number
}

export interface LoadResult {
  readonly done: number
  readonly failed: number
  readonly seconds: number
  /** From the request that was taken to its answer, ms; of a fresh registration from its first message. */
  readonly p50Ms: number
  readonly p99Ms: number
}
