import { gunzipSync, gzipSync } from 'node:zlib'
import { Cdr } from '@offhook/shared/model/cdr.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'
import type { Table } from './table-client.ts'
import type { Write } from './transaction.ts'

/** At most one week is shown at a time (R-240, D5). */
export const windowDaysMax = 7
const dayMs = 86_400_000
/** Longest event log once unpacked; the model allows 200,000 characters. */
const logBytesMax = 1_000_000
/** Calls looked at for one page: a filter that fits few of them answers a short page and a cursor. */
const lookedAtMax = 5_000

/** The event log is kept packed and out of the index: lists do not read it. */
const CdrItem = z.object({ cdr: Cdr.omit({ eventLog: true }), log: z.instanceof(Uint8Array).optional() })
export const cdrItem = entity(CdrItem, accountTemplates.cdr)

export interface CdrFilter {
  readonly number?: string | undefined
  readonly ownerId?: string | undefined
  readonly deviceId?: string | undefined
  readonly prefix?: string | undefined
  readonly disposition?: string | undefined
  readonly direction?: string | undefined
}

export interface CdrPage {
  /** Without their event logs. */
  readonly items: Cdr[]
  readonly cursor?: string
}

/** Days of a window, newest first. Throws bad-window and window-too-long (400). */
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

/** Whether a call went through a Prepend of this text: several stand in front of one another, with a blank between. */
const isPrefixed = ({ prefix = '' }: Cdr, wanted: string): boolean => ` ${prefix} `.includes(` ${wanted} `)

const fits = (cdr: Cdr, filter: CdrFilter): boolean =>
  (filter.number === undefined || cdr.from.includes(filter.number) || cdr.to.includes(filter.number)) &&
  (filter.ownerId === undefined || cdr.ownerId === filter.ownerId) &&
  (filter.deviceId === undefined || cdr.deviceId === filter.deviceId) &&
  (filter.prefix === undefined || isPrefixed(cdr, filter.prefix)) &&
  (filter.disposition === undefined || cdr.disposition === filter.disposition) &&
  (filter.direction === undefined || cdr.direction === filter.direction)

const placeOf = ({ at, callId }: Cdr): string => `${at}#${callId}`

/** Call history: one item a call, found by day, newest first. */
export class Cdrs {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** The write of a call's record; refused where the call has one: the first stays. */
  putting(accountId: string, { eventLog, ...cdr }: Cdr): Write {
    const { callId, at } = cdr
    const log = eventLog === undefined ? {} : { log: gzipSync(eventLog) }
    return this.#table.putting(cdrItem.item({ accountId, callId, at, day: at.slice(0, 10) }, { cdr, ...log }), {
      condition: 'attribute_not_exists(pk)',
    })
  }

  /** Holds a transaction back when the call is over. */
  absent(accountId: string, callId: string): Write {
    return this.#table.absent(cdrItem.key({ accountId, callId }))
  }

  /** With its event log. */
  async get(accountId: string, callId: string): Promise<Cdr | undefined> {
    const item = await this.#table.get(cdrItem, { accountId, callId })
    if (item === undefined || item.log === undefined) return item?.cdr
    return { ...item.cdr, eventLog: gunzipSync(item.log, { maxOutputLength: logBytesMax }).toString('utf8') }
  }

  /** One page, newest first, of a window of at most a week: at most 1,000. The cursor names the last call looked at. */
  async list(
    accountId: string,
    window: { readonly from: string; readonly to: string },
    options: CdrFilter & { readonly limit?: number; readonly cursor?: string | undefined } = {},
  ): Promise<CdrPage> {
    const limit = Math.min(options.limit ?? 50, 1_000)
    const items: Cdr[] = []
    let last: string | undefined
    let looked = 0
    for await (const cdr of this.#walk(accountId, window, options.cursor, limit)) {
      if (items.length === limit || looked === lookedAtMax)
        return { items, ...(last === undefined ? {} : { cursor: last }) }
      looked += 1
      last = placeOf(cdr)
      if (fits(cdr, options)) items.push(cdr)
    }
    return { items }
  }

  async *#walk(
    accountId: string,
    window: { readonly from: string; readonly to: string },
    cursor: string | undefined,
    limit: number,
  ): AsyncGenerator<Cdr> {
    for (const day of daysOf(window.from, window.to)) {
      if (cursor !== undefined && day > cursor.slice(0, 10)) continue
      // `~` sorts after everything in an instant and a call id.
      const to = cursor !== undefined && cursor < `${window.to}#~` ? cursor : `${window.to}#~`
      if (to < window.from) return
      const page = { from: window.from, to, newestFirst: true, limit: Math.min(limit + 1, 500) }
      for await (const { cdr } of this.#table.walkIndex(cdrItem, { accountId, day }, page))
        if (placeOf(cdr) !== cursor) yield cdr
    }
  }
}
