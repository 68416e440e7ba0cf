import { describe, expect, it } from 'vitest'
import { alawDecode, alawEncode, alawToUlaw, ulawDecode, ulawEncode, ulawToAlaw } from './g711.ts'

describe('G.711', () => {
  it('decodes what it encodes to the same code, both laws', () => {
    for (let code = 0; code < 256; code += 1) {
      expect(ulawDecode[ulawEncode[(ulawDecode[code] ?? 0) & 0xffff] ?? 0]).toBe(ulawDecode[code])
      expect(alawDecode[alawEncode[(alawDecode[code] ?? 0) & 0xffff] ?? 0]).toBe(alawDecode[code])
    }
  })

  it('has the extremes of the standard', () => {
    expect([ulawDecode[0x00], ulawDecode[0x80], ulawDecode[0xff]]).toEqual([-32_124, 32_124, 0])
    expect([alawDecode[0x2a], alawDecode[0xaa], alawDecode[0xd5]]).toEqual([-32_256, 32_256, 8])
  })

  it('one law as the other stays as loud', () => {
    for (let code = 0; code < 256; code += 1) {
      const [there, loud] = [alawDecode[ulawToAlaw[code] ?? 0] ?? 0, ulawDecode[code] ?? 0]
      expect(Math.abs(there - loud)).toBeLessThanOrEqual(Math.max(8, Math.abs(loud) * 0.05))
      const back = ulawDecode[alawToUlaw[code] ?? 0] ?? 0
      expect(Math.abs(back - (alawDecode[code] ?? 0))).toBeLessThanOrEqual(Math.max(16, Math.abs(back) * 0.05))
    }
  })
})
