/** Days since 1970-01-01 of the proleptic Gregorian calendar: plain integers, so that thousands of days can be asked about in a turn. */
export type EpochDay = number

export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Howard Hinnant's `days_from_civil`. */
export function epochDay({ year, month, day }: CivilDate): EpochDay {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** Howard Hinnant's `civil_from_days`. */
export function civilDate(days: EpochDay): CivilDate {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted + (shifted < 10 ? 3 : -9)
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

/** Monday is 0. */
export const weekdayOf = (days: EpochDay): number => (((days + 3) % 7) + 7) % 7
/** Weeks since the one of 1969-12-29, Monday first as ISO 8601 has it. */
export const weekOf = (days: EpochDay): number => Math.floor((days + 3) / 7)

export const daysInMonth = (year: number, month: number): number =>
  epochDay(month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 }) -
  epochDay({ year, month, day: 1 })

/** `2026-11-23` as a day. */
export function parseDate(text: string): EpochDay {
  const [year = 1970, month = 1, day = 1] = text.split('-').map(Number)
  return epochDay({ year, month, day })
}
