import * as z from 'zod'
import { Cdr, Disposition } from '../model/cdr.ts'
import { Id, Instant } from '../model/id.ts'
import { contract, PageQuery, pageOf } from './contract.ts'

const tag = 'Call History'

/** The longest range that is shown or exported at once, days. */
export const windowDaysMax = 7
const dayMs = 86_400_000

const Filters = z.object({
  from: Instant.meta({ title: 'From' }),
  to: Instant.meta({ title: 'To' }),
  /** Part of the caller's or the called number. */
  number: z.string().trim().min(1).max(64).optional(),
  /** Calls from or to exactly this extension. */
  extension: z
    .string()
    .regex(/^\d{2,7}$/)
    .optional(),
  ownerId: Id.optional(),
  callflowId: Id.optional(),
  prefix: z.string().max(64).optional(),
  disposition: Disposition.optional(),
  direction: z.enum(['inbound', 'outbound', 'internal']).optional(),
})

/** The window's rule, wherever a window is asked for. */
function checkWindow({ from, to }: { from: string; to: string }, context: z.RefinementCtx): void {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  if (start > end) context.addIssue({ code: 'custom', path: ['from'], message: 'The start must not be after the end.' })
  if (end - start > windowDaysMax * dayMs)
    context.addIssue({
      code: 'custom',
      path: ['to'],
      message: `Call history shows at most one week (${windowDaysMax} days) at a time. Choose a shorter range, or go week by week.`,
    })
}

export const CdrFilters = Filters.superRefine(checkWindow)
export type CdrFilters = z.infer<typeof CdrFilters>
export const CdrQuery = z.object({ ...Filters.shape, ...PageQuery.shape }).superRefine(checkWindow)

/** A row of Call History; the path through the callflow comes with the single call. */
export const CdrRow = Cdr.omit({ path: true, eventLog: true, eventLogKey: true })
export type CdrRow = z.infer<typeof CdrRow>

export const listCdrs = contract({
  method: 'get',
  path: '/cdrs',
  tag,
  summary: 'Call history of at most a week, newest first',
  query: CdrQuery,
  reply: pageOf(CdrRow),
  status: 200,
  may: 'cdrs:read',
})

export const exportCdrs = contract({
  method: 'get',
  path: '/cdrs.csv',
  tag,
  summary:
    "The same as CSV (RFC 4180, UTF-8), times in the account's zone; cells that could be formulas begin with an apostrophe",
  query: CdrFilters,
  media: 'text/csv',
  status: 200,
  may: 'cdrs:read',
})

export const getCdr = contract({
  method: 'get',
  path: '/cdrs/{callId}',
  tag,
  summary: 'One call with the path it took',
  params: z.object({ callId: z.string().min(1).max(64) }),
  reply: Cdr.omit({ eventLogKey: true }),
  status: 200,
  may: 'cdrs:read',
})
