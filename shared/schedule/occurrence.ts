import { type Recurrence, type Schedule, Weekday } from '../model/schedule.ts'
import { type CivilDate, civilDate, daysInMonth, type EpochDay, parseDate, weekdayOf, weekOf } from './calendar.ts'
import type { WallClock } from './zones.ts'

export const dayMinutes = 1_440
const minuteMs = 60_000

/** `09:30` as minutes after midnight; `24:00` is 1,440. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** A saved rule made ready: dates read, the window in minutes, the recurrence a function of the day. */
export interface Rule {
  /** Minutes after the midnight of its day when the rule is on: `from` inclusive, `to` exclusive, beyond 1,440 past midnight. */
  readonly from: number
  readonly to: number
  /** First and last day its time may begin; infinite where it is not bounded. */
  readonly firstDay: number
  readonly lastDay: number
  /** True when the rule's time begins on that day. 31 June and 29 February of common years simply do not occur. */
  readonly occursOn: (day: EpochDay) => boolean
}

const weekdays = Weekday.options
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'] as const
type Ordinal = Extract<Extract<Recurrence, { cycle: 'monthly' }>['on'], { ordinal: unknown }>

/** "Last Friday", "every Monday" of the month a day is in. A fifth that a month does not have is skipped, never moved. */
function isOrdinalWeekday(day: EpochDay, civil: CivilDate, { ordinal, weekday }: Ordinal): boolean {
  if (weekdays[weekdayOf(day)] !== weekday) return false
  if (ordinal === 'every') return true
  if (ordinal === 'last') return civil.day + 7 > daysInMonth(civil.year, civil.month)
  return Math.floor((civil.day - 1) / 7) === ordinals.indexOf(ordinal)
}

const isTurn = (distance: number, interval: number): boolean => ((distance % interval) + interval) % interval === 0

function recurs(recurrence: Recurrence, interval: number, start: EpochDay): (day: EpochDay) => boolean {
  const first = civilDate(start)
  switch (recurrence.cycle) {
    case 'dates': {
      const days = new Set(recurrence.dates.map(parseDate))
      return (day) => days.has(day)
    }
    case 'range': {
      const [from, to] = [parseDate(recurrence.from), parseDate(recurrence.to)]
      return (day) => from <= day && day <= to
    }
    case 'daily':
      return (day) => isTurn(day - start, interval)
    case 'weekly': {
      const wanted = new Set(recurrence.weekdays.map((weekday) => weekdays.indexOf(weekday)))
      return (day) => wanted.has(weekdayOf(day)) && isTurn(weekOf(day) - weekOf(start), interval)
    }
    case 'monthly': {
      const { on } = recurrence
      return (day) => {
        const civil = civilDate(day)
        if (!isTurn((civil.year - first.year) * 12 + civil.month - first.month, interval)) return false
        return 'days' in on ? on.days.includes(civil.day) : isOrdinalWeekday(day, civil, on)
      }
    }
    case 'yearly': {
      const { month, on } = recurrence
      return (day) => {
        const civil = civilDate(day)
        if (civil.month !== month || !isTurn(civil.year - first.year, interval)) return false
        return 'day' in on ? on.day === civil.day : isOrdinalWeekday(day, civil, on)
      }
    }
  }
}

/** Saved documents never change, so a rule is read once and kept as long as its document is. */
const rules = new WeakMap<Schedule, Rule>()

export function ruleOf(schedule: Schedule): Rule {
  const known = rules.get(schedule)
  if (known !== undefined) return known
  const [from, end] = [minutesOf(schedule.start), minutesOf(schedule.end)]
  const firstDay = schedule.startDate === undefined ? Number.NEGATIVE_INFINITY : parseDate(schedule.startDate)
  const lastDay = schedule.endDate === undefined ? Number.POSITIVE_INFINITY : parseDate(schedule.endDate)
  // Cycles are counted from the start date; without one from 1970-01-01, which only matters for intervals above 1.
  const occurs = recurs(schedule.recurrence, schedule.interval, schedule.startDate === undefined ? 0 : firstDay)
  const rule: Rule = {
    from,
    to: end > from ? end : end + dayMinutes,
    firstDay,
    lastDay,
    occursOn: (day) => day >= firstDay && day <= lastDay && occurs(day),
  }
  rules.set(schedule, rule)
  return rule
}

/** Whether the rule's time covers what the wall clock shows (R-196: from the start, up to but not at the end). */
export function isOnAt({ from, to, occursOn }: Rule, { day, ms }: WallClock): boolean {
  const minute = ms / minuteMs
  if (minute >= from && minute < to && occursOn(day)) return true
  return to > dayMinutes && minute + dayMinutes < to && occursOn(day - 1)
}
