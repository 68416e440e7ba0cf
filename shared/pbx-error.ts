export interface PbxErrorOptions {
  /** HTTP status at the API; the SMA and SIP boundaries choose their own. @default 400 */
  readonly status?: number
  /** The sentence a person reads: what is wrong, which field, how to mend it. */
  readonly message?: string
  /** Data for programs, e.g. `{ did }`. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A refused request: a code people can search (`did-taken`), a sentence, data. Boundaries translate it; nothing else catches it. */
export class PbxError extends Error {
  override readonly name = 'PbxError'
  readonly code: string
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, options: PbxErrorOptions = {}) {
    super(options.message ?? code, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status ?? 400
    this.details = options.details ?? {}
  }
}
