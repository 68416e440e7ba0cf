/** Guessing the address of a phone's files: hopeless with 256 bits, and stopped all the same, without harming phones behind the same NAT. */

/** Wrong secrets from one address before it is not listened to, in so much time, and for how long; ms. */
export const guessesMax = 20
export const windowMs = 10 * 60_000
export const blockMs = 15 * 60_000
/** Addresses and phones remembered; the oldest go first. */
const rememberedMax = 20_000

interface Count {
  readonly sinceMs: number
  readonly guesses: number
  readonly blockedUntilMs: number
}

/** IPv6 guessers own whole networks: a /64 counts as one address. */
const keyOf = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > rememberedMax && oldest !== undefined) map.delete(oldest)
}

export interface Guesses {
  /** True when nothing this address asks is looked up, but for folders it has fetched from before. */
  isBlocked(address: string, secret: string, nowMs: number): boolean
  right(address: string, secret: string): void
  /** True when this guess was one too many. */
  wrong(address: string, nowMs: number): boolean
}

/** A bounded table in the memory of one process; on AWS each instance of the function has its own. */
export function createGuesses(): Guesses {
  const counts = new Map<string, Count>()
  const known = new Map<string, true>()
  const pair = (address: string, secret: string) => `${keyOf(address)} ${secret.slice(0, 16)}`
  return {
    isBlocked: (address, secret, nowMs) =>
      (counts.get(keyOf(address))?.blockedUntilMs ?? 0) > nowMs && !known.has(pair(address, secret)),
    right: (address, secret) => remember(known, pair(address, secret), true),
    wrong(address, nowMs) {
      const before = counts.get(keyOf(address))
      if ((before?.blockedUntilMs ?? 0) > nowMs) return false
      const isFresh = before === undefined || nowMs - before.sinceMs > windowMs
      const guesses = isFresh ? 1 : before.guesses + 1
      const isTooMany = guesses >= guessesMax
      remember(counts, keyOf(address), {
        sinceMs: isFresh ? nowMs : before.sinceMs,
        guesses: isTooMany ? 0 : guesses,
        blockedUntilMs: isTooMany ? nowMs + blockMs : 0,
      })
      return isTooMany
    },
  }
}
