import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindOfPacket, parseRtp, sequenceDistance, writeRtpHeader } from './rtp-packet.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 500)

describe('RTP packets', () => {
  it('are read as they were written', () => {
    const bytes = Buffer.alloc(15)
    writeRtpHeader(bytes, 101, true, 65_535, 0xfffffff0, 0xdeadbeef)

    expect(parseRtp(bytes)).toMatchObject({
      payloadType: 101,
      marker: true,
      sequence: 65_535,
      timestamp: 0xfffffff0,
      ssrc: 0xdeadbeef,
    })
  })

  it('lose their CSRCs, extension and padding', () => {
    const header = [0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
    const rest = [9, 9, 9, 9, 0xbe, 0xde, 0, 1, 7, 7, 7, 7, 42, 43, 0, 0, 3]

    expect([...(parseRtp(Buffer.from([...header, ...rest]))?.payload ?? [])]).toEqual([42, 43])
  })

  it('any bytes are a packet within their bounds, or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_600 }), (bytes) => {
        const packet = parseRtp(Buffer.from(bytes))
        return packet === undefined || packet.payload.length <= bytes.length - 12
      }),
      { numRuns: runs },
    )
  })

  it('are told from all else that comes to their port (RFC 7983)', () => {
    expect([0, 22, 128, 255].map((first) => kindOfPacket(Uint8Array.of(first, 0)))).toEqual([
      'stun',
      'dtls',
      'rtp',
      'unknown',
    ])
    expect(kindOfPacket(Uint8Array.of(0x80, 200))).toBe('rtcp')
    expect(kindOfPacket(new Uint8Array())).toBe('unknown')
  })

  it('count round the circle', () => {
    expect([sequenceDistance(65_535, 0), sequenceDistance(0, 65_535), sequenceDistance(5, 5)]).toEqual([1, -1, 0])
  })
})
