/** Tries from one address in a minute; an office behind one address has many people. */
const perMinute = 60
const minuteMs = 60_000
/** Addresses remembered; beyond that the oldest are forgotten, and each costs a guesser a fresh address. */
const addressesMax = 10_000
/** Passwords being checked at once: each takes 16 MB and some 50 ms. */
const checksMax = 8

/** Keeps password guessing slow and cheap for us, before anybody's name is looked at. The lock-out of one person is the store's. */
export class Attempts {
  readonly #tries = new Map<string, { count: number; untilMs: number }>()
  #checking = 0

  /** Whether an address may try now. */
  mayTry(address: string, nowMs: number): boolean {
    const known = this.#tries.get(address)
    if (known === undefined || known.untilMs <= nowMs) {
      if (this.#tries.size >= addressesMax) this.#tries.delete(this.#tries.keys().next().value ?? '')
      this.#tries.set(address, { count: 1, untilMs: nowMs + minuteMs })
      return true
    }
    known.count += 1
    return known.count <= perMinute
  }

  /** Runs a check unless too many are running; nothing then. */
  async check<T>(run: () => Promise<T>): Promise<T | undefined> {
    if (this.#checking >= checksMax) return undefined
    this.#checking += 1
    try {
      return await run()
    } finally {
      this.#checking -= 1
    }
  }
}
