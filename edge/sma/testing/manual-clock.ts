import type { RuntimeClock } from '../clock.ts'

/** Turns of the event loop that let everything promised by now happen. */
const turnsOfTheLoop = 3

/** Time that passes only when told to. Timers due at the same instant fire in the order they were set. */
export class ManualClock implements RuntimeClock {
  #nowMs: number
  #serial = 0
  readonly #timers = new Map<number, { readonly dueMs: number; readonly callback: () => void }>()

  constructor(nowMs = Date.parse('2026-11-23T09:15:00.000Z')) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  after(ms: number, callback: () => void): () => void {
    const serial = ++this.#serial
    this.#timers.set(serial, { dueMs: this.#nowMs + ms, callback })
    return () => this.#timers.delete(serial)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Lets `ms` pass, one timer after another, and everything they set off settle. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settled()
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      const [serial, timer] = next
      this.#timers.delete(serial)
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
      timer.callback()
      await settled()
    }
    this.#nowMs = endMs
  }

  #next(endMs: number) {
    return [...this.#timers]
      .filter(([, { dueMs }]) => dueMs <= endMs)
      .sort(([a, one], [b, other]) => one.dueMs - other.dueMs || a - b)[0]
  }
}

/** Everything that needs no time has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < turnsOfTheLoop; turn++) await new Promise((resolve) => setImmediate(resolve))
}
