import { describe, expect, it } from 'vitest'
import { Schedule, Weekday } from '../model/schedule.ts'
import { decideSchedule, isOn } from './decide.ts'
import { nextBoundary } from './next-boundary.ts'
import { isTimeZone, platformZones, type ZoneDatabase } from './zones.ts'

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

describe('which schedule wins, far from today', () => {
  const at = '2026-12-25T17:00:00Z'
  const daily = (id: string, more: Record<string, unknown>) => rule({ id, recurrence: { cycle: 'daily' }, ...more })
  const yearly = (id: string, more: Record<string, unknown>) =>
    rule({ id, recurrence: { cycle: 'yearly', month: 12, on: { day: 25 } }, startDate: '1986-12-25', ...more })
  it.each([
    [
      'dates of which some lie decades ahead',
      rule({ id: 'few', recurrence: { cycle: 'dates', dates: ['2026-12-25'] } }),
      rule({ id: 'many', recurrence: { cycle: 'dates', dates: ['2026-12-25', '2060-12-25'] } }),
    ],
    [
      'a range that ends decades ahead',
      rule({ id: 'short', recurrence: { cycle: 'range', from: '2000-01-01', to: '2050-01-01' } }),
      rule({ id: 'long', recurrence: { cycle: 'range', from: '2000-01-01', to: '2051-01-01' } }),
    ],
    ['an end decades ahead', daily('ends', { endDate: '2060-01-01' }), daily('endless', {})],
    ['a later start', daily('later', { startDate: '2010-01-01' }), daily('earlier', { startDate: '2000-01-01' })],
    ['a longer interval', yearly('40', { interval: 40 }), yearly('20', { interval: 20 })],
  ])('R-195: a strict subset wins also by %s', (_, narrow, wide) => {
    expect(decideSchedule(branch(wide, narrow), at, newYork).branch).toBe(narrow.id)
    expect(decideSchedule(branch(narrow, wide), at, newYork).branch).toBe(narrow.id)
  })

  it('R-195: says why a rule won', () => {
    const wednesday = '2026-11-25T17:30:00Z'
    const special = rule({ id: 'special', name: 'Special', recurrence: { cycle: 'dates', dates: ['2026-11-25'] } })

    expect(decideSchedule(branch(open), wednesday, newYork).reason).toBe('Open: the only one on')
    expect(decideSchedule(branch(open, lunch), wednesday, newYork).reason).toBe('Lunch: subset')
    expect(decideSchedule(branch(open, special), wednesday, newYork).reason).toBe('Special: dates rule')
    expect(decideSchedule(branch({ ...special, forced: 'on' }, open), wednesday, newYork).reason).toBe(
      'Special: forced on',
    )
    expect(decideSchedule(branch(open), '2026-11-25T03:00:00Z', newYork).reason).toBe('no schedule is on')
  })
})

describe('days that do not exist', () => {
  it.each([
    ['31 June', { cycle: 'yearly', month: 6, on: { day: 31 } }, '2026-07-01T16:00:00Z'],
    ['29 February of a common year', { cycle: 'yearly', month: 2, on: { day: 29 } }, '2026-03-01T17:00:00Z'],
    ['the 31st of a short month', { cycle: 'monthly', on: { days: [31] } }, '2026-05-01T16:00:00Z'],
    ['a fifth Friday', { cycle: 'monthly', on: { ordinal: 'fifth', weekday: 'friday' } }, '2026-03-06T17:00:00Z'],
  ])('R-200: %s is passed over, not moved', (_, recurrence, at) => {
    expect(isOn(rule({ recurrence }), at, newYork)).toBe(false)
  })
})

describe('the zone', () => {
  it('R-198: a change of zone law changes the result for a future date', () => {
    const abolished = Date.UTC(2027, 0, 1)
    // Daylight saving time all year round from 2027: New York at UTC-4 also in winter.
    const newLaw: ZoneDatabase = {
      spanAt: (zone, atMs) =>
        atMs < abolished
          ? platformZones.spanAt(zone, atMs)
          : { offsetMs: -4 * 3_600_000, fromMs: abolished, toMs: Number.POSITIVE_INFINITY },
    }
    const at = '2027-01-13T13:30:00Z'

    expect(decideSchedule(branch(open), at, newYork).branch).toBeUndefined()
    expect(decideSchedule(branch(open), at, newYork, new Map(), newLaw).branch).toBe('open')
  })

  it('R-022: the zone of the rule stands before that of the account', () => {
    const tokyo = { ...open, timeZone: 'Asia/Tokyo' }

    expect(isOn(tokyo, '2026-11-24T01:00:00Z', newYork)).toBe(true)
    expect(isOn(tokyo, '2026-11-24T15:00:00Z', newYork)).toBe(false)
  })

  it('one that nobody knows stops no call: UTC stands in', () => {
    expect(isTimeZone('Mars/Olympus')).toBe(false)
    expect(isOn({ ...open, timeZone: 'Mars/Olympus' }, '2026-11-24T09:00:00Z', newYork)).toBe(true)
  })
})

describe('when the answer changes next', () => {
  const next = (at: string, ...schedules: Schedule[]) => nextBoundary(branch(...schedules), at, newYork)
  it.each([
    ['at the opening', '2026-11-24T13:00:00Z', '2026-11-24T14:00:00.000Z'],
    ['at the closing', '2026-11-24T14:00:00Z', '2026-11-24T22:00:00.000Z'],
    ['after the weekend', '2026-11-27T22:00:00Z', '2026-11-30T14:00:00.000Z'],
  ])('it is %s', (_, at, wanted) => {
    expect(next(at, open)).toBe(wanted)
  })

  it('R-197: is an hour of sun earlier once daylight saving has begun', () => {
    expect(next('2026-03-06T23:00:00Z', open)).toBe('2026-03-09T13:00:00.000Z')
  })

  it('R-197: is the jump of the clock where a window begins in the hour that is skipped', () => {
    expect(next('2026-03-08T05:00:00Z', rule({ recurrence: { cycle: 'daily' }, start: '02:30', end: '05:00' }))).toBe(
      '2026-03-08T07:00:00.000Z',
    )
  })

  it('is never, for what is always on, forced, or over', () => {
    expect(next('2026-11-24T13:00:00Z', rule({ recurrence: { cycle: 'daily' } }))).toBeUndefined()
    expect(next('2026-11-24T13:00:00Z', { ...open, forced: 'on' })).toBeUndefined()
    expect(next('2026-11-24T13:00:00Z', { ...open, endDate: '2026-01-01' })).toBeUndefined()
  })
})
