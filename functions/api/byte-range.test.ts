import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readRange } from './byte-range.ts'

it.each([
  [undefined, 'all'],
  ['bytes=0-', { first: 0, last: 99 }],
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=90-200', { first: 90, last: 99 }],
  ['bytes=-5', { first: 95, last: 99 }],
  ['bytes=-500', { first: 0, last: 99 }],
  ['bytes=100-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=5-1', 'all'],
  ['bytes=0-1,4-5', 'all'],
  ['lines=0-1', 'all'],
])('of 100 bytes, %s asks for %j', (header, expected) => {
  expect(readRange(header, 100)).toEqual(expected)
})

it('whatever is sent, the part lies inside the object', () => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => `bytes=${from}-${to}`),
  )
  fc.assert(
    fc.property(header, fc.nat(1_000), (text, length) => {
      const part = readRange(text, length)
      if (typeof part === 'string') return
      expect(part.first).toBeGreaterThanOrEqual(0)
      expect(part.last).toBeLessThan(length)
      expect(part.first).toBeLessThanOrEqual(part.last)
    }),
  )
})
