import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameSamples } from '../g711.ts'
import { parseRtp, type RtpPacket, withHeaderRoom } from '../rtp-packet.ts'
import { OutgoingStream } from './outgoing-stream.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 300)
const payload = new Uint8Array(frameSamples)

const theirs = (sequence: number, more: Partial<RtpPacket> = {}): RtpPacket => ({
  payloadType: 0,
  marker: false,
  sequence: sequence & 0xffff,
  timestamp: (sequence * frameSamples) >>> 0,
  ssrc: 1,
  payload,
  ...more,
})
const numbers = (bytes: Buffer | undefined) => {
  const packet = bytes === undefined ? undefined : parseRtp(bytes)
  return packet && { sequence: packet.sequence, timestamp: packet.timestamp }
}
/** What `b` is ahead of `a`, in packets and samples. */
const ahead = (a: Buffer | undefined, b: Buffer | undefined) => {
  const [from, to] = [numbers(a), numbers(b)]
  if (from === undefined || to === undefined) return undefined
  return [((to.sequence - from.sequence) << 16) >> 16, (to.timestamp - from.timestamp) | 0]
}

describe('what is sent to a leg', () => {
  it('goes on without a seam from the clock to a peer, to another peer, and back', () => {
    const out = new OutgoingStream()
    const relay = (packet: RtpPacket) => out.relay(packet, withHeaderRoom(payload), 0, frameSamples)
    const sent = [
      out.frame(payload, 0),
      out.frame(payload, 0),
      relay(theirs(7_000)),
      relay(theirs(7_001)),
      relay(theirs(50, { ssrc: 2 })),
      relay(theirs(51, { ssrc: 2 })),
      out.frame(payload, 0),
    ]

    for (const [index, packet] of sent.slice(1).entries()) expect(ahead(sent[index], packet)).toEqual([1, frameSamples])
    expect(new Set(sent.map((packet) => packet?.readUInt32BE(8))).size).toBe(1)
  })

  it('keeps the order and the gaps of a peer, over its rollover', () => {
    const out = new OutgoingStream()
    out.frame(payload, 0)
    const first = out.relay(theirs(65_530), withHeaderRoom(payload), 0, frameSamples)
    const order = [2, 1, 5, 4, 8]

    const gaps = order.map((index) =>
      ahead(first, out.relay(theirs(65_530 + index), withHeaderRoom(payload), 0, frameSamples)),
    )

    expect(gaps).toEqual(order.map((index) => [index, index * frameSamples]))
  })

  it('what comes too late after the clock took over is let go', () => {
    const out = new OutgoingStream()
    out.relay(theirs(10), withHeaderRoom(payload), 0, frameSamples)
    out.frame(payload, 0)
    out.relay(theirs(20), withHeaderRoom(payload), 0, frameSamples)

    expect(out.relay(theirs(19), withHeaderRoom(payload), 0, frameSamples)).toBeUndefined()
    expect(out.relay(theirs(21), withHeaderRoom(payload), 0, frameSamples)).toBeDefined()
  })

  it('packets that are not passed on leave no hole', () => {
    const out = new OutgoingStream()
    const before = out.relay(theirs(10), withHeaderRoom(payload), 0, frameSamples)
    out.skip(1)

    expect(ahead(before, out.relay(theirs(12), withHeaderRoom(payload), 0, frameSamples))?.[0]).toBe(1)
  })

  it('time goes on under a digit, whose packets share one timestamp', () => {
    const out = new OutgoingStream()
    const before = out.frame(payload, 0)
    const at = out.timestamp
    const events = [0, 1, 2].map((index) => out.event(Uint8Array.of(1, 10, 0, 160), 101, index === 0, at))
    const after = out.frame(payload, 0)

    expect(events.map((event) => ahead(before, event))).toEqual([1, 2, 3].map((step) => [step, frameSamples]))
    expect(ahead(before, after)).toEqual([4, 4 * frameSamples])
  })

  it('never jumps by more than a stranger’s second, whatever numbers a peer sends', () => {
    const packets = fc.array(fc.record({ sequence: fc.nat(65_535), timestamp: fc.nat(0xffffffff), ssrc: fc.nat(2) }))
    fc.assert(
      fc.property(packets, (all) => {
        const out = new OutgoingStream()
        let before = out.frame(payload, 0)
        return all.every((packet) => {
          const sent = out.relay(theirs(0, packet), withHeaderRoom(payload), 0, frameSamples)
          const [steps = 0, samples = 0] = ahead(before, sent) ?? []
          before = sent ?? before
          return Math.abs(steps) <= 2_000 && Math.abs(samples) <= 160_320
        })
      }),
      { numRuns: runs },
    )
  })
})
