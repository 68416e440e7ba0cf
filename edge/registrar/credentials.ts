import type { EmergencyFacts } from '@offhook/shared/emergency/emergency.ts'
import type { DigestAlgorithm } from '../sip/digest.ts'

/** What the edge must know about a device that proves itself: enough to register it, ring it and save its owner without asking again. */
export interface DeviceCredential {
  readonly kind: 'device'
  readonly username: string
  readonly password: string
  readonly accountId: string
  readonly deviceId: string
  readonly userId?: string
  /** Device and account are both enabled. */
  readonly enabled: boolean
  /** The one algorithm offered to it; both at once breaks real phones. @default 'MD5' */
  readonly digest?: DigestAlgorithm
  /** In order of preference. @default ['PCMU', 'PCMA'] */
  readonly codecs?: readonly string[]
  /** `required`: only SRTP is offered to it and taken from it. @default 'optional' */
  readonly srtp?: 'off' | 'optional' | 'required'
  /** Calls it may have at once, 1 to 10,000: a gateway or another PBX is a device too. @default 6 */
  readonly callsMax?: number
  /** Shown when its phone sends no name of its own: never trusted for more. */
  readonly displayName?: string
  /** Cached at registration, so that 911 needs no table. */
  readonly emergency?: EmergencyFacts
}

/** A trunk that proves itself by digest, where its address alone does not. */
export interface TrunkCredential {
  readonly kind: 'trunk'
  readonly username: string
  readonly password: string
  readonly trunkId: string
}

export type Credential = DeviceCredential | TrunkCredential

/** Where SIP user names are looked up: the store, behind a cache of seconds. Unknown names give `undefined`; it never throws for them. */
export interface CredentialSource {
  lookUp(username: string): Promise<Credential | undefined>
  /** From memory, at once: which algorithm to ask this name for. Names it does not know get MD5 like most. @default always 'MD5' */
  digestOf?(username: string): DigestAlgorithm
}

/** Cached look-ups, hits and misses alike, so that one name takes as long as another. */
export const cachedNamesMax = 20_000
/** A rotated password or a disabled device is noticed after at most this, ms. */
export const cacheMs = 5_000

/** A bounded cache in front of a source; concurrent look-ups of one name share one question. */
export function cached(
  source: CredentialSource,
  nowMs: () => number,
): CredentialSource & { forget(username: string): void } {
  const entries = new Map<string, { readonly atMs: number; readonly found: Promise<Credential | undefined> }>()
  return {
    lookUp(username) {
      const entry = entries.get(username)
      if (entry !== undefined && nowMs() - entry.atMs < cacheMs) return entry.found
      const found = source.lookUp(username)
      entries.delete(username)
      entries.set(username, { atMs: nowMs(), found })
      if (entries.size > cachedNamesMax)
        for (const oldest of entries.keys()) {
          entries.delete(oldest)
          break
        }
      // A failing source is asked again by the next request; this one gets the error.
      found.catch(() => entries.delete(username))
      return found
    },
    digestOf: (username) => source.digestOf?.(username) ?? 'MD5',
    forget: (username) => void entries.delete(username),
  }
}
