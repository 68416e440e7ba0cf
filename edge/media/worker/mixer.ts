import { frameSamples, ulawDecode, ulawEncode } from '../g711.ts'

/** What the mixer knows of a leg: what it said in this tick, and whether it may be heard. */
export interface MixedLeg {
  readonly heard: Uint8Array | undefined
  readonly muted: boolean
}

const sampleMax = 32_767

/** A sum without one's own voice, as µ-law; what is too loud is cut. */
function encode(sum: Int32Array, own: Uint8Array | undefined): Uint8Array {
  const frame = new Uint8Array(frameSamples)
  for (let index = 0; index < frameSamples; index += 1) {
    const value = (sum[index] ?? 0) - (own === undefined ? 0 : (ulawDecode[own[index] ?? 255] ?? 0))
    frame[index] = ulawEncode[Math.max(-sampleMax, Math.min(sampleMax, value)) & 0xffff] ?? 255
  }
  return frame
}

/** What each of several legs hears in this tick: the sum of the others (N-1). Legs that say nothing cost nothing. */
export function mix<Leg extends MixedLeg>(legs: readonly Leg[]): Map<Leg, Uint8Array> {
  const speaking = legs.filter((leg) => leg.heard !== undefined && !leg.muted)
  const out = new Map<Leg, Uint8Array>()
  if (speaking.length === 0) return out
  const sum = new Int32Array(frameSamples)
  for (const { heard } of speaking)
    for (let index = 0; index < frameSamples; index += 1)
      sum[index] = (sum[index] ?? 0) + (ulawDecode[heard?.[index] ?? 255] ?? 0)
  const isSpeaking = new Set(speaking)
  let everybody: Uint8Array | undefined
  for (const leg of legs) {
    if (!isSpeaking.has(leg)) {
      everybody ??= encode(sum, undefined)
      out.set(leg, everybody)
    } else if (speaking.length > 1) out.set(leg, encode(sum, leg.heard))
  }
  return out
}
