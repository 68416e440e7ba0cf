import type { Schedule } from '../model/schedule.ts'
import { civilDate, isTimeZone, wallClock } from './calendar.ts'
import { isOnAt } from './occurrence.ts'
import { compareSpecificity, type Ground } from './specificity.ts'

/** Rules that lead one way: one schedule, or the members of a set. */
export interface ScheduleBranch {
  readonly branch: string
  readonly schedules: readonly Schedule[]
}

export interface ScheduleDecision {
  /** Absent: all other times. */
  readonly branch?: string
  readonly scheduleId?: string
  /** Why this one, for the trace and the console. */
  readonly reason: string
}

interface Candidate {
  readonly branch: string
  readonly schedule: Schedule
  readonly forced: boolean
}

export type Forced = 'on' | 'off' | undefined

/** What a forced schedule is: as set by phone, else as saved. */
export const forcedOf = (schedule: Schedule, live: ReadonlyMap<string, Forced>): Forced =>
  live.has(schedule.id) ? live.get(schedule.id) : schedule.forced

/** Whether a schedule is on at an instant, its own zone or the given one telling the time. */
export function isOn(
  schedule: Schedule,
  at: string,
  zone: string,
  live: ReadonlyMap<string, Forced> = new Map(),
): boolean {
  const forced = forcedOf(schedule, live)
  if (forced !== undefined) return forced === 'on'
  return isOnAt(schedule, wallClock(at, usable(schedule.timeZone ?? zone)))
}

/** A zone that the database has lost (an old import) must not stop calls: UTC stands in. */
const usable = (zone: string): string => (isTimeZone(zone) ? zone : 'UTC')

/**
 * Exactly one branch, or all other times: forced-on rules first, then the most specific, saved order only between exact
 * ties. A set ranks by its member that matched best.
 */
export function decideSchedule(
  branches: readonly ScheduleBranch[],
  at: string,
  zone: string,
  live: ReadonlyMap<string, Forced> = new Map(),
): ScheduleDecision {
  const clocks = new Map<string, ReturnType<typeof wallClock>>()
  const clockIn = (name: string) => {
    const known = clocks.get(name) ?? wallClock(at, usable(name))
    clocks.set(name, known)
    return known
  }
  let best: Candidate | undefined
  let ground: Ground | undefined
  for (const { branch, schedules } of branches)
    for (const schedule of schedules) {
      const forced = forcedOf(schedule, live)
      if (forced === 'off' || (forced === undefined && !isOnAt(schedule, clockIn(schedule.timeZone ?? zone)))) continue
      const candidate = { branch, schedule, forced: forced === 'on' }
      if (best === undefined) {
        best = candidate
        continue
      }
      const better = compare(candidate, best, civilDate(clockIn(zone).day).year)
      if (better.by < 0) best = candidate
      ground = better.ground
    }
  if (best === undefined) return { reason: 'no schedule is on' }
  const why = best.forced
    ? 'forced on'
    : ground === undefined
      ? 'the only one on'
      : ground === 'class'
        ? `${best.schedule.recurrence.cycle} rule`
        : ground
  return { branch: best.branch, scheduleId: best.schedule.id, reason: `${best.schedule.name}: ${why}` }
}

function compare(a: Candidate, b: Candidate, year: number): { by: number; ground: Ground } {
  if (a.forced !== b.forced) return { by: a.forced ? -1 : 1, ground: 'forced on' }
  return compareSpecificity(a.schedule, b.schedule, year)
}
