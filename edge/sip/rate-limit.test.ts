import { describe, expect, it } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

describe('a limit for each source', () => {
  it('allows a burst, then so many a second, and forgets nothing meanwhile', () => {
    let nowMs = 0
    const limit = createRateLimit(10, 5, () => nowMs)
    const taken = (source: string, times: number) =>
      Array.from({ length: times }, () => limit.take(source)).filter(Boolean).length

    expect(taken('a', 20)).toBe(5)
    expect(taken('b', 20)).toBe(5)
    nowMs += 200
    expect(taken('a', 20)).toBe(2)
    nowMs += 60_000
    expect(taken('a', 20)).toBe(5)
  })

  it('watches a bounded number of sources: who was seen last keeps his place', () => {
    const limit = createRateLimit(0, 1, () => 0)
    limit.take('flooder')
    for (let index = 0; index < 49_999; index += 1) limit.take(`other ${index}`)
    expect(limit.take('flooder')).toBe(false)
    limit.take('one more')

    expect(limit.take('flooder')).toBe(false)
    // The one unseen longest has a fresh bucket now.
    expect(limit.take('other 0')).toBe(true)
  })
})
