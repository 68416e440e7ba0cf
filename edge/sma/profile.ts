/**
 * What differs between the runtime in production (`edge`) and the simulation of the service (`chime`). The contract itself (actions, fields,
 * queue, errors, one endpoint a bridge, 1,000 invocations) is the same in both and always strict.
 */
export interface Profile {
  readonly name: 'edge' | 'chime'
  /** AWS quotas of an account, or none. */
  readonly quotas: boolean
  /** Only an owned number or leg A's own may be shown. */
  readonly ownedNumbers: ReadonlySet<string> | undefined
  /** Codecs of every leg, best first. */
  readonly codecs: readonly string[]
  /** Share of invocations made twice, as the 5 s retry does; 0 to 1. */
  readonly duplicates: number
  /** `ActionData.Outcome` on the event that ends a bridge; otherwise the outcome goes to an item. */
  readonly tellsOutcome: boolean
  /** Whether a broken call is mended: apology, parties left talking, forgotten callers served. The service only hangs up. */
  readonly isCaring: boolean
}

export const edgeProfile: Profile = {
  name: 'edge',
  quotas: false,
  ownedNumbers: undefined,
  codecs: ['PCMU', 'PCMA', 'G722', 'opus'],
  duplicates: 0,
  tellsOutcome: true,
  isCaring: true,
}

export const chimeProfile = (ownedNumbers: readonly string[], duplicates = 0.1): Profile => ({
  name: 'chime',
  quotas: true,
  ownedNumbers: new Set(ownedNumbers),
  codecs: ['PCMU'],
  duplicates,
  tellsOutcome: false,
  isCaring: false,
})
