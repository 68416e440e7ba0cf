import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameSamples } from './g711.ts'
import { JitterBuffer } from './jitter-buffer.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 300)

const frame = (value: number, samples = frameSamples) => new Uint8Array(samples).fill(value)
/** The first code of each of the next frames; `undefined` where nothing came. */
const popped = (buffer: JitterBuffer, count: number) => Array.from({ length: count }, () => buffer.pop()?.[0])

describe('the jitter buffer', () => {
  it('puts frames back in order after 40 ms', () => {
    const buffer = new JitterBuffer()
    for (const at of [0, 2, 1, 3]) buffer.push(frame(10 + at), 1_000 + at * frameSamples)

    expect(popped(buffer, 5)).toEqual([10, 11, 12, 13, undefined])
  })

  it('a lost packet leaves its place silent and the rest where it belongs', () => {
    const buffer = new JitterBuffer()
    for (const at of [0, 1, 3, 4]) buffer.push(frame(10 + at), at * frameSamples)

    expect(popped(buffer, 5)).toEqual([10, 11, undefined, 13, 14])
  })

  it.each([80, 160, 240, 320, 480])('packets of %i samples come out as frames of 160', (samples) => {
    const buffer = new JitterBuffer()
    const audio = Uint8Array.from({ length: 2_400 }, (_, index) => index % 251)
    for (let at = 0; at < audio.length; at += samples) buffer.push(audio.subarray(at, at + samples), at)

    const heard = Array.from({ length: 15 }, () => [...(buffer.pop() ?? [])]).flat()

    expect(heard).toEqual([...audio])
  })

  it('after a pause of the speaker nobody waits through it again', () => {
    const buffer = new JitterBuffer()
    for (const at of [0, 1]) buffer.push(frame(10 + at), at * frameSamples)
    expect(popped(buffer, 30)).toEqual([10, 11, ...Array(28).fill(undefined)])
    for (const at of [30, 31]) buffer.push(frame(at), at * frameSamples)

    expect(popped(buffer, 2)).toEqual([30, 31])
  })

  it('waits longer once packets come late, and not for ever', () => {
    const buffer = new JitterBuffer()
    let heard = 0
    // Every fourth packet comes 60 ms after its time.
    for (let tick = 0; tick < 400; tick += 1) {
      if (tick % 4 !== 0) buffer.push(frame(1), tick * frameSamples)
      const late = tick - 3
      if (late >= 0 && late % 4 === 0) buffer.push(frame(1), late * frameSamples)
      if (buffer.pop() !== undefined) heard += 1
      expect(buffer.held).toBeLessThanOrEqual(12 * frameSamples)
    }

    expect(heard).toBeGreaterThan(370)
  })

  it('a sender whose clock is fast costs a frame now and then, not delay', () => {
    const buffer = new JitterBuffer()
    let timestamp = 0
    for (let tick = 0; tick < 5_000; tick += 1) {
      // One packet in a hundred too many.
      for (let each = tick % 100 === 0 ? 2 : 1; each > 0; each -= 1) {
        buffer.push(frame(1), timestamp)
        timestamp += frameSamples
      }
      buffer.pop()
    }

    expect(buffer.held).toBeLessThan(8 * frameSamples)
  })

  it('takes any timestamps and lengths of strangers and never holds more than 1.28 s', () => {
    const packet = fc.record({ timestamp: fc.integer({ min: 0, max: 0xffffffff }), samples: fc.nat({ max: 1_460 }) })
    const near = fc.record({ timestamp: fc.nat({ max: 30_000 }), samples: fc.nat({ max: 1_460 }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(packet, near, fc.constant(undefined)), { maxLength: 200 }), (steps) => {
        const buffer = new JitterBuffer()
        for (const step of steps) {
          if (step === undefined) buffer.pop()
          else buffer.push(frame(1, step.samples), step.timestamp)
          if (buffer.held > 10_240) return false
        }
        return true
      }),
      { numRuns: runs },
    )
  })
})
