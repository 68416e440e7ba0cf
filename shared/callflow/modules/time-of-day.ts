import * as z from 'zod'
import { Id, TimeZone } from '../../model/id.ts'
import type { Schedule } from '../../model/schedule.ts'
import { decideSchedule, forcedByPhone } from '../../schedule/decide.ts'
import { type CallView, defineModule, exit } from '../define-module.ts'

/** Schedules of one node that can be forced by phone, and facts asked for at once; those beyond go by time alone. */
const forcedMax = 100
const lookUpMax = 50

/** The way out when no schedule is on. */
const otherTimes = 'other'

const Branch = z.object({
  exit: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
    .meta({ title: 'Branch' }),
  kind: z.enum(['schedule', 'schedule-set']).default('schedule'),
  id: Id.meta({ title: 'Schedule', picker: 'schedule' }),
})

const Params = z.object({
  branches: z.array(Branch).max(50).default([]).meta({ title: 'Schedules' }),
  timeZone: TimeZone.optional().meta({ title: 'Time zone' }),
})

/** The rules behind a branch; what is gone counts as never on. */
function schedulesOf(
  view: CallView,
  branches: z.infer<typeof Params>['branches'],
): { branch: string; schedules: Schedule[] }[] {
  const sets = view.findAll(
    'schedule-set',
    branches.flatMap((branch) => (branch.kind === 'schedule-set' ? [branch.id] : [])),
  )
  const idsOf = (branch: (typeof branches)[number]) =>
    branch.kind === 'schedule' ? [branch.id] : (sets.find((set) => set?.id === branch.id)?.schedules ?? [])
  const found = new Map(
    view
      .findAll('schedule', [...new Set(branches.flatMap(idsOf))])
      .flatMap((schedule) => (schedule === undefined ? [] : [[schedule.id, schedule] as const])),
  )
  return branches.map((branch) => ({
    branch: branch.exit,
    schedules: idsOf(branch).flatMap((id) => found.get(id) ?? []),
  }))
}

/** What was forced by phone, in one look-up for as many as one takes. */
function forcedFacts(view: CallView, ids: readonly string[]) {
  for (let from = 0; from < ids.length; from += lookUpMax)
    view.facts(ids.slice(from, from + lookUpMax).map((id) => ({ kind: 'schedule', id })))
  return ids.map((id) => [id, view.fact('schedule', id)] as const)
}

const workday = {
  name: 'Open',
  recurrence: { cycle: 'weekly', weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] },
  start: '09:00',
  end: '17:00',
} as const
const params = { branches: [{ exit: 'open', id: 'open' }] }

export const timeOfDay = defineModule({
  type: 'time-of-day',
  title: 'Time of Day',
  summary: 'Goes different ways by schedule; the most specific schedule wins.',
  params: Params,
  exits: (p) => [...new Set([...p.branches.map((branch) => branch.exit), otherTimes])],
  answers: false,
  editor: { category: 'Time of Day', icon: 'clock', caption: (p) => `${p.branches.length} schedules` },
  start(p, view) {
    const branches = schedulesOf(view, p.branches)
    const ids = [...new Set(branches.flatMap((branch) => branch.schedules.map((schedule) => schedule.id)))]
    const live = forcedByPhone(forcedFacts(view, ids.slice(0, forcedMax)))
    const { branch, reason } = decideSchedule(branches, view.at, p.timeZone ?? view.account.timeZone, live)
    return exit(branch ?? otherTimes, reason)
  },
  examples: [
    // Examples happen on Tuesday 2026-11-24 at 15:00Z, 10:00 in New York.
    {
      says: 'R-116, R-192: inside its hours a schedule wins.',
      params,
      documents: { 'schedule/open': workday },
      events: [],
      leavesBy: 'open',
    },
    {
      says: 'R-192: all other times have their own way.',
      params,
      documents: { 'schedule/open': { ...workday, start: '18:00', end: '20:00' } },
      events: [],
      leavesBy: 'other',
    },
    {
      says: 'R-193: several branches may lead one way, as may a special time and all others.',
      params: {
        branches: [
          { exit: 'open', id: 'open' },
          { exit: 'closed', id: 'special' },
          { exit: 'closed', id: 'feast' },
        ],
      },
      documents: {
        'schedule/open': workday,
        'schedule/special': { ...workday, recurrence: { cycle: 'dates', dates: ['2026-11-24'] } },
        'schedule/feast': { ...workday, recurrence: { cycle: 'dates', dates: ['2026-12-25'] } },
      },
      events: [],
      leavesBy: 'closed',
    },
    {
      says: 'R-194: the most specific schedule wins, whatever the order of the branches.',
      params: {
        branches: [
          { exit: 'open', id: 'open' },
          { exit: 'pause', id: 'pause' },
        ],
      },
      documents: { 'schedule/open': workday, 'schedule/pause': { ...workday, start: '10:00', end: '10:30' } },
      events: [],
      leavesBy: 'pause',
    },
    {
      says: 'R-201: reset by phone, the clock decides again although the schedule was saved as forced.',
      params,
      documents: { 'schedule/open': { ...workday, forced: 'off' } },
      facts: [{ key: { kind: 'schedule', id: 'open' }, value: { forced: 'by-time' } }],
      events: [],
      leavesBy: 'open',
    },
    {
      says: 'R-022: the zone of the node tells the time for schedules without one.',
      params: { ...params, timeZone: 'Asia/Tokyo' },
      documents: { 'schedule/open': workday },
      events: [],
      leavesBy: 'other',
    },
    {
      says: 'R-201: a schedule forced off by phone is off.',
      params,
      documents: { 'schedule/open': workday },
      facts: [{ key: { kind: 'schedule', id: 'open' }, value: { forced: 'off' } }],
      events: [],
      leavesBy: 'other',
    },
    { says: 'A schedule that is gone is never on.', params, events: [], leavesBy: 'other' },
    {
      says: 'R-202: a set is on when a member is.',
      params: { branches: [{ exit: 'open', kind: 'schedule-set', id: 'all' }] },
      documents: { 'schedule/open': workday, 'schedule-set/all': { name: 'All', schedules: ['open'] } },
      events: [],
      leavesBy: 'open',
    },
  ],
})
