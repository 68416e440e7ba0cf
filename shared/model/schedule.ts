import * as z from 'zod'
import { Id, Name, ref, TimeZone } from './id.ts'

export const Weekday = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])
export type Weekday = z.infer<typeof Weekday>

const LocalDate = z.iso.date()
const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'Use 24-hour time such as 09:00.')

/** Which days a rule covers. Dates are plain local dates of the rule's zone, never instants. */
export const Recurrence = z.discriminatedUnion('cycle', [
  /** Named dates: a holiday list. */
  z.object({ cycle: z.literal('dates'), dates: z.array(LocalDate).min(1).max(400) }),
  z.object({ cycle: z.literal('range'), from: LocalDate, to: LocalDate }),
  z.object({
    cycle: z.literal('yearly'),
    month: z.int().min(1).max(12),
    on: z.union([
      z.object({ day: z.int().min(1).max(31) }),
      z.object({ ordinal: z.enum(['first', 'second', 'third', 'fourth', 'fifth', 'last', 'every']), weekday: Weekday }),
    ]),
  }),
  z.object({
    cycle: z.literal('monthly'),
    on: z.union([
      z.object({ days: z.array(z.int().min(1).max(31)).min(1).max(31) }),
      z.object({ ordinal: z.enum(['first', 'second', 'third', 'fourth', 'fifth', 'last', 'every']), weekday: Weekday }),
    ]),
  }),
  z.object({ cycle: z.literal('weekly'), weekdays: z.array(Weekday).min(1).max(7) }),
  z.object({ cycle: z.literal('daily') }),
])
export type Recurrence = z.infer<typeof Recurrence>

/** A time-of-day rule (R-191…R-203). On from `start` (inclusive) to `end` (exclusive); `end` at or before `start` runs past midnight. */
export const Schedule = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  recurrence: Recurrence,
  /** Every n-th cycle counted from `startDate`. */
  interval: z.int().min(1).max(100).default(1),
  start: TimeOfDay.default('00:00').meta({ title: 'From' }),
  end: TimeOfDay.default('24:00').meta({ title: 'To' }),
  startDate: LocalDate.optional(),
  endDate: LocalDate.optional(),
  timeZone: TimeZone.optional(),
  /** As saved; a schedule forced by phone is a live fact and comes first. */
  forced: z.enum(['on', 'off']).optional().meta({ title: 'Enabled' }),
})
export type Schedule = z.infer<typeof Schedule>

/** Several rules under one name, such as the holidays; on when any of them is. */
export const ScheduleSet = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  schedules: z.array(ref('schedule', 'Schedule')).min(1).max(200),
})
export type ScheduleSet = z.infer<typeof ScheduleSet>
