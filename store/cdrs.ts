import { Cdr } from '@offhook/shared/model/cdr.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { keys } from './table.ts'
import type { Table } from './table-client.ts'

/** At most one week is shown at a time (R-240, D5). */
export const windowDaysMax = 7
const dayMs = 86_400_000

export interface CdrFilter {
  readonly number?: string | undefined
  readonly ownerId?: string | undefined
  readonly prefix?: string | undefined
  readonly disposition?: string | undefined
  readonly direction?: string | undefined
}

export interface CdrPage {
  readonly items: Cdr[]
  readonly cursor?: string
}

/** Instants of a window, newest first by day. Throws window-too-long (400) beyond a week. */
function daysOf(from: string, to: string): string[] {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  if (!(start <= end))
    throw new PbxError('bad-window', { message: 'The start must not be after the end.', details: { field: 'from' } })
  if (end - start > windowDaysMax * dayMs)
    throw new PbxError('window-too-long', {
      message: 'Call history shows at most one week at a time. Choose a shorter range, or export week by week.',
      details: { field: 'to', daysMax: windowDaysMax },
    })
  const days: string[] = []
  for (let day = Math.floor(end / dayMs); day >= Math.floor(start / dayMs); day -= 1)
    days.push(new Date(day * dayMs).toISOString().slice(0, 10))
  return days
}

const fits = (cdr: Cdr, filter: CdrFilter): boolean =>
  (filter.number === undefined || cdr.from.includes(filter.number) || cdr.to.includes(filter.number)) &&
  (filter.ownerId === undefined || cdr.ownerId === filter.ownerId) &&
  (filter.prefix === undefined || cdr.prefix === filter.prefix) &&
  (filter.disposition === undefined || cdr.disposition === filter.disposition) &&
  (filter.direction === undefined || cdr.direction === filter.direction)

/** Call history: a partition a day, newest first. */
export class Cdrs {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async get(accountId: string, callId: string): Promise<Cdr | undefined> {
    const pointer = await this.#table.get(keys.cdrOf(accountId, callId), 'CDR')
    const item =
      pointer === undefined
        ? undefined
        : await this.#table.get(keys.cdrs(accountId, String(pointer.day)), `${String(pointer.at)}#${callId}`)
    return item === undefined ? undefined : Cdr.parse(item.cdr)
  }

  /** One page of a window of at most a week. The cursor names the last call shown. */
  async list(
    accountId: string,
    window: { from: string; to: string },
    options: CdrFilter & { limit?: number; cursor?: string | undefined } = {},
  ): Promise<CdrPage> {
    const limit = Math.min(options.limit ?? 50, 1_000)
    const items: Cdr[] = []
    for (const day of daysOf(window.from, window.to)) {
      if (options.cursor !== undefined && day > options.cursor.slice(0, 10)) continue
      const before = options.cursor?.startsWith(day) === true ? options.cursor : undefined
      for await (const cdr of this.#day(accountId, day, before)) {
        if (cdr.at < window.from || cdr.at > window.to || !fits(cdr, options)) continue
        if (items.length === limit) {
          const last = items.at(-1)
          return { items, ...(last === undefined ? {} : { cursor: `${last.at}#${last.callId}` }) }
        }
        items.push(cdr)
      }
    }
    return { items }
  }

  async *#day(accountId: string, day: string, before: string | undefined): AsyncGenerator<Cdr> {
    let cursor: string | undefined
    do {
      const page: { items: Record<string, unknown>[]; cursor?: string } = await this.#table.query(
        keys.cdrs(accountId, day),
        { newestFirst: true, limit: 500, cursor },
      )
      for (const item of page.items) if (before === undefined || String(item.sk) < before) yield Cdr.parse(item.cdr)
      cursor = page.cursor
    } while (cursor !== undefined)
  }
}
