import { describe, expect, it } from 'vitest'
import { Reception } from '../reception.ts'
import { senderReport } from '../rtcp.ts'
import { Reports } from './reports.ts'

const ours = { ssrc: 0x11111111, packets: 200 }
const theirs = { ssrc: 0x22222222, packets: 0, octets: 0, timestamp: 0 }

/** The report of a far end that heard us with gaps. */
function reportOf(lost: number): Buffer {
  const reception = new Reception()
  for (let index = 0; index < 200; index += 1)
    if (index >= lost || index === 0) reception.heard(index, index * 160, index * 20)
  return senderReport(theirs, { ssrc: ours.ssrc, reception, lastSr: 0, lastSrAtMs: 0 }, 0)
}

describe('what the far end hears of us', () => {
  it('is what its last report says', () => {
    const reports = new Reports(0)
    expect(reports.farEnd).toBeUndefined()

    reports.read(reportOf(5), ours, 0)
    reports.read(reportOf(21), ours, 0)

    expect(reports.farEnd?.lossPercent).toBe(10)
    expect(reports.farEnd?.jitterMs).toBeLessThan(30)
  })

  it('is nothing where the report is of somebody else, or we sent nothing; and never more than all', () => {
    const reports = new Reports(0)
    reports.read(reportOf(5), { ...ours, ssrc: 7 }, 0)
    reports.read(reportOf(5), { ...ours, packets: 0 }, 0)
    expect(reports.farEnd).toBeUndefined()

    reports.read(reportOf(150), { ...ours, packets: 10 }, 0)

    expect(reports.farEnd?.lossPercent).toBe(100)
  })
})
