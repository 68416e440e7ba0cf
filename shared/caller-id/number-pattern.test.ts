import { describe, expect, it } from 'vitest'
import { compilePattern } from '../numbers/pattern.ts'
import {
  callerPatternMax,
  comparable,
  exactPattern,
  lintCallerPattern,
  listedNumbers,
  numbersIn,
} from './number-pattern.ts'

const guide = String.raw`\b6041234567|7781234567\b`
const matches = (pattern: string, number: string) => {
  const compiled = compilePattern(pattern, callerPatternMax)
  return !('problem' in compiled) && compiled.test(comparable(number, 'US'))
}
const messages = (pattern: string) => lintCallerPattern(pattern, 'US').map(({ message }) => message)
const fixOf = (pattern: string) => lintCallerPattern(pattern, 'US').find(({ fix }) => fix !== undefined)?.fix

describe('the list of a Match Caller ID', () => {
  it.each(['+16041234567', '16041234567', '6041234567', '604-123-4567'])(
    'R-094: %s is compared without its +1',
    (number) => {
      expect(comparable(number, 'US')).toBe('6041234567')
      expect(matches(guide, number)).toBe(true)
    },
  )

  it('R-097: is run as it was typed, with nine digits and with ten', () => {
    const nine = String.raw`\b604123456|778123456\b`
    expect(['604123456', '778123456', '250123456'].map((number) => matches(nine, number))).toEqual([true, true, false])
    expect(['6041234567', '7781234567', '2501234567'].map((number) => matches(guide, number))).toEqual([
      true,
      true,
      false,
    ])
  })

  it('R-098: says what else it matches, and the exact form does not', () => {
    expect(matches(guide, '6041234567890')).toBe(true)
    expect(messages(guide)).toContain('This also matches 6041234567890.')
    expect(fixOf(guide)).toBe(String.raw`\b(?:6041234567|7781234567)\b`)
    expect(matches(fixOf(guide) ?? '', '6041234567890')).toBe(false)
    expect(['6041234567', '7781234567'].every((number) => matches(fixOf(guide) ?? '', number))).toBe(true)
    expect(lintCallerPattern(fixOf(guide) ?? '', 'US')).toEqual([])
  })

  it('R-095: without boundaries is told so, with a fix', () => {
    expect(messages('6041234567|7781234567')[0]).toBe(String.raw`Put \b before the first number and after the last.`)
    expect(fixOf('6041234567|7781234567')).toBe(exactPattern(['6041234567', '7781234567']))
    expect(messages(String.raw`\b6041234567`)[0]).toContain('after the last')
  })

  it.each([
    '6041234567,7781234567',
    '604-123-4567, +1 778 123 4567',
    '6041234567 7781234567',
    '(604) 123-4567\n778.123.4567',
    guide,
  ])('R-096: what is pasted as %j becomes a list', (text) => {
    expect(numbersIn(text, 'US')).toEqual(['6041234567', '7781234567'])
  })

  it('R-096: numbers between commas are told to want a bar', () => {
    expect(messages('6041234567, 7781234567')).toContain('Put a vertical bar between numbers.')
    expect(fixOf('6041234567, 7781234567')).toBe(exactPattern(['6041234567', '7781234567']))
  })

  it('R-099: two numbers are stored as the exact form and read back as the two numbers', () => {
    const pattern = exactPattern(['6041234567', '7781234567'])

    expect(pattern).toBe(String.raw`\b(?:6041234567|7781234567)\b`)
    expect(listedNumbers(pattern)).toEqual(['6041234567', '7781234567'])
    expect(listedNumbers(guide)).toBeUndefined()
    expect(listedNumbers('')).toEqual([])
    expect(exactPattern([])).toBe('')
  })

  it('R-094: a 1 or +1 in the list is told to be too much', () => {
    expect(fixOf(String.raw`\b(?:16041234567)\b`)).toBe(exactPattern(['6041234567']))
    expect(messages(String.raw`\+16041234567`)).toContain('Leave +1 out: numbers are compared without it.')
    expect(messages(String.raw`\b604123456|778123456\b`)).toContain('604123456 has nine digits; numbers here have ten.')
  })

  it('R-100: takes no time to speak of, whatever was typed', () => {
    const began = performance.now()

    for (const pattern of ['(a+)+$', '(.*)*$', '(x+x+)+y', '^(([0-9])+)+$'])
      expect(matches(pattern, `${'a'.repeat(50)}!`)).toBe(pattern === '(.*)*$')
    expect(lintCallerPattern('('.repeat(50), 'US')).toEqual([])
    expect(performance.now() - began).toBeLessThan(100)
  })

  it('R-100: what is no expression, or too long or too large a one, is refused', () => {
    for (const pattern of [
      '(',
      '[',
      '(?=6)',
      String.raw`(6)\1`,
      '6'.repeat(callerPatternMax + 1),
      '((6{1000}){1000}){1000}',
    ])
      expect(compilePattern(pattern, callerPatternMax), pattern).toHaveProperty('problem')
  })
})
