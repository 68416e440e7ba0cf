import type { Transaction } from './transaction/transaction.ts'

/** Slots of ended transactions that may lead the queue before it is cut. */
const endedMax = 4_096

/**
 * Answered requests, kept to answer their repeats, oldest first. An array with a moving head: taking the oldest out of a Set walks over
 * every hole that those before it left.
 */
export class Completed {
  readonly #max: number
  #queue: Transaction[] = []
  #head = 0
  #live = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#live
  }

  /** One more; beyond the maximum the oldest is dropped. */
  add(transaction: Transaction): void {
    this.#queue.push(transaction)
    transaction.isKept = true
    this.#live += 1
    if (this.#live > this.#max) this.#dropOldest()
    this.#cut()
  }

  /** One of ours or not is over. */
  ended(transaction: Transaction): void {
    if (transaction.isKept) this.#live -= 1
    transaction.isKept = false
  }

  #dropOldest(): void {
    for (; this.#head < this.#queue.length; this.#head += 1) {
      const oldest = this.#queue[this.#head]
      if (oldest === undefined || oldest.state === 'terminated') continue
      this.#head += 1
      return oldest.drop()
    }
  }

  #cut(): void {
    while (this.#queue[this.#head]?.state === 'terminated') this.#head += 1
    if (this.#head < endedMax || this.#head < this.#queue.length / 2) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }
}
