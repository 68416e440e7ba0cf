/** guessing passwords is stopped without harming the owner. Pure tables with a clock given in; nothing here knows SIP. */

/** Bad passwords from one address before it is blocked. */
export const attemptsMax = 20
/** Time in which the attempts are counted, ms. */
export const windowMs = 10 * 60_000
/** How long a block lasts, ms. */
export const blockMs = 15 * 60_000
/** Counters kept; the oldest goes first. */
export const countersMax = 50_000

export interface LockOutEvent {
  readonly address: string
  /** Absent when the address guessed at names that do not exist: then it is blocked for all names. */
  readonly username?: string
  readonly atMs: number
  readonly untilMs: number
}

interface Counter {
  readonly sinceMs: number
  readonly failures: number
  readonly blockedUntilMs: number
}

export interface LockOut {
  /** True when nothing this address says for this name is believed. */
  isBlocked(address: string, username: string, nowMs: number): boolean
  /** Notes a bad password (or any password for a name that does not exist). */
  failed(address: string, username: string, isKnown: boolean, nowMs: number): void
  readonly size: number
}

/** IPv6 guessers own whole networks: a /64 counts as one address. */
export function addressKey(address: string): string {
  const plain = address.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail = ''] = plain.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const zeros = plain.includes('::') ? Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0') : []
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`
}

export function createLockOut(onBlocked: (event: LockOutEvent) => void): LockOut {
  const counters = new Map<string, Counter>()
  const pair = (address: string, username: string) => `${addressKey(address)} ${username}`

  const blocked = (key: string, nowMs: number) => (counters.get(key)?.blockedUntilMs ?? 0) > nowMs

  const count = (key: string, nowMs: number): Counter => {
    const before = counters.get(key)
    const isFresh = before === undefined || nowMs - before.sinceMs > windowMs
    const failures = isFresh ? 1 : before.failures + 1
    const counter = {
      sinceMs: isFresh ? nowMs : before.sinceMs,
      failures: failures >= attemptsMax ? 0 : failures,
      blockedUntilMs: failures >= attemptsMax ? nowMs + blockMs : (before?.blockedUntilMs ?? 0),
    }
    counters.delete(key)
    counters.set(key, counter)
    if (counters.size > countersMax)
      for (const oldest of counters.keys()) {
        counters.delete(oldest)
        break
      }
    return counter
  }

  return {
    isBlocked: (address, username, nowMs) =>
      blocked(addressKey(address), nowMs) || blocked(pair(address, username), nowMs),
    failed(address, username, isKnown, nowMs) {
      const key = isKnown ? pair(address, username) : addressKey(address)
      if (blocked(key, nowMs)) return
      const { blockedUntilMs } = count(key, nowMs)
      if (blockedUntilMs > nowMs)
        onBlocked({ address, ...(isKnown ? { username } : {}), atMs: nowMs, untilMs: blockedUntilMs })
    },
    get size() {
      return counters.size
    },
  }
}
