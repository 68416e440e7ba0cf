import { z } from 'zod'
import { Id, TimeZone } from '../../model/id.ts'
import type { Schedule } from '../../model/schedule.ts'
import { decideSchedule, type Forced } from '../../schedule/decide.ts'
import { type CallView, defineModule, exit } from '../define-module.ts'

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
    const ids = [...new Set(branches.flatMap((branch) => branch.schedules.map((schedule) => schedule.id)))].slice(0, 55)
    view.facts(ids.map((id) => ({ kind: 'schedule', id })))
    const live = new Map<string, Forced>(
      ids.flatMap((id) =>
        view.fact('schedule', id).forced === undefined ? [] : [[id, view.fact('schedule', id).forced] as const],
      ),
    )
    const { branch, reason } = decideSchedule(branches, view.at, p.timeZone ?? view.account.timeZone, live)
    return exit(branch ?? otherTimes, reason)
  },
  examples: [
    // Examples happen on Tuesday 2026-11-24 at 15:00Z, 10:00 in New York.
    {
      says: 'R-116: inside its hours a schedule wins.',
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
