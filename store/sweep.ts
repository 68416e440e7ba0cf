import { z } from 'zod'
import type { Key } from './entity.ts'
import type { ObjectStore } from './objects/object-store.ts'
import type { Table } from './table-client.ts'

/** Items looked at in one page, and pages of one sweep. */
const pageMax = 500
const pagesMax = 20

const WithObject = z.object({ folder: z.string(), objectKey: z.string() })

/**
 * Deletes what has expired, where the engine does not do so itself: 10,000 items are looked at each time, and the next sweep goes on
 * where this one stopped. A voicemail message that goes takes its recording along.
 */
export class Sweeper {
  readonly #table: Table
  readonly #objects: ObjectStore | undefined
  #next: Key | undefined

  constructor(table: Table, objects: ObjectStore | undefined) {
    this.#table = table
    this.#objects = objects
  }

  /** Answers with how many items it deleted. */
  async sweep(): Promise<number> {
    let deleted = 0
    for (let page = 0; page < pagesMax; page += 1) {
      const { items, next } = await this.#table.scanExpired(this.#next, pageMax)
      for (const item of items) {
        const message = WithObject.safeParse(item)
        if (message.success) await this.#objects?.remove(message.data.objectKey)
      }
      await this.#table.writeMany([], items)
      deleted += items.length
      this.#next = next
      if (next === undefined) break
    }
    return deleted
  }
}
