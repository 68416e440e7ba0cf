import { Temporal } from 'temporal-polyfill'
import type { CdrRow } from './cdrs.ts'

/** Spreadsheets run what begins like this as a formula (CWE-1236); an apostrophe in front makes it text. */
const startsFormula = /^[=+\-@\t\r]/

/** One cell, RFC 4180 §2; never a formula. */
export function csvCell(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value)
  const safe = typeof value === 'string' && startsFormula.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** An instant as people of the account read it, with its offset: `2026-11-01 01:30:00-05:00`. */
export const localTime = (instant: string, timeZone: string): string => {
  const zoned = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone)
  return `${zoned.toPlainDate().toString()} ${zoned.toPlainTime().toString({ smallestUnit: 'second' })}${zoned.offset}`
}

type Column = readonly [title: string, of: (row: CdrRow, timeZone: string) => string | number | undefined]

const columns: readonly Column[] = [
  ['Date', (row, timeZone) => localTime(row.at, timeZone)],
  ['Direction', (row) => row.direction],
  ['From', (row) => row.from],
  ['From name', (row) => row.fromName],
  ['To', (row) => row.to],
  ['Owner', (row) => row.ownerId],
  ['Duration (s)', (row) => row.durationSeconds],
  ['Talk time (s)', (row) => row.talkSeconds],
  ['Result', (row) => row.disposition],
  ['Reason', (row) => row.reason],
  ['Prefix', (row) => row.prefix],
  ['Call', (row) => row.callId],
]

const line = (cells: readonly (string | number | undefined)[]): string => `${cells.map(csvCell).join(',')}\r\n`

export const csvHeader = (): string => line(columns.map(([title]) => title))
export const csvRow = (row: CdrRow, timeZone: string): string => line(columns.map(([, of]) => of(row, timeZone)))
