/** The calendar of schedules again, by other means: the platform's own formatter for the wall clock, plain Date arithmetic for the days. */
import type { Schedule } from '../model/schedule.ts'

const formatters = new Map<string, Intl.DateTimeFormat>()
function oracleWall(atMs: number, zone: string): { date: Date; minutes: number } {
  const formatter =
    formatters.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  formatters.set(zone, formatter)
  const part = Object.fromEntries(formatter.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  return {
    date: new Date(Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day ?? 1)),
    minutes: (part.hour ?? 0) * 60 + (part.minute ?? 0),
  }
}
const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const dayMs = 86_400_000
function oracleNth(date: Date): { nth: number; last: boolean } {
  let nth = 0
  for (let day = 1; day <= date.getUTCDate(); day += 1)
    if (new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay() === date.getUTCDay()) nth += 1
  return { nth, last: new Date(date.getTime() + 7 * dayMs).getUTCMonth() !== date.getUTCMonth() }
}
function oracleOrdinal(date: Date, on: { ordinal: string; weekday: string }): boolean {
  const { nth, last } = oracleNth(date)
  return (
    names[date.getUTCDay()] === on.weekday &&
    (on.ordinal === 'every' ||
      (on.ordinal === 'last' ? last : ['first', 'second', 'third', 'fourth', 'fifth'][nth - 1] === on.ordinal))
  )
}
const monday = (date: Date) => date.getTime() - ((date.getUTCDay() + 6) % 7) * dayMs
function oracleDay(schedule: Schedule, date: Date): boolean {
  const text = date.toISOString().slice(0, 10)
  if ((schedule.startDate ?? '0000') > text || (schedule.endDate ?? '9999') < text) return false
  const start = new Date(`${schedule.startDate ?? '1970-01-01'}T00:00:00Z`)
  const every = (distance: number) => Math.round(distance) % schedule.interval === 0
  const { recurrence } = schedule
  const months = (date.getUTCFullYear() - start.getUTCFullYear()) * 12 + date.getUTCMonth() - start.getUTCMonth()
  switch (recurrence.cycle) {
    case 'dates':
      return recurrence.dates.includes(text)
    case 'range':
      return recurrence.from <= text && text <= recurrence.to
    case 'daily':
      return every((date.getTime() - start.getTime()) / dayMs)
    case 'weekly':
      return (
        (recurrence.weekdays as string[]).includes(names[date.getUTCDay()] ?? '') &&
        every((monday(date) - monday(start)) / (7 * dayMs))
      )
    case 'monthly':
      return (
        every(months) &&
        ('days' in recurrence.on ? recurrence.on.days.includes(date.getUTCDate()) : oracleOrdinal(date, recurrence.on))
      )
    case 'yearly':
      return (
        date.getUTCMonth() + 1 === recurrence.month &&
        every(date.getUTCFullYear() - start.getUTCFullYear()) &&
        ('day' in recurrence.on ? recurrence.on.day === date.getUTCDate() : oracleOrdinal(date, recurrence.on))
      )
  }
}
/** Whether a rule is on at an instant, forced or not left aside. */
export function oracleIsOn(schedule: Schedule, atMs: number, zone: string): boolean {
  const { date, minutes } = oracleWall(atMs, zone)
  const [from = 0, to = 0] = [schedule.start, schedule.end].map(
    (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)),
  )
  if (to > from) return minutes >= from && minutes < to && oracleDay(schedule, date)
  return (
    (minutes >= from && oracleDay(schedule, date)) ||
    (minutes < to && oracleDay(schedule, new Date(date.getTime() - dayMs)))
  )
}
