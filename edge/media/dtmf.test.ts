import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DigitReceiver, eventPayloads, tonesOf } from './dtmf.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 500)

describe('digits of RFC 4733', () => {
  it('come out once each and in order although packets are lost and doubled', () => {
    const digits = fc.stringMatching(/^[0-9*#A-D]{1,12}$/)
    fc.assert(
      fc.property(digits, fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }), (keys, lost) => {
        const receiver = new DigitReceiver()
        let [timestamp, heard, packets] = [0xfffffc00, '', 0]
        for (const key of keys.split('')) {
          for (const [at, { bytes }] of eventPayloads(key, 100).entries()) {
            packets += 1
            // The last one always arrives: a digit whose every packet is lost is lost.
            if (lost[packets % lost.length] === true && at !== 6) continue
            for (const _ of [1, 2]) heard += receiver.receive(bytes, timestamp, packets * 20) ?? ''
          }
          timestamp = (timestamp + 1_600) >>> 0
        }
        return heard === keys
      }),
      { numRuns: runs },
    )
  })

  it('a key held for half a minute is one digit, segment after segment', () => {
    const receiver = new DigitReceiver()
    const packet = Uint8Array.of(5, 10, 0xff, 0xff)

    const heard = [0, 1, 2, 3].map((segment) => receiver.receive(packet, segment * 0xffff, segment * 8_192))

    expect(heard).toEqual(['5', undefined, undefined, undefined])
  })

  it('an end that comes late is not the digit again, and the same timestamp a minute later is another', () => {
    const receiver = new DigitReceiver()
    const [one, two] = [Uint8Array.of(1, 0x8a, 3, 32), Uint8Array.of(2, 10, 0, 160)]

    const heard = [
      receiver.receive(one, 8_000, 0),
      receiver.receive(two, 9_600, 200),
      receiver.receive(one, 8_000, 210),
      receiver.receive(two, 9_600, 70_000),
    ]

    expect(heard).toEqual(['1', '2', undefined, '2'])
  })

  it('nothing malformed is a digit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        const digit = new DigitReceiver().receive(bytes, 0, 0)
        return digit === undefined || (bytes.length >= 4 && (bytes[0] ?? 99) < 16)
      }),
      { numRuns: runs },
    )
  })

  it('are sent with durations that grow, and an end that is said three times', () => {
    const packets = eventPayloads('#', 100)

    expect(packets.map(({ first }) => first)).toEqual([true, false, false, false, false, false, false])
    expect(packets.map(({ bytes }) => ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0))).toEqual([
      160, 320, 480, 640, 800, 800, 800,
    ])
    expect(packets.map(({ bytes }) => (bytes[1] ?? 0) >> 7)).toEqual([0, 0, 0, 0, 1, 1, 1])
    expect(packets.every(({ bytes }) => bytes[0] === 11)).toBe(true)
  })

  it('have the tones of the keypad', () => {
    expect(['1', '5', '*', '0', '#', 'D', 'x'].map((key) => [...tonesOf(key)])).toEqual([
      [697, 1_209],
      [770, 1_336],
      [941, 1_209],
      [941, 1_336],
      [941, 1_477],
      [941, 1_633],
      [],
    ])
  })
})
