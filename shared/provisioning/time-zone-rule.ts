import { Temporal } from 'temporal-polyfill'

/** When clocks are moved every year, by the clock on the wall just before. */
export interface ClockChange {
  /** 1 to 12. */
  readonly month: number
  /** 1 to 4, or 5 for the last of the month. */
  readonly week: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly hour: number
  readonly minute: number
}

/** A zone as phones understand it: they know rules, no database. */
export interface TimeZoneRule {
  readonly standardMinutes: number
  readonly daylight?: { readonly savedMinutes: number; readonly starts: ClockChange; readonly ends: ClockChange }
}

/** Clock changes looked at: three years, so that "last" and "fourth" are told apart. */
const changesMax = 6
const withinMs = 4 * 366 * 86_400_000

interface Found extends ClockChange {
  readonly isLast: boolean
  readonly savedMinutes: number
}

const offsetOf = (zoned: Temporal.ZonedDateTime): number => Math.round(zoned.offsetNanoseconds / 60_000_000_000)

function changesAfter(start: Temporal.ZonedDateTime): Found[] {
  const found: Found[] = []
  let at = start
  while (found.length < changesMax) {
    const next = at.getTimeZoneTransition('next')
    if (next === null || next.epochMilliseconds - start.epochMilliseconds > withinMs) break
    const before = offsetOf(next.subtract({ nanoseconds: 1 }))
    const wall = new Date(next.epochMilliseconds + before * 60_000)
    const day = wall.getUTCDate()
    const days = new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + 1, 0)).getUTCDate()
    found.push({
      month: wall.getUTCMonth() + 1,
      week: Math.min(4, Math.ceil(day / 7)),
      weekday: wall.getUTCDay(),
      hour: wall.getUTCHours(),
      minute: wall.getUTCMinutes(),
      isLast: day + 7 > days,
      savedMinutes: offsetOf(next) - before,
    })
    at = next
  }
  return found
}

/** The one rule behind the same change of several years; nothing where there is none, as with Ramadan in Morocco. */
function ruleOf(changes: readonly Found[]): ClockChange | undefined {
  const [first] = changes
  const same = (pick: (change: Found) => number | boolean) => new Set(changes.map(pick)).size === 1
  if (first === undefined || changes.length < 2 || !same(({ month }) => month) || !same(({ weekday }) => weekday))
    return undefined
  const week = changes.every(({ isLast }) => isLast) ? 5 : first.week
  return { month: first.month, week, weekday: first.weekday, hour: first.hour, minute: first.minute }
}

/** A zone's rule as the law is at an instant. UTC for a zone nobody knows; no daylight saving where it follows no yearly rule. */
export function timeZoneRule(zone: string, atMs: number): TimeZoneRule {
  let now: Temporal.ZonedDateTime
  try {
    now = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone)
  } catch (error) {
    if (error instanceof RangeError) return { standardMinutes: 0 }
    throw error
  }
  const changes = changesAfter(now)
  const forward = changes.filter(({ savedMinutes }) => savedMinutes > 0)
  const [starts, ends] = [ruleOf(forward), ruleOf(changes.filter(({ savedMinutes }) => savedMinutes < 0))]
  const [first] = changes
  if (starts === undefined || ends === undefined || first === undefined) return { standardMinutes: offsetOf(now) }
  const savedMinutes = forward[0]?.savedMinutes ?? 60
  // The first change to come goes back: it is summer now.
  const standardMinutes = offsetOf(now) - (first.savedMinutes < 0 ? savedMinutes : 0)
  return { standardMinutes, daylight: { savedMinutes, starts, ends } }
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `+05:30`, `-08:00`. */
export const signedHours = (minutes: number): string =>
  `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`

/** POSIX.1 §8.3 TZ, whose signs are the wrong way round: `STD+8DST+7,M3.2.0/2,M11.1.0/2`. */
export function posixZone({ standardMinutes, daylight }: TimeZoneRule): string {
  const offset = (minutes: number) => {
    const west = -minutes
    const [hours, rest] = [Math.floor(Math.abs(west) / 60), Math.abs(west) % 60]
    return `${west < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${two(rest)}`}`
  }
  if (daylight === undefined) return `STD${offset(standardMinutes)}`
  const change = ({ month, week, weekday, hour, minute }: ClockChange) =>
    `M${month}.${week}.${weekday}/${hour}${minute === 0 ? '' : `:${two(minute)}`}`
  const summer = offset(standardMinutes + daylight.savedMinutes)
  return `STD${offset(standardMinutes)}DST${summer},${change(daylight.starts)},${change(daylight.ends)}`
}
