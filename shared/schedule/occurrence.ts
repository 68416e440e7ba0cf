import type { Recurrence, Schedule } from '../model/schedule.ts'
import { Weekday } from '../model/schedule.ts'
import {
  civilDate,
  daysInMonth,
  type EpochDay,
  epochDay,
  parseDate,
  type WallClock,
  weekdayOf,
  weekOf,
} from './calendar.ts'

export const dayMinutes = 1_440
const minuteMs = 60_000

/** `09:30` as minutes after midnight; `24:00` is 1,440. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

const weekdays = Weekday.options
type Ordinal = Extract<Extract<Recurrence, { cycle: 'monthly' }>['on'], { ordinal: unknown }>

/** "Last Friday", "every Monday" of the month a day is in. A fifth that a month does not have is skipped, never moved. */
function isOrdinalWeekday(day: EpochDay, { ordinal, weekday }: Ordinal): boolean {
  if (weekdays[weekdayOf(day)] !== weekday) return false
  const civil = civilDate(day)
  if (ordinal === 'every') return true
  if (ordinal === 'last') return civil.day + 7 > daysInMonth(civil.year, civil.month)
  return Math.floor((civil.day - 1) / 7) === ['first', 'second', 'third', 'fourth', 'fifth'].indexOf(ordinal)
}

const isTurn = (distance: number, interval: number): boolean => ((distance % interval) + interval) % interval === 0

function recurs(schedule: Schedule, day: EpochDay): boolean {
  const { recurrence, interval } = schedule
  // Cycles are counted from the start date; without one from 1970-01-01, which only matters for intervals above 1.
  const start = schedule.startDate === undefined ? 0 : parseDate(schedule.startDate)
  const [civil, first] = [civilDate(day), civilDate(start)]
  switch (recurrence.cycle) {
    case 'dates':
      return recurrence.dates.some((date) => parseDate(date) === day)
    case 'range':
      return parseDate(recurrence.from) <= day && day <= parseDate(recurrence.to)
    case 'daily':
      return isTurn(day - start, interval)
    case 'weekly':
      return (
        recurrence.weekdays.includes(weekdays[weekdayOf(day)] ?? 'monday') &&
        isTurn(weekOf(day) - weekOf(start), interval)
      )
    case 'monthly': {
      if (!isTurn((civil.year - first.year) * 12 + civil.month - first.month, interval)) return false
      return 'days' in recurrence.on ? recurrence.on.days.includes(civil.day) : isOrdinalWeekday(day, recurrence.on)
    }
    case 'yearly': {
      if (civil.month !== recurrence.month || !isTurn(civil.year - first.year, interval)) return false
      return 'day' in recurrence.on ? recurrence.on.day === civil.day : isOrdinalWeekday(day, recurrence.on)
    }
  }
}

/** True when the rule's time begins on that day. 31 June and 29 February of common years simply do not occur. */
export function occursOn(schedule: Schedule, day: EpochDay): boolean {
  if (schedule.startDate !== undefined && day < parseDate(schedule.startDate)) return false
  if (schedule.endDate !== undefined && day > parseDate(schedule.endDate)) return false
  return recurs(schedule, day)
}

/** Minutes after the midnight of its day when the rule is on: `from` inclusive, `to` exclusive; past midnight `to` exceeds 1,440. */
export function windowOf(schedule: Schedule): { readonly from: number; readonly to: number } {
  const from = minutesOf(schedule.start)
  const end = minutesOf(schedule.end)
  return { from, to: end > from ? end : end + dayMinutes }
}

/** Whether the rule's time covers what the wall clock shows (R-196: from the start, up to but not at the end). */
export function isOnAt(schedule: Schedule, { day, ms }: WallClock): boolean {
  const { from, to } = windowOf(schedule)
  const minute = ms / minuteMs
  if (minute >= from && minute < to && occursOn(schedule, day)) return true
  return to > dayMinutes && minute + dayMinutes < to && occursOn(schedule, day - 1)
}

/** Years on each side of an instant that two rules are compared over. Longer cycles than this are compared by what falls inside. */
const horizonYears = 5

/** Minutes of the wall clock, as [from, to) since 1970-01-01 local, when the rule is on around a year; merged and sorted. */
export function coverage(schedule: Schedule, year: number): readonly (readonly [from: number, to: number])[] {
  const { from, to } = windowOf(schedule)
  const spans: [number, number][] = []
  const last = epochDay({ year: year + horizonYears + 1, month: 1, day: 1 })
  for (let day = epochDay({ year: year - horizonYears, month: 1, day: 1 }); day < last; day += 1) {
    if (!occursOn(schedule, day)) continue
    const span: [number, number] = [day * dayMinutes + from, day * dayMinutes + to]
    const before = spans.at(-1)
    if (before !== undefined && before[1] >= span[0]) before[1] = Math.max(before[1], span[1])
    else spans.push(span)
  }
  return spans
}
