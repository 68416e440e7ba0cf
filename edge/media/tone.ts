import { ulawEncode, ulawSilence } from './g711.ts'
import type { AudioSource } from './media-engine.ts'

/** Longest tone made at once; longer ones are repeated. */
const toneMsMax = 60_000
/** Peak of each frequency, so that a pair stays clear of clipping (about −13 dBm0 each). */
const peak = 6_000

/** The samples of a tone or silence in µ-law, 8 kHz. */
export function renderSource(source: Exclude<AudioSource, { kind: 'file' }>): Uint8Array {
  if (source.kind === 'silence') return new Uint8Array(Math.min(source.durationMs, toneMsMax) * 8).fill(ulawSilence)
  const parts: number[] = []
  for (const { frequenciesHz, onMs, offMs } of source.cadence) {
    for (let sample = 0; sample < onMs * 8 && parts.length < toneMsMax * 8; sample += 1) {
      const value = frequenciesHz.reduce((sum, hz) => sum + peak * Math.sin((2 * Math.PI * hz * sample) / 8_000), 0)
      parts.push(ulawEncode[Math.round(value) & 0xffff] ?? ulawSilence)
    }
    for (let sample = 0; sample < offMs * 8 && parts.length < toneMsMax * 8; sample += 1) parts.push(ulawSilence)
  }
  return Uint8Array.from(parts)
}
