/**
 * The list of numbers in a Match Caller ID: the guide's form `\bA|B\b` is run exactly as it was typed (D1, R-097), explained where it says
 * more than was meant, and made exact at a press. Numbers are written without +1.
 */
import { normaliseNumber, withoutPlusOne } from '../numbers/normalise.ts'
import { compilePattern } from '../numbers/pattern.ts'

/** Characters of a list: some 180 numbers of ten digits. */
export const callerPatternMax = 2_000
/** Characters of a paste that are looked at. */
const pastedMax = 20_000
/** Numbers of one list. */
export const listedMax = 180

/** What a list is compared with: the caller's number without +1, whichever way it was sent. */
export const comparable = (number: string, country: string): string => withoutPlusOne(normaliseNumber(number, country))

/** The pattern that matches these numbers and no others. Empty for no numbers. */
export const exactPattern = (numbers: readonly string[]): string =>
  numbers.length === 0 ? '' : String.raw`\b(?:${[...new Set(numbers)].join('|')})\b`

/** Numbers in whatever was pasted: between commas, semicolons, blanks, lines or bars; punctuation and +1 left out. */
export function numbersIn(text: string, country: string): string[] {
  const parts = text
    .slice(0, pastedMax)
    .replaceAll(/\\b|\(\?:/g, ' ')
    .replaceAll(/[().-]/g, '')
    .split(/[,;|\n\r\t]+|\s{2,}|(?<=\d)\s+(?=\+?\d{9,})/)
    .map((part) => comparable(part.replaceAll(/[^\d+]/g, ''), country))
  return [...new Set(parts.filter((part) => /^\d{2,15}$/.test(part)))].slice(0, listedMax)
}

const exactForm = /^\\b\(\?:(\d{2,15}(?:\|\d{2,15})*)\)\\b$/
const guideForm = /^(\\b)?(\d{2,15}(?:\|\d{2,15})*)(\\b)?$/

/** The numbers of a pattern in the exact form: it can be shown as a list. `undefined` for anything else. */
export function listedNumbers(pattern: string): string[] | undefined {
  if (pattern === '') return []
  return exactForm.exec(pattern)?.[1]?.split('|')
}

/** Something to know about a pattern, and the pattern that would be right. */
export interface PatternNote {
  readonly message: string
  readonly fix?: string
}

/** A number that begins, or ends, with one that is listed, and is matched although it is another one. */
function alsoMatched(pattern: string, numbers: readonly string[]): string | undefined {
  const compiled = compilePattern(pattern, callerPatternMax)
  if ('problem' in compiled) return undefined
  const longer = numbers.flatMap((number) => [`${number}890`, `890${number}`])
  return longer.find((number) => compiled.test(number))
}

/** What an administrator should know of a pattern that compiles; nothing where it is exact. */
export function lintCallerPattern(pattern: string, country: string): PatternNote[] {
  const compiled = compilePattern(pattern, callerPatternMax)
  if (pattern === '' || 'problem' in compiled) return []
  const guide = guideForm.exec(pattern)
  const numbers = listedNumbers(pattern) ?? guide?.[2]?.split('|') ?? []
  return [
    ...boundaryNotes(pattern, guide, numbers),
    ...separatorNotes(pattern, country),
    ...numberNotes(numbers, pattern),
  ]
}

/** alternation binds loosest, so each boundary guards one end of one number. */
function boundaryNotes(pattern: string, guide: RegExpExecArray | null, numbers: readonly string[]): PatternNote[] {
  if (guide === null) return []
  const fix = exactPattern(numbers)
  const bare: PatternNote[] =
    guide[1] === undefined || guide[3] === undefined
      ? [{ message: String.raw`Put \b before the first number and after the last.`, fix }]
      : []
  const longer = alsoMatched(pattern, numbers)
  return longer === undefined ? bare : [...bare, { message: `This also matches ${longer}.`, fix }]
}

/** what is no list of bars, but reads like numbers. */
function separatorNotes(pattern: string, country: string): PatternNote[] {
  if (!/\d[\s,;]+\+?\d/.test(pattern)) return []
  const fix = exactPattern(numbersIn(pattern, country))
  return [{ message: 'Put a vertical bar between numbers.', ...(fix === '' ? {} : { fix }) }]
}

/** R-094, D1: +1 is no part of what is compared, and numbers of nine digits are slips of the pen. */
function numberNotes(numbers: readonly string[], pattern: string): PatternNote[] {
  const withOne = numbers.filter((number) => /^1[2-9]\d{9}$/.test(number))
  const nine = numbers.find((number) => number.length === 9)
  const national = numbers.map((number) => (withOne.includes(number) ? number.slice(1) : number))
  return [
    ...(withOne.length > 0
      ? [
          {
            message: `Leave the 1 out: ${withOne[0]} is compared as ${withOne[0]?.slice(1)}.`,
            fix: exactPattern(national),
          },
        ]
      : []),
    ...(pattern.includes('+1') ? [{ message: 'Leave +1 out: numbers are compared without it.' }] : []),
    ...(nine === undefined ? [] : [{ message: `${nine} has nine digits; numbers here have ten.` }]),
  ]
}
