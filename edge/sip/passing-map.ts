/**
 * A Map of things that are many and short-lived, such as dialogs. When a plain Map has lived for a while, the tables it outgrows every few
 * dozen entries lie in the old part of the heap, and what was in them then is carried along until that part is collected: a whole call with
 * its messages for each entry. Here only an empty cell is.
 */
export class PassingMap<Key, Value extends object> {
  readonly #cells = new Map<Key, { value: Value | undefined }>()

  get size(): number {
    return this.#cells.size
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value
  }

  set(key: Key, value: Value): void {
    this.delete(key)
    this.#cells.set(key, { value })
  }

  /** True when it was there. */
  delete(key: Key): boolean {
    const cell = this.#cells.get(key)
    if (cell === undefined) return false
    cell.value = undefined
    return this.#cells.delete(key)
  }

  /** In the order they came; those that come or go meanwhile may be seen or not. */
  *values(): Generator<Value> {
    for (const { value } of this.#cells.values()) if (value !== undefined) yield value
  }
}
