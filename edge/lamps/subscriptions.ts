import type { Subscription } from './subscription.ts'

/** Subscriptions of one phone, and of all together. */
export const perNameMax = 10
export const subscriptionsMax = 100_000

/** Subscriptions by dialog and by name. In memory: a phone whose subscription is not known any more is told so and makes another. */
export class Subscriptions {
  readonly #byId = new Map<string, Subscription>()
  readonly #byName = new Map<string, Set<Subscription>>()

  get size(): number {
    return this.#byId.size
  }

  get isFull(): boolean {
    return this.size >= subscriptionsMax
  }

  find(id: string): Subscription | undefined {
    return this.#byId.get(id)
  }

  of(username: string): Subscription[] {
    return [...(this.#byName.get(username) ?? [])]
  }

  /** Adds one; answers with the one that had to make room: a phone that forgot its past must not be kept from a new one. */
  add(subscription: Subscription): Subscription | undefined {
    const all = this.#byName.get(subscription.username) ?? new Set()
    this.#byName.set(subscription.username, all.add(subscription))
    this.#byId.set(subscription.id, subscription)
    const [oldest] = all
    if (all.size <= perNameMax || oldest === undefined) return undefined
    this.remove(oldest)
    return oldest
  }

  remove(subscription: Subscription): void {
    this.#byId.delete(subscription.id)
    const all = this.#byName.get(subscription.username)
    all?.delete(subscription)
    if (all?.size === 0) this.#byName.delete(subscription.username)
  }

  /** Takes out those that nobody refreshed, and those whose connection is gone. */
  sweep(nowMs: number): { readonly expired: Subscription[]; readonly gone: Subscription[] } {
    const [expired, gone]: [Subscription[], Subscription[]] = [[], []]
    for (const subscription of this.#byId.values())
      if (!subscription.isReachable) gone.push(subscription)
      else if (subscription.expiresAtMs <= nowMs) expired.push(subscription)
    for (const one of [...expired, ...gone]) this.remove(one)
    return { expired, gone }
  }
}
