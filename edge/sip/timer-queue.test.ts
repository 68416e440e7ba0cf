import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualTimerQueue } from './timer-queue.ts'

describe('the timers of the stack', () => {
  it('run in the order of their deadlines, equal ones in the order they were set, cancelled ones never', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 200 }), (wanted) => {
        const timers = new ManualTimerQueue()
        const ran: number[] = []
        const cancels = wanted.map(([atMs], index) => timers.at(atMs, () => ran.push(index)))
        wanted.forEach(([, isCancelled], index) => {
          if (isCancelled) cancels[index]?.()
        })
        const left = wanted.flatMap(([atMs, isCancelled], index) => (isCancelled ? [] : [{ atMs, index }]))
        expect(timers.size).toBe(left.length)

        timers.advance(50)

        expect(ran).toEqual(left.sort((a, b) => a.atMs - b.atMs || a.index - b.index).map(({ index }) => index))
        expect(timers.size).toBe(0)
      }),
    )
  })

  it('keep no memory of a hundred thousand that were cancelled', () => {
    const timers = new ManualTimerQueue()
    timers.at(1e9, () => {})

    for (let count = 0; count < 100_000; count += 1) timers.at(32_000, () => {})()

    expect(timers.size).toBe(1)
  })
})
