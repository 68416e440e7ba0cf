import { expect, it } from 'vitest'
import { frameSamples, ulawDecode, ulawEncode } from '../g711.ts'
import { type MixedLeg, mix } from './mixer.ts'

const said = (value: number) => new Uint8Array(frameSamples).fill(ulawEncode[value & 0xffff] ?? 0)
const leg = (heard?: Uint8Array, muted = false): MixedLeg => ({ heard, muted })
const level = (frame: Uint8Array | undefined) => (frame === undefined ? undefined : ulawDecode[frame[5] ?? 0])

it('everybody hears the others, nobody hears himself, and the muted only listen', () => {
  const [a, b, quiet, muted] = [leg(said(1_000)), leg(said(4_000)), leg(), leg(said(8_000), true)]

  const heard = mix([a, b, quiet, muted])

  expect(level(heard.get(a))).toBeCloseTo(4_000, -3)
  expect(level(heard.get(b))).toBeCloseTo(1_000, -2)
  expect(level(heard.get(quiet))).toBeCloseTo(5_000, -3)
  expect(heard.get(muted)).toBe(heard.get(quiet))
})

it('who talks alone hears nothing, and silence makes no work', () => {
  const [alone, other] = [leg(said(1_000)), leg()]

  expect(mix([alone, other]).has(alone)).toBe(false)
  expect(mix([leg(), leg(), leg()]).size).toBe(0)
})

it('what is too loud is cut, not wrapped', () => {
  const legs = [leg(said(30_000)), leg(said(30_000)), leg(said(-30_000)), leg()]

  expect(level(mix(legs.slice(0, 2).concat(legs[3] ?? [])).get(legs[3] ?? leg()))).toBe(32_124)
  expect(level(mix(legs).get(legs[3] ?? leg()))).toBeGreaterThan(28_000)
})
