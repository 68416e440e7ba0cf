import type { Binding } from '@offhook/shared/model/registration.ts'
import type { Flow } from '../sip/user-agent.ts'
import { bestFirst, isLive } from './bindings.ts'

/** Bindings one edge holds. */
export const bindingsHeldMax = 200_000

/** A binding and the way back to its phone. Absent flow: a UDP binding of before a restart, reached by its address. */
export interface Location {
  readonly binding: Binding
  readonly flow?: Flow
}

const keyOf = (binding: Binding): string => `${binding.username} ${binding.id}`
const secondOf = (binding: Binding): number => Math.ceil(Date.parse(binding.expiresAt) / 1_000)

/** All live bindings by AOR, with the second each expires in and the connection each hangs on. In memory, no clock of its own. */
export class LocationTable {
  readonly #byName = new Map<string, Map<string, Location>>()
  readonly #bySecond = new Map<number, Set<string>>()
  readonly #byFlow = new Map<string, { readonly flow: Flow; readonly keys: Set<string> }>()
  readonly #byKey = new Map<string, Location>()
  #lastSweptSecond = 0

  get size(): number {
    return this.#byKey.size
  }

  get isFull(): boolean {
    return this.size >= bindingsHeldMax
  }

  put(location: Location): void {
    const key = keyOf(location.binding)
    this.remove(location.binding)
    this.#byKey.set(key, location)
    const names = this.#byName.get(location.binding.username) ?? new Map<string, Location>()
    this.#byName.set(location.binding.username, names.set(location.binding.id, location))
    const second = secondOf(location.binding)
    this.#bySecond.set(second, (this.#bySecond.get(second) ?? new Set()).add(key))
    if (location.flow !== undefined && location.flow.transport !== 'udp') {
      const entry = this.#byFlow.get(location.flow.id) ?? { flow: location.flow, keys: new Set<string>() }
      entry.keys.add(key)
      this.#byFlow.set(location.flow.id, entry)
    }
  }

  remove(binding: Binding): Location | undefined {
    const key = keyOf(binding)
    const location = this.#byKey.get(key)
    if (location === undefined) return undefined
    this.#byKey.delete(key)
    const names = this.#byName.get(binding.username)
    names?.delete(binding.id)
    if (names?.size === 0) this.#byName.delete(binding.username)
    const second = secondOf(location.binding)
    const keys = this.#bySecond.get(second)
    keys?.delete(key)
    if (keys?.size === 0) this.#bySecond.delete(second)
    const flow = location.flow === undefined ? undefined : this.#byFlow.get(location.flow.id)
    flow?.keys.delete(key)
    if (flow?.keys.size === 0) this.#byFlow.delete(flow.flow.id)
    return location
  }

  /** Live ones, best `q` first; a stream binding whose connection is gone is not live. */
  find(username: string, nowMs: number): Location[] {
    const names = this.#byName.get(username)
    if (names === undefined) return []
    const usable = [...names.values()].filter(({ binding, flow }) => isLive(binding, nowMs) && flow?.isOpen !== false)
    const order = bestFirst(usable.map(({ binding }) => binding))
    return order.flatMap((binding) => names.get(binding.id) ?? [])
  }

  /** Every binding of the AOR that has not been swept. */
  bindingsOf(username: string): Binding[] {
    return [...(this.#byName.get(username)?.values() ?? [])].map(({ binding }) => binding)
  }

  /** Takes out what expired and what hung on closed connections. Work in proportion to what goes, not to what stays. */
  sweep(nowMs: number): { readonly expired: Location[]; readonly disconnected: Location[] } {
    const nowSecond = Math.floor(nowMs / 1_000)
    const expired: Location[] = []
    // The first sweep, and one after a jump of the clock, looks at all seconds there are.
    const seconds =
      nowSecond - this.#lastSweptSecond > 3_600 ? [...this.#bySecond.keys()] : this.#secondsSince(nowSecond)
    for (const second of seconds) if (second <= nowSecond) expired.push(...this.#takeAll(this.#bySecond.get(second)))
    this.#lastSweptSecond = nowSecond
    const disconnected = [...this.#byFlow.values()]
      .filter(({ flow }) => !flow.isOpen)
      .flatMap(({ keys }) => this.#takeAll(keys))
    return { expired, disconnected }
  }

  #secondsSince(nowSecond: number): number[] {
    const seconds: number[] = []
    for (let second = this.#lastSweptSecond; second <= nowSecond; second += 1) seconds.push(second)
    return seconds
  }

  #takeAll(keys: Set<string> | undefined): Location[] {
    return [...(keys ?? [])].flatMap((key) => {
      const location = this.#byKey.get(key)
      return location === undefined ? [] : (this.remove(location.binding) ?? [])
    })
  }

  *all(): Generator<Location> {
    yield* this.#byKey.values()
  }
}
