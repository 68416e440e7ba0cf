import type { Schedule } from '../model/schedule.ts'
import { coverage } from './occurrence.ts'

/** Classes, most specific first. */
const classes = ['dates', 'range', 'yearly', 'monthly', 'weekly', 'daily'] as const

export type Ground = 'forced on' | 'class' | 'subset' | 'fewer minutes' | 'saved order'

interface Covered {
  readonly spans: readonly (readonly [number, number])[]
  readonly minutes: number
}

/** Coverages of immutable documents, by the year they were asked around. */
const kept = new WeakMap<Schedule, Map<number, Covered>>()
const yearsKept = 8

function covered(schedule: Schedule, year: number): Covered {
  const years = kept.get(schedule) ?? new Map<number, Covered>()
  kept.set(schedule, years)
  const known = years.get(year)
  if (known !== undefined) return known
  const spans = coverage(schedule, year)
  const made = { spans, minutes: spans.reduce((sum, [from, to]) => sum + to - from, 0) }
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
  const byMinutes = ofA.minutes - ofB.minutes
  // A strict subset covers fewer minutes too, so the sign is the same; only the reason that is shown differs.
  const subset = byMinutes < 0 ? isWithin(ofA.spans, ofB.spans) : byMinutes > 0 && isWithin(ofB.spans, ofA.spans)
  return { by: byMinutes, ground: byMinutes === 0 ? 'saved order' : subset ? 'subset' : 'fewer minutes' }
}
