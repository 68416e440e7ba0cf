/** A stretch of sound in one channel, samples from -1 to 1: what every decoder gives, a little at a time. */
export interface SoundPiece {
  readonly sampleRate: number
  readonly samples: Float32Array
}

/** Nothing of the file is needed but the next piece: an hour of music never lies in memory decoded. */
export type SoundPieces = AsyncIterable<SoundPiece>

/** Two channels as one; more than two are no telephony matter and were refused before. */
export function mixed(channels: readonly Float32Array[], length: number): Float32Array {
  const [left, right] = channels
  if (left === undefined) return new Float32Array()
  const samples = new Float32Array(length)
  for (let n = 0; n < length; n++)
    samples[n] = right === undefined ? (left[n] ?? 0) : ((left[n] ?? 0) + (right[n] ?? 0)) / 2
  return samples
}
