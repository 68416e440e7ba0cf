import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reception } from './reception.ts'
import { byeReport, compactNtp, readReport, senderReport } from './rtcp.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 500)
const us = { ssrc: 0x11111111, packets: 10, octets: 1_600, timestamp: 99 }
const theirs = 0x22222222

/** A stream of which every tenth packet is lost and every third comes 8 ms late. */
function lossy(): Reception {
  const reception = new Reception()
  for (let index = 0; index < 100; index += 1)
    if (index % 10 !== 5)
      reception.heard((65_500 + index) & 0xffff, index * 160, index * 20 + (index % 3 === 0 ? 8 : 0))
  return reception
}

describe('RTCP', () => {
  it('tells loss and jitter, over the rollover', () => {
    const reception = lossy()

    expect(reception).toMatchObject({ received: 90, lost: 10, expected: 100 })
    expect(reception.jitter / 8).toBeGreaterThan(3)
    expect(reception.jitter / 8).toBeLessThan(8)
  })

  it('the round trip is found from the far end’s answer to our report', () => {
    const nowMs = 1_790_000_000_000
    const first = senderReport(us, undefined, nowMs)
    const { lastSr = 0 } = readReport(first, theirs, nowMs + 30)
    const heard = { ssrc: us.ssrc, reception: lossy(), lastSr, lastSrAtMs: nowMs + 30 }
    const answer = senderReport({ ...us, ssrc: theirs }, heard, nowMs + 1_030)

    const report = readReport(answer, us.ssrc, nowMs + 1_060)

    expect(lastSr).toBe(compactNtp(nowMs))
    expect(report.roundTripMs).toBeCloseTo(60, -0.5)
    expect(report.fractionLost).toBeCloseTo(0.1, 1)
    expect(report.packetsLost).toBe(10)
    expect((report.jitter ?? 0) / 8).toBeCloseTo(lossy().jitter / 8, 0)
  })

  it('who has sent nothing reports as a receiver, and who leaves says so', () => {
    const report = senderReport(
      { ...us, packets: 0 },
      { ssrc: theirs, reception: lossy(), lastSr: 0, lastSrAtMs: 0 },
      0,
    )

    expect(report.readUInt8(1)).toBe(201)
    expect(readReport(report, theirs, 0).fractionLost).toBeCloseTo(0.1, 1)
    expect(byeReport(us.ssrc).toString('hex')).toBe('81cb000111111111')
  })

  it('any bytes are read to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_600 }), (bytes) => {
        readReport(Buffer.from(bytes), us.ssrc, 0)
        return true
      }),
      { numRuns: runs },
    )
  })
})
