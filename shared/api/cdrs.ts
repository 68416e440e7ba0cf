import * as z from 'zod'
import { Cdr, Disposition } from '../model/cdr.ts'
import { Id, Instant } from '../model/id.ts'
import { LegNote } from '../model/leg-note.ts'
import { PbxError } from '../pbx-error.ts'
import { contract, PageQuery, pageOf } from './contract.ts'

const tag = 'Call History'

/** The longest range that is shown or exported at once, days. */
export const windowDaysMax = 7
const dayMs = 86_400_000
/** What is shown where nobody says which days, ms. */
const windowDefaultMs = dayMs

const Filters = z.object({
  /** @default a day before `to` */
  from: Instant.optional().meta({ title: 'From' }),
  /** @default now, by the clock of the server */
  to: Instant.optional().meta({ title: 'To' }),
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

interface Window {
  readonly from: string
  readonly to: string
}
type Asked = { readonly [K in keyof Window]?: string | undefined }

/** What is wrong with a window, and in which field. */
function windowProblem({ from, to }: Window): { readonly field: keyof Window; readonly message: string } | undefined {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  if (start > end) return { field: 'from', message: 'The start must not be after the end.' }
  if (end - start <= windowDaysMax * dayMs) return undefined
  const message = `Call history shows at most one week (${windowDaysMax} days) at a time. Choose a shorter range, or go week by week.`
  return { field: 'to', message }
}

/** The window's rule, wherever both ends are given. */
function checkWindow({ from, to }: Asked, context: z.RefinementCtx): void {
  const problem = from === undefined || to === undefined ? undefined : windowProblem({ from, to })
  if (problem !== undefined) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message })
}

/** The window that is meant, ends that were left out filled in: the last day, if both were. Throws bad-request (400) past a week. */
export function windowOf<T extends Asked>(asked: T, nowMs: number): T & Window {
  const { to = new Date(nowMs).toISOString() } = asked
  const { from = new Date(Date.parse(to) - windowDefaultMs).toISOString() } = asked
  const problem = windowProblem({ from, to })
  if (problem !== undefined)
    throw new PbxError('bad-request', { message: problem.message, details: { field: problem.field } })
  return { ...asked, from, to }
}

export const CdrFilters = Filters.superRefine(checkWindow)
export type CdrFilters = z.infer<typeof CdrFilters> & Window
export const CdrQuery = z.object({ ...Filters.shape, ...PageQuery.shape }).superRefine(checkWindow)

/** A row of Call History; the path through the callflow comes with the single call. */
export const CdrRow = Cdr.omit({ path: true, eventLog: true, eventLogKey: true })
export type CdrRow = z.infer<typeof CdrRow>

export const listCdrs = contract({
  method: 'get',
  path: '/cdrs',
  tag,
  summary: 'Call history of at most a week, newest first; the last day where no range is given',
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
  summary: 'One call with the path it took, and how each of its legs sounded and ended',
  params: z.object({ callId: z.string().min(1).max(64) }),
  reply: Cdr.omit({ eventLogKey: true }).extend({
    /** Callers first, then as they were rung; at most 50. Absent for people who serve themselves: it tells where others are rung. */
    legs: z.array(LegNote).optional(),
  }),
  status: 200,
  may: 'cdrs:read',
})
