import type { Schedule } from '../model/schedule.ts'
import { epochDay, parseDate } from './calendar.ts'
import { dayMinutes, type Rule, ruleOf } from './occurrence.ts'

/** Classes, most specific first. */
const classes = ['dates', 'range', 'yearly', 'monthly', 'weekly', 'daily'] as const

/** Why one rule is more specific than another, for the trace and the console. */
export type Ground = 'forced on' | 'class' | 'subset' | 'fewer minutes' | 'saved order'

/** Years on each side of the call's that recurring rules are compared over: all weekday and leap-year patterns but the rarest. */
const horizonYears = 5

/** How much of time a rule covers, comparable inside a class: by the first figure, then the next. */
interface Covered {
  /** Minutes covered: all of them for dates and ranges, those around the call for rules that recur. */
  readonly minutes: number
  readonly firstDay: number
  readonly lastDay: number
  readonly interval: number
  /** Minutes of the wall clock, as [from, to) since 1970-01-01 local, around the call; merged and sorted. */
  readonly spans: readonly (readonly [from: number, to: number])[]
}

function spansOf({ from, to, occursOn }: Rule, year: number): [number, number][] {
  const spans: [number, number][] = []
  const last = epochDay({ year: year + horizonYears + 1, month: 1, day: 1 })
  for (let day = epochDay({ year: year - horizonYears, month: 1, day: 1 }); day < last; day += 1) {
    if (!occursOn(day)) continue
    const span: [number, number] = [day * dayMinutes + from, day * dayMinutes + to]
    const before = spans.at(-1)
    if (before !== undefined && before[1] >= span[0]) before[1] = Math.max(before[1], span[1])
    else spans.push(span)
  }
  return spans
}

/** Days of a rule that is finite by nature; `undefined` for one that recurs. */
function finiteDays({ recurrence }: Schedule, rule: Rule): number | undefined {
  if (recurrence.cycle === 'dates')
    return [...new Set(recurrence.dates)].filter((date) => rule.occursOn(parseDate(date))).length
  if (recurrence.cycle !== 'range') return undefined
  const from = Math.max(parseDate(recurrence.from), rule.firstDay)
  return Math.max(0, Math.min(parseDate(recurrence.to), rule.lastDay) - from + 1)
}

function measure(schedule: Schedule, year: number): Covered {
  const rule = ruleOf(schedule)
  const spans = spansOf(rule, year)
  const days = finiteDays(schedule, rule)
  return {
    minutes: days === undefined ? spans.reduce((sum, [from, to]) => sum + to - from, 0) : days * (rule.to - rule.from),
    firstDay: rule.firstDay,
    lastDay: rule.lastDay,
    interval: schedule.interval,
    spans,
  }
}

/** Coverages of immutable documents, by the year they were asked around. */
const kept = new WeakMap<Schedule, Map<number, Covered>>()
const yearsKept = 8

function covered(schedule: Schedule, year: number): Covered {
  const years = kept.get(schedule) ?? new Map<number, Covered>()
  kept.set(schedule, years)
  const known = years.get(year)
  if (known !== undefined) return known
  const made = measure(schedule, year)
  if (years.size >= yearsKept) years.clear()
  years.set(year, made)
  return made
}

/** True when every span of `a` lies inside one of `b`. Both are merged and sorted. */
function isWithin(a: Covered['spans'], b: Covered['spans']): boolean {
  let index = 0
  for (const [from, to] of a) {
    while ((b[index]?.[1] ?? Number.POSITIVE_INFINITY) < to) index += 1
    const outer = b[index]
    if (outer === undefined || outer[0] > from) return false
  }
  return true
}

const classOf = (schedule: Schedule): number => classes.indexOf(schedule.recurrence.cycle)

const less = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Which covers less. A strict subset always does: it has fewer minutes around the call, or the same there and an earlier end, a later
 * start or a longer interval, which takes minutes away further off. So one order serves both rules of R-195, and it is a total one.
 */
function compareCovered(a: Covered, b: Covered): number {
  return (
    less(a.minutes, b.minutes) ||
    less(Number(a.lastDay === Number.POSITIVE_INFINITY), Number(b.lastDay === Number.POSITIVE_INFINITY)) ||
    less(a.lastDay - a.firstDay, b.lastDay - b.firstDay) ||
    less(a.lastDay, b.lastDay) ||
    less(b.firstDay, a.firstDay) ||
    less(b.interval, a.interval)
  )
}

/**
 * Which of two rules that are on is the more specific, without regard to order: negative when `a` is. Class first; inside a class a
 * strict subset beats its superset, then fewer minutes. Zero is an exact tie, which saved order decides.
 */
export function compareSpecificity(
  a: Schedule,
  b: Schedule,
  year: number,
): { readonly by: number; readonly ground: Ground } {
  const byClass = classOf(a) - classOf(b)
  if (byClass !== 0) return { by: byClass, ground: 'class' }
  const [ofA, ofB] = [covered(a, year), covered(b, year)]
  const by = compareCovered(ofA, ofB)
  if (by === 0) return { by, ground: 'saved order' }
  const isSubset = by < 0 ? isWithin(ofA.spans, ofB.spans) : isWithin(ofB.spans, ofA.spans)
  return { by, ground: isSubset ? 'subset' : 'fewer minutes' }
}
