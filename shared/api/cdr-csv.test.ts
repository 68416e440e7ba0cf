import fc from 'fast-check'
import { expect, it } from 'vitest'
import { csvCell, localTime } from './cdr-csv.ts'

/** What a spreadsheet reads in a cell, RFC 4180 §2. */
const read = (cell: string): string => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)

it('R-239: whatever callers call themselves, no cell is a formula, breaks its row or loses a letter', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('=1+1', '+44', '-1', '@SUM(A1)', '\t=1', '"=1"'),
  )
  fc.assert(
    fc.property(text, (value) => {
      const cell = csvCell(value)

      expect(read(cell)).not.toMatch(/^[=+\-@\t\r]/)
      expect(read(cell).replace(/^'/, '')).toBe(value.replace(/^'/, ''))
      if (/[",\r\n]/.test(value)) expect(cell).toMatch(/^"(.|\s)*"$/u)
    }),
  )
})

it("R-243: an instant is shown in the account's zone with its offset, on both sides of a clock change", () => {
  expect(localTime('2026-11-01T05:30:00.000Z', 'America/New_York')).toBe('2026-11-01 01:30:00-04:00')
  expect(localTime('2026-11-01T06:30:00.000Z', 'America/New_York')).toBe('2026-11-01 01:30:00-05:00')
})
