import { digitsMax } from '@offhook/shared/sma-contract/limits.ts'

/** Keys of one leg that nothing has taken yet: typed ahead for the next question. At most 128; later ones are dropped. */
export class DigitBuffer {
  #keys: string[] = []
  readonly #listeners = new Set<(key: string) => void>()

  push(key: string): void {
    if (this.#keys.length < digitsMax) this.#keys.push(key)
    for (const listener of this.#listeners) listener(key)
  }

  take(): string | undefined {
    return this.#keys.shift()
  }

  clear(): void {
    this.#keys = []
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0
  }

  hasAny(keys: readonly string[]): boolean {
    return this.#keys.some((key) => keys.includes(key))
  }

  /** Told of each key as it comes; the key is in the buffer already. Returns what ends the listening. */
  onPush(listener: (key: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
