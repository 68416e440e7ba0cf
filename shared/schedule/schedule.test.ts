import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Schedule, Weekday } from '../model/schedule.ts'
import { civilDate, epochDay } from './calendar.ts'
import { decideSchedule, isOn } from './decide.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 300)
const rule = (input: Record<string, unknown>): Schedule => Schedule.parse({ id: 'rule', name: 'Rule', ...input })
const weekly = (weekdays: string[], more: Record<string, unknown> = {}) =>
  rule({ recurrence: { cycle: 'weekly', weekdays }, ...more })
const workdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday']
const open = weekly(workdays, { id: 'open', name: 'Open', start: '09:00', end: '17:00' })
const lunch = weekly(['monday', 'wednesday', 'friday'], { id: 'lunch', name: 'Lunch', start: '12:00', end: '13:00' })
const newYork = 'America/New_York'
const branch = (...schedules: Schedule[]) =>
  schedules.map((schedule) => ({ branch: schedule.id, schedules: [schedule] }))

describe('which schedule wins', () => {
  it.each([
    ['Wednesday 12:30', '2026-11-25T17:30:00Z', 'lunch'],
    ['Tuesday 12:30', '2026-11-24T17:30:00Z', 'open'],
  ])('R-194: on %s the most specific wins, whatever the order', (_, at, wanted) => {
    expect(decideSchedule(branch(open, lunch), at, newYork).branch).toBe(wanted)
    expect(decideSchedule(branch(lunch, open), at, newYork).branch).toBe(wanted)
  })

  const daily = rule({ id: 'daily', recurrence: { cycle: 'daily' } })
  const monthly = rule({ id: 'monthly', recurrence: { cycle: 'monthly', on: { days: [25] } } })
  const yearly = rule({ id: 'yearly', recurrence: { cycle: 'yearly', month: 11, on: { day: 25 } } })
  const range = rule({ id: 'range', recurrence: { cycle: 'range', from: '2026-11-20', to: '2026-11-30' } })
  const dates = rule({ id: 'dates', recurrence: { cycle: 'dates', dates: ['2026-11-25'] } })
  const wholeWeek = weekly(Weekday.options.slice(), { id: 'week' })
  const forced = weekly(['sunday'], { id: 'forced', forced: 'on' })
  const ranked = [dates, range, yearly, monthly, open, daily]
  const pairs = [
    ...ranked.slice(1).map((loser, index) => [ranked[index] as Schedule, loser] as const),
    [dates, daily] as const,
    [lunch, open] as const,
    [open, wholeWeek] as const,
    [forced, dates] as const,
    [forced, daily] as const,
    [yearly, open] as const,
    [monthly, daily] as const,
  ]
  it.each(pairs)('R-195: $id beats the other in both orders', (winner, loser) => {
    const at = '2026-11-25T17:30:00Z'

    expect(decideSchedule(branch(winner, loser), at, newYork).branch).toBe(winner.id)
    expect(decideSchedule(branch(loser, winner), at, newYork).branch).toBe(winner.id)
  })

  it('R-195: saved order decides exact ties only', () => {
    const twin = { ...open, id: 'twin' }

    expect(decideSchedule(branch(open, twin), '2026-11-24T17:30:00Z', newYork).branch).toBe('open')
    expect(decideSchedule(branch(twin, open), '2026-11-24T17:30:00Z', newYork).branch).toBe('twin')
  })

  it.each([
    ['2026-11-24T14:00:00Z', true],
    ['2026-11-24T13:59:59Z', false],
    ['2026-11-24T21:59:59Z', true],
    ['2026-11-24T22:00:00Z', false],
  ])('R-196: the start belongs to it and the end does not (%s)', (at, on) => {
    expect(isOn(open, at, newYork)).toBe(on)
  })

  it.each([
    ['2026-03-09T12:59:59Z', false],
    ['2026-03-09T13:00:00Z', true],
    ['2026-11-02T13:59:59Z', false],
    ['2026-11-02T14:00:00Z', true],
    ['2026-03-08T13:00:00Z', true],
    ['2026-11-01T14:00:00Z', true],
  ])('R-197: 09:00 local opens at the right instant across daylight saving (%s)', (at, on) => {
    expect(isOn({ ...wholeWeek, start: '09:00', end: '17:00' }, at, newYork)).toBe(on)
  })

  it.each([
    ['2026-11-25T04:00:00Z', true],
    ['2026-11-25T10:00:00Z', true],
    ['2026-11-25T17:00:00Z', false],
  ])('R-199: a window runs past midnight (%s)', (at, on) => {
    expect(isOn(rule({ recurrence: { cycle: 'daily' }, start: '22:00', end: '06:00' }), at, newYork)).toBe(on)
  })

  it('R-022: a rule without a zone of its own follows the account', () => {
    expect(isOn(open, '2026-01-13T13:30:00Z', newYork)).toBe(false)
    expect(isOn(open, '2026-01-13T14:30:00Z', newYork)).toBe(true)
  })

  it('R-201: forced on beats every other rule, forced off never counts, and what a phone set stands over what was saved', () => {
    const at = '2026-11-24T17:30:00Z'

    expect(decideSchedule(branch(dates, forced), at, newYork).branch).toBe('forced')
    expect(decideSchedule(branch(open), at, newYork, new Map([['open', 'off']])).branch).toBeUndefined()
    expect(decideSchedule(branch(forced), at, newYork, new Map([['forced', undefined]])).branch).toBeUndefined()
  })

  it('R-202: a named list of dates is a set that several branches can share', () => {
    const holidays = rule({ id: 'holidays', recurrence: { cycle: 'dates', dates: ['2026-12-25', '2027-01-01'] } })
    const decision = decideSchedule(
      [...branch(open), { branch: 'closed', schedules: [holidays] }],
      '2026-12-25T15:00:00Z',
      newYork,
    )

    expect(decision.branch).toBe('closed')
  })
})

/** The calendar again, by other means: the platform's own formatter for the wall clock, plain Date arithmetic for the days. */
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
function oracleIsOn(schedule: Schedule, atMs: number, zone: string): boolean {
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
