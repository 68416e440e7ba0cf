import type { Schedule } from '../model/schedule.ts'
import { civilDate } from './calendar.ts'
import { isOnAt, ruleOf } from './occurrence.ts'
import { compareSpecificity, type Ground } from './specificity.ts'
import { platformZones, type WallClock, wallClock, type ZoneDatabase } from './zones.ts'

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

/** By schedule id, what was forced by phone; `undefined` says that time decides although something else was saved. */
export type LiveForced = ReadonlyMap<string, Forced>
const nothingForced: LiveForced = new Map()

/** What was forced by phone, from the live fact of each schedule; those of which nothing was set are left out. */
export const forcedByPhone = (
  facts: readonly (readonly [scheduleId: string, fact: { readonly forced?: 'on' | 'off' | 'by-time' | undefined }])[],
): LiveForced =>
  new Map(
    facts.flatMap(([id, { forced }]) =>
      forced === undefined ? [] : [[id, forced === 'by-time' ? undefined : forced] as const],
    ),
  )

/** What a forced schedule is: as set by phone, else as saved. */
export const forcedOf = (schedule: Schedule, live: LiveForced): Forced =>
  live.has(schedule.id) ? live.get(schedule.id) : schedule.forced

/** Whether a schedule is on at an instant, its own zone or the given one telling the time. */
export function isOn(
  schedule: Schedule,
  at: string,
  zone: string,
  live: LiveForced = nothingForced,
  zones: ZoneDatabase = platformZones,
): boolean {
  const forced = forcedOf(schedule, live)
  if (forced !== undefined) return forced === 'on'
  return isOnAt(ruleOf(schedule), wallClock(zones, schedule.timeZone ?? zone, Date.parse(at)))
}

/**
 * Exactly one branch, or all other times: forced-on rules first, then the most specific, saved order only between exact
 * ties. A set ranks by its member that matched best. `zone` tells the time for rules without one of their own.
 */
export function decideSchedule(
  branches: readonly ScheduleBranch[],
  at: string,
  zone: string,
  live: LiveForced = nothingForced,
  zones: ZoneDatabase = platformZones,
): ScheduleDecision {
  const atMs = Date.parse(at)
  const clocks = new Map<string, WallClock>()
  const clockIn = (name: string) => {
    const known = clocks.get(name) ?? wallClock(zones, name, atMs)
    clocks.set(name, known)
    return known
  }
  let best: Candidate | undefined
  let ground: Ground | undefined
  for (const { branch, schedules } of branches)
    for (const schedule of schedules) {
      const forced = forcedOf(schedule, live)
      if (forced === 'off') continue
      if (forced === undefined && !isOnAt(ruleOf(schedule), clockIn(schedule.timeZone ?? zone))) continue
      const candidate = { branch, schedule, forced: forced === 'on' }
      if (best === undefined) best = candidate
      else {
        const better = compare(candidate, best, civilDate(clockIn(zone).day).year)
        if (better.by < 0) best = candidate
        ground = better.ground
      }
    }
  if (best === undefined) return { reason: 'no schedule is on' }
  return { branch: best.branch, scheduleId: best.schedule.id, reason: `${best.schedule.name}: ${why(best, ground)}` }
}

function compare(a: Candidate, b: Candidate, year: number): { by: number; ground: Ground } {
  if (a.forced !== b.forced) return { by: a.forced ? -1 : 1, ground: 'forced on' }
  return compareSpecificity(a.schedule, b.schedule, year)
}

function why(best: Candidate, ground: Ground | undefined): string {
  if (best.forced) return 'forced on'
  if (ground === undefined) return 'the only one on'
  return ground === 'class' ? `${best.schedule.recurrence.cycle} rule` : ground
}
