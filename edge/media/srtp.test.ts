import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RtpHeader, SrtcpSession, SrtpSession } from 'werift'
import { writeRtpHeader } from './rtp-packet.ts'
import { deriveKeys, nearestIndex, SrtpReceiver, SrtpSender } from './srtp.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 300)

const master = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6', 'hex')
const key = { master, tagBytes: 10 } as const

function packet(sequence: number, text = 'twenty milliseconds'): Buffer {
  const bytes = Buffer.alloc(12 + text.length)
  writeRtpHeader(bytes, 0, false, sequence & 0xffff, sequence * 160, 0xcafebabe)
  bytes.write(text, 12)
  return bytes
}

describe('SRTP', () => {
  it('derives the keys of RFC 3711 appendix B.3', () => {
    const { cipher, salt, auth } = deriveKeys(master, 0)

    expect(cipher.toString('hex')).toBe('c61e7a93744f39ee10734afe3ff7a087')
    expect(salt.toString('hex')).toBe('30cbbc08863d8c85d49db34a9ae1')
    expect(auth.toString('hex')).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4')
  })

  it('is understood by another implementation, and understands it', () => {
    const keys = {
      localMasterKey: master.subarray(0, 16),
      localMasterSalt: master.subarray(16),
      remoteMasterKey: master.subarray(0, 16),
      remoteMasterSalt: master.subarray(16),
    }
    const other = new SrtpSession({ keys, profile: 1 })
    const otherReports = new SrtcpSession({ keys, profile: 1 })
    const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)]
    const report = Buffer.from('81c90001cafebabe', 'hex')

    for (let sequence = 65_500; sequence < 65_600; sequence += 1) {
      const plain = packet(sequence)
      expect(other.decrypt(sender.protect(plain))).toEqual(plain)
      const header = RtpHeader.deSerialize(plain)
      expect(receiver.unprotect(other.encrypt(plain.subarray(12), header))).toEqual(plain)
    }
    expect(otherReports.decrypt(sender.protectReport(report))).toEqual(report)
    expect(receiver.unprotectReport(otherReports.encrypt(report))).toEqual(report)
  })

  it.each([10, 4] as const)(
    'with a tag of %i bytes opens every packet once, in any order, over the rollover',
    (tagBytes) => {
      const [sender, receiver] = [new SrtpSender({ master, tagBytes }), new SrtpReceiver({ master, tagBytes })]
      const sealed = Array.from({ length: 200 }, (_, index) => sender.protect(packet(65_436 + index)))
      const shuffled = sealed
        .map((bytes, index) => ({ bytes, at: index + ((index * 7) % 30) }))
        .toSorted((a, b) => a.at - b.at)

      for (const { bytes } of shuffled)
        expect(receiver.unprotect(bytes)?.toString('latin1', 12)).toBe('twenty milliseconds')
      for (const { bytes } of shuffled) expect(receiver.unprotect(bytes)).toBeUndefined()
    },
  )

  it('lets nothing through that was changed, replayed or made up', () => {
    const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)]
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const sealed = sender.protect(packet(1_000))
        sealed[at % sealed.length] = (sealed[at % sealed.length] ?? 0) ^ change
        return receiver.unprotect(sealed) === undefined
      }),
      { numRuns: runs },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const made = Buffer.from(bytes)
        return receiver.unprotect(made) === undefined && receiver.unprotectReport(made) === undefined
      }),
      { numRuns: runs },
    )
  })

  it('guesses the rollover counter as RFC 3711 §3.3.1 says', () => {
    expect(nearestIndex(undefined, 5)).toBe(5)
    expect(nearestIndex(65_535, 0)).toBe(65_536)
    expect(nearestIndex(65_536, 65_535)).toBe(65_535)
    expect(nearestIndex(3, 65_530)).toBe(65_530)
    expect(nearestIndex(65_536 * 3 + 10, 9)).toBe(65_536 * 3 + 9)
  })
})
