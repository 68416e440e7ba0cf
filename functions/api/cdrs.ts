import { csvHeader, csvRow } from '@offhook/shared/api/cdr-csv.ts'
import { type CdrFilters, exportCdrs, getCdr, listCdrs, windowOf } from '@offhook/shared/api/cdrs.ts'
import { withoutSecrets } from '@offhook/shared/callflow/cdr.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import { notFound } from './auth.ts'
import { type Api, type Scene, serve } from './serve.ts'

/** Rows of one export, and calls looked through for one page: bounds on what one request may cost. */
const exportRowsMax = 20_000
const readMax = 50_000
const readAtOnce = 500
/** Tells spreadsheets that the file is UTF-8. */
const byteOrderMark = '\uFEFF'

/** Filters the table's own query does not know. */
const fits = (cdr: Cdr, { extension, callflowId }: CdrFilters): boolean =>
  (extension === undefined || cdr.from === extension || cdr.to === extension) &&
  (callflowId === undefined || cdr.path.some((step) => step.callflowId === callflowId))

/** People who serve themselves see their own calls. */
const narrowed = (filters: CdrFilters, { caller }: Scene): CdrFilters =>
  caller.role === 'user' ? { ...filters, ownerId: caller.userId ?? '-' } : filters

interface Found {
  readonly items: Cdr[]
  readonly cursor?: string
}

/** Up to `limit` calls, newest first. The cursor names the last call looked at. */
async function find(
  store: Store,
  accountId: string,
  filters: CdrFilters,
  limit: number,
  from: string | undefined,
): Promise<Found> {
  const items: Cdr[] = []
  let cursor = from
  for (let looked = 0; looked < readMax; ) {
    const page = await store.cdrs.list(accountId, filters, { ...filters, limit: readAtOnce, cursor })
    for (const cdr of page.items) {
      if (!fits(cdr, filters)) continue
      items.push(cdr)
      if (items.length > limit) return { items: items.slice(0, limit), cursor: cursorAfter(items[limit - 1]) }
    }
    if (page.cursor === undefined) return { items }
    looked += page.items.length
    cursor = page.cursor
  }
  return { items, ...(cursor === undefined ? {} : { cursor }) }
}

const cursorAfter = (last: Cdr | undefined): string => (last === undefined ? '' : `${last.at}#${last.callId}`)

async function toCsv(store: Store, accountId: string, filters: CdrFilters): Promise<string> {
  const { items, cursor } = await find(store, accountId, filters, exportRowsMax, undefined)
  if (cursor !== undefined)
    throw new PbxError('export-too-long', {
      message: `One export has at most ${exportRowsMax} calls. Choose a shorter range.`,
      details: { field: 'to', rowsMax: exportRowsMax },
    })
  const account = await store.documents.get(accountId, 'account', singletonId)
  const timeZone = account?.document.timeZone ?? 'UTC'
  return byteOrderMark + csvHeader() + items.map((cdr) => csvRow(cdr, timeZone)).join('')
}

export function serveCdrs(api: Api): void {
  const { store, callClock = Date.now } = api
  serve(api, listCdrs, async ({ query }, scene) =>
    find(store, scene.accountId, narrowed(windowOf(query, callClock()), scene), query.limit, query.cursor),
  )
  serve(api, exportCdrs, async ({ query }, scene) => {
    const filters = narrowed(windowOf(query, callClock()), scene)
    const csv = await toCsv(store, scene.accountId, filters)
    const name = `calls-${filters.from.slice(0, 10)}-to-${filters.to.slice(0, 10)}.csv`
    return new Response(csv, {
      headers: {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${name}"`,
      },
    })
  })
  serve(api, getCdr, async ({ params }, { accountId, caller }) => {
    const cdr = await store.cdrs.get(accountId, params.callId)
    const isOthers = caller.role === 'user' && (caller.userId === undefined || cdr?.ownerId !== caller.userId)
    if (cdr === undefined || isOthers) throw notFound('There is no such call.')
    const legs = caller.role === 'user' ? {} : { legs: await store.legs.of(accountId, params.callId) }
    return { ...cdr, ...legs, ...(cdr.eventLog === undefined ? {} : { eventLog: withoutSecrets(cdr.eventLog) }) }
  })
}
