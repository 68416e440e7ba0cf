import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Schedule, Weekday } from '../model/schedule.ts'
import { oracleIsOn } from '../testing/schedule-oracle.ts'
import { civilDate, epochDay } from './calendar.ts'
import { decideSchedule, isOn } from './decide.ts'
import { nextBoundary } from './next-boundary.ts'
import { compareSpecificity } from './specificity.ts'

/** `OFFHOOK_RUNS` asks for more; the long suite does. */
const runs = Number(process.env.OFFHOOK_RUNS ?? 300)
const dayMs = 86_400_000
const rule = (input: Record<string, unknown>): Schedule => Schedule.parse({ id: 'rule', name: 'Rule', ...input })
const weekly = (weekdays: string[], more: Record<string, unknown> = {}) =>
  rule({ recurrence: { cycle: 'weekly', weekdays }, ...more })
const branch = (...schedules: Schedule[]) =>
  schedules.map((schedule) => ({ branch: schedule.id, schedules: [schedule] }))

const zones = [
  'America/New_York',
  'America/Vancouver',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Phoenix',
  'Europe/London',
  'Europe/Berlin',
  'Europe/Dublin',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Asia/Tehran',
  'Asia/Jerusalem',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Apia',
]
const hhmm = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map(([hours, minutes]) => `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`)
const date = fc
  .integer({ min: epochDay({ year: 2021, month: 1, day: 1 }), max: epochDay({ year: 2030, month: 12, day: 31 }) })
  .map((day) => {
    const civil = civilDate(day)
    return `${civil.year}-${String(civil.month).padStart(2, '0')}-${String(civil.day).padStart(2, '0')}`
  })
const weekdays = fc.uniqueArray(fc.constantFrom(...Weekday.options), { minLength: 1 })
const ordinal = fc.record({
  ordinal: fc.constantFrom('first', 'second', 'third', 'fourth', 'fifth', 'last', 'every'),
  weekday: fc.constantFrom(...Weekday.options),
})
const recurrence = fc.oneof(
  fc.record({ cycle: fc.constant('dates'), dates: fc.uniqueArray(date, { minLength: 1, maxLength: 20 }) }),
  fc
    .tuple(date, date)
    .map((pair) => pair.toSorted())
    .map(([from, to]) => ({ cycle: 'range', from, to })),
  fc.record({
    cycle: fc.constant('yearly'),
    month: fc.integer({ min: 1, max: 12 }),
    on: fc.oneof(fc.record({ day: fc.integer({ min: 1, max: 31 }) }), ordinal),
  }),
  fc.record({
    cycle: fc.constant('monthly'),
    on: fc.oneof(fc.record({ days: fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { minLength: 1 }) }), ordinal),
  }),
  fc.record({ cycle: fc.constant('weekly'), weekdays }),
  fc.constant({ cycle: 'daily' }),
)
const anySchedule = fc
  .record({
    recurrence,
    start: hhmm,
    end: fc.oneof(hhmm, fc.constant('24:00')),
    interval: fc.integer({ min: 1, max: 4 }),
    startDate: fc.option(date, { nil: undefined }),
    endDate: fc.option(date, { nil: undefined }),
  })
  .map((input) => rule(input))
const instant = fc
  .integer({ min: Date.UTC(2021, 0, 1) / 60_000, max: Date.UTC(2030, 11, 31) / 60_000 })
  .map((minutes) => minutes * 60_000)

describe('over ten years and twenty zones', () => {
  it('R-200: agrees with an independent calendar for every rule and instant, daylight saving included', () => {
    fc.assert(
      fc.property(
        anySchedule,
        instant,
        fc.constantFrom(...zones),
        (schedule, atMs, zone) =>
          isOn(schedule, new Date(atMs).toISOString(), zone) === oracleIsOn(schedule, atMs, zone),
      ),
      { numRuns: runs * 5 },
    )
  })

  it.each([
    ['last Friday of the month', { recurrence: { cycle: 'monthly', on: { ordinal: 'last', weekday: 'friday' } } }],
    [
      'every second week',
      { recurrence: { cycle: 'weekly', weekdays: ['monday', 'thursday'] }, interval: 2, startDate: '2026-01-07' },
    ],
  ])('R-200: "%s" is right on each day of 24 months', (_, input) => {
    const schedule = rule(input)
    for (let day = 0; day < 730; day += 1) {
      const atMs = Date.UTC(2026, 0, 1, 12) + day * dayMs
      expect(isOn(schedule, new Date(atMs).toISOString(), 'UTC')).toBe(oracleIsOn(schedule, atMs, 'UTC'))
    }
  })

  it('R-195: always exactly one branch or all other times; forced-on first; a strict subset beats its superset; order decides ties only', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(anySchedule, fc.constantFrom(undefined, undefined, undefined, 'on' as const, 'off' as const)),
          { minLength: 1, maxLength: 6 },
        ),
        instant,
        fc.constantFrom(...zones),
        (list, atMs, zone) => {
          const schedules = list.map(([schedule, forced], index) => ({
            ...schedule,
            id: `s${index}`,
            ...(forced === undefined ? {} : { forced }),
          }))
          const at = new Date(atMs).toISOString()
          const decision = decideSchedule(branch(...schedules), at, zone)
          const on = schedules.filter((schedule) =>
            schedule.forced === undefined ? oracleIsOn(schedule, atMs, zone) : schedule.forced === 'on',
          )
          if (on.length === 0) return decision.branch === undefined
          const winner = schedules.find((schedule) => schedule.id === decision.branch)
          if (winner === undefined || !on.includes(winner)) return false
          if (on.some((schedule) => schedule.forced === 'on') && winner.forced !== 'on') return false
          const backwards = decideSchedule(branch(...schedules.toReversed()), at, zone).branch
          const other = schedules.find((schedule) => schedule.id === backwards)
          // Another winner in another order is only possible between rules that are alike.
          return (
            backwards === winner.id ||
            (other?.recurrence.cycle === winner.recurrence.cycle && other?.forced === winner.forced)
          )
        },
      ),
      { numRuns: runs },
    )
  })

  it('R-195: inside a class, more weekdays or a wider window never win', () => {
    fc.assert(
      fc.property(
        weekdays,
        weekdays,
        fc.nat(600),
        fc.nat(600),
        fc.integer({ min: 1, max: 100 }),
        instant,
        (inner, more, early, late, width, atMs) => {
          const time = (minutes: number) =>
            `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
          const narrow = weekly(inner, { id: 'narrow', start: time(600), end: time(600 + width) })
          const wide = weekly([...new Set([...inner, ...more])], {
            id: 'wide',
            start: time(600 - early),
            end: time(Math.min(1_439, 600 + width + late)),
          })
          const at = new Date(atMs).toISOString()
          const same =
            wide.start === narrow.start &&
            wide.end === narrow.end &&
            [...new Set([...inner, ...more])].length === inner.length
          if (same || !isOn(narrow, at, 'UTC')) return true
          return decideSchedule(branch(wide, narrow), at, 'UTC').branch === 'narrow'
        },
      ),
      { numRuns: runs * 10 },
    )
  })
})

describe('the order of specificity', () => {
  it('R-195: is one order: whichever two are compared first, the same rule comes out on top', () => {
    fc.assert(
      fc.property(anySchedule, anySchedule, anySchedule, fc.integer({ min: 2021, max: 2030 }), (a, b, c, year) => {
        const by = (x: Schedule, y: Schedule) => Math.sign(compareSpecificity(x, y, year).by)
        if (by(a, b) !== -by(b, a)) return false
        return !(by(a, b) <= 0 && by(b, c) <= 0) || by(a, c) <= 0
      }),
      { numRuns: runs },
    )
  })
})

/** Minutes a boundary is looked for, one by one. */
const walkedMinutes = 2 * 1_440

describe('the next boundary', () => {
  it('R-197: is the first minute at which an independent calendar answers otherwise, daylight saving included', () => {
    fc.assert(
      fc.property(
        anySchedule,
        fc.oneof(
          instant,
          fc.constantFrom(Date.UTC(2026, 2, 7, 12), Date.UTC(2026, 9, 31, 12), Date.UTC(2026, 9, 24, 12)),
        ),
        fc.constantFrom(...zones),
        (schedule, atMs, zone) => {
          const before = oracleIsOn(schedule, atMs, zone)
          let minute = 1
          while (minute <= walkedMinutes && oracleIsOn(schedule, atMs + minute * 60_000, zone) === before) minute += 1
          const found = nextBoundary(branch(schedule), new Date(atMs).toISOString(), zone)
          const wanted = atMs + minute * 60_000
          return minute > walkedMinutes
            ? found === undefined || Date.parse(found) > wanted - 60_000
            : Date.parse(found ?? '') === wanted
        },
      ),
      { numRuns: Math.ceil(runs / 10) },
    )
  })
})
