import * as z from 'zod'
import type { Item, Key } from './entity.ts'
import { goneSeconds } from './messages.ts'
import type { ObjectStore } from './objects/object-store.ts'
import type { Table } from './table-client.ts'

/** Items looked at in one page, pages of one sweep, and items dealt with at once. */
const pageMax = 500
const pagesMax = 20
const atOnce = 16

const Recording = z.object({ folder: z.enum(['deleted', 'gone']), objectKey: z.string() })

/**
 * Deletes what has expired, where the engine does not do so itself: 10,000 items are looked at each time, and the next sweep goes on
 * where this one stopped. A voicemail message takes its recording along. What is renewed meanwhile stays.
 */
export class Sweeper {
  readonly #table: Table
  readonly #objects: ObjectStore | undefined
  #next: Key | undefined

  constructor(table: Table, objects: ObjectStore | undefined) {
    this.#table = table
    this.#objects = objects
  }

  /** Answers with how many items it dealt with. */
  async sweep(): Promise<number> {
    let swept = 0
    for (let page = 0; page < pagesMax; page += 1) {
      const { items, next } = await this.#table.scanExpired(this.#next, pageMax)
      for (let start = 0; start < items.length; start += atOnce) {
        const done = await Promise.all(items.slice(start, start + atOnce).map((item) => this.#end(item)))
        swept += done.filter(Boolean).length
      }
      this.#next = next
      if (next === undefined) break
    }
    return swept
  }

  async #end(item: Item): Promise<boolean> {
    const recording = Recording.safeParse(item)
    if (!recording.success) return this.#table.removeExpired(item)
    const { folder, objectKey } = recording.data
    if (folder === 'gone') {
      await this.#objects?.remove(objectKey)
      return this.#table.removeExpired(item)
    }
    // Its mark outlives the recording: were we killed here, the arrival told at the next start must not bring the message back.
    const { condition, values } = this.#table.expired
    const isMarked = await this.#table.update(item, {
      set: 'SET folder = :gone, expiresAtEpochSeconds = :until',
      condition,
      values: { ...values, ':gone': 'gone', ':until': this.#table.expiry(goneSeconds) },
    })
    if (isMarked) await this.#objects?.remove(objectKey)
    return isMarked
  }
}
