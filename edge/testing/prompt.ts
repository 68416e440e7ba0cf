import { wavHeader } from '../media/wav.ts'

const sampleRate = 8_000

/** A WAV file of a slowly changing tone that stands in for speech, seconds long: 8 kHz, 16 bit, one channel. */
export function promptWav(seconds: number): Buffer {
  const samples = Int16Array.from({ length: seconds * sampleRate }, (_, index) => {
    const at = index / sampleRate
    return Math.round(6_000 * Math.sin(2 * Math.PI * (300 + 200 * Math.sin(at)) * at))
  })
  return Buffer.concat([wavHeader(1, samples.byteLength), Buffer.from(samples.buffer)])
}
