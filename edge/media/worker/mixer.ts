import { frameSamples, ulawDecode, ulawEncode } from '../g711.ts'
import type { RtpSession } from './rtp-session.ts'

/** What each of several legs hears in this tick: the sum of the others. Legs that say nothing cost nothing. */
export function mix(legs: readonly RtpSession[]): Map<RtpSession, Uint8Array> {
  const speaking = legs.filter((leg) => leg.heard !== undefined && !leg.muted)
  const out = new Map<RtpSession, Uint8Array>()
  if (speaking.length === 0) return out
  const sum = new Int32Array(frameSamples)
  for (const leg of speaking)
    for (let index = 0; index < frameSamples; index += 1)
      sum[index] = (sum[index] ?? 0) + (ulawDecode[leg.heard?.[index] ?? 255] ?? 0)
  const encode = (own: Uint8Array | undefined): Uint8Array => {
    const frame = new Uint8Array(frameSamples)
    for (let index = 0; index < frameSamples; index += 1) {
      const value = (sum[index] ?? 0) - (own === undefined ? 0 : (ulawDecode[own[index] ?? 255] ?? 0))
      frame[index] = ulawEncode[Math.max(-32_768, Math.min(32_767, value)) & 0xffff] ?? 255
    }
    return frame
  }
  let everybody: Uint8Array | undefined
  for (const leg of legs) {
    if (!speaking.includes(leg)) {
      everybody ??= encode(undefined)
      out.set(leg, everybody)
    } else if (speaking.length > 1) out.set(leg, encode(leg.heard))
  }
  return out
}
