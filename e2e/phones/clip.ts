import { readFileSync } from 'node:fs'
import { sampleRate } from './tones.ts'

/** As much of a recording as is looked for: long enough to be no other one, short enough to search for at once. */
const clipSamples = sampleRate / 2
/** Likeness of two pieces of sound that are the same but for µ-law, 0 to 1; different words stay under 0.4. */
const likenessMin = 0.9

/** The samples of a WAV file of 16 bits at 8 kHz, one channel. */
export const readWav = (path: string): Int16Array => pcmOf(readFileSync(path))

/** The samples of such a file's bytes; it may still be growing. */
export function pcmOf(bytes: Buffer): Int16Array {
  const data = bytes.indexOf('data') + 8
  return new Int16Array(
    bytes.buffer.slice(bytes.byteOffset + data, bytes.byteOffset + bytes.length - ((bytes.length - data) % 2)),
  )
}

/** The loudest half second of a recording: what it is known by. */
export function clipOf(samples: Int16Array): Int16Array {
  let [loudest, best] = [0, -1]
  for (let start = 0; start + clipSamples <= samples.length; start += clipSamples / 2) {
    const energy = energyOf(samples.subarray(start, start + clipSamples))
    if (energy > best) [loudest, best] = [start, energy]
  }
  return samples.slice(loudest, loudest + clipSamples)
}

function energyOf(samples: Int16Array): number {
  let energy = 0
  for (const sample of samples) energy += sample * sample
  return energy
}

/** Every which sample is compared at first: what is unlike in these is unlike. */
const coarse = 8

/** Where a clip begins in what was heard, by normalised correlation; `undefined` when it is not in it. */
export function findClip(heard: Int16Array, clip: Int16Array): number | undefined {
  const clipEnergy = energyOf(clip)
  let energy = energyOf(heard.subarray(0, clip.length))
  for (let start = 0; start + clip.length <= heard.length; start += 1) {
    // Silence resembles nothing.
    if (energy > clipEnergy / 4 && energy < clipEnergy * 4) {
      const scale = Math.sqrt(energy * clipEnergy)
      const mayBe = (correlate(heard, start, clip, coarse) * coarse) / scale > likenessMin / 2
      if (mayBe && correlate(heard, start, clip, 1) / scale >= likenessMin) return start
    }
    energy += (heard[start + clip.length] ?? 0) ** 2 - (heard[start] ?? 0) ** 2
  }
  return undefined
}

function correlate(heard: Int16Array, start: number, clip: Int16Array, every: number): number {
  let sum = 0
  for (let index = 0; index < clip.length; index += every) sum += (heard[start + index] ?? 0) * (clip[index] ?? 0)
  return sum
}
