import { expect, it } from 'vitest'
import { posixZone, timeZoneRule } from './time-zone-rule.ts'

const winter = Date.UTC(2026, 0, 15)
const summer = Date.UTC(2026, 6, 15)

it.each([
  ['America/New_York', 'STD+5DST+4,M3.2.0/2,M11.1.0/2'],
  ['America/St_Johns', 'STD+3:30DST+2:30,M3.2.0/2,M11.1.0/2'],
  ['Europe/Paris', 'STD-1DST-2,M3.5.0/2,M10.5.0/3'],
  ['Europe/Dublin', 'STD+0DST-1,M3.5.0/1,M10.5.0/2'],
  ['Australia/Sydney', 'STD-10DST-11,M10.1.0/2,M4.1.0/3'],
  ['Australia/Lord_Howe', 'STD-10:30DST-11,M10.1.0/2,M4.1.0/2'],
  ['Asia/Kolkata', 'STD-5:30'],
  ['America/Phoenix', 'STD+7'],
  ['Etc/UTC', 'STD+0'],
  ['Nowhere/Never', 'STD+0'],
])('%s is the same rule, whichever time of the year it is asked: %s', (zone, expected) => {
  expect([winter, summer].map((atMs) => posixZone(timeZoneRule(zone, atMs)))).toEqual([expected, expected])
})

it('a zone that follows the moon has no rule a phone could be told', () => {
  expect(timeZoneRule('Africa/Casablanca', summer).daylight).toBeUndefined()
})
