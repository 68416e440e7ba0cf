/** Tones and what can be found of them: all at 8 kHz, 16 bit, one channel. */
export const sampleRate = 8_000

export function sine(frequencyHz: number, seconds: number, amplitude = 8_000): Int16Array {
  return Int16Array.from({ length: seconds * sampleRate }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRate)),
  )
}

/** A WAV file of the samples. */
export function pcmWav(samples: Int16Array): Buffer {
  const head = Buffer.alloc(44)
  const bytes = samples.length * 2
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + bytes, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(sampleRate, 24)
  head.writeUInt32LE(sampleRate * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(bytes, 40)
  return Buffer.concat([head, Buffer.from(samples.buffer, samples.byteOffset, bytes)])
}

/** Part of the energy that lies at a frequency, 0 to 1 (Goertzel). */
export function share(samples: Int16Array, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRate)
  let [before, last, energy] = [0, 0, 0]
  for (const sample of samples) {
    const next = sample + coefficient * last - before
    before = last
    last = next
    energy += sample * sample
  }
  const power = before * before + last * last - coefficient * before * last
  return energy === 0 ? 0 : (2 * power) / (energy * samples.length)
}

const windowSamples = sampleRate / 50

/** Milliseconds, in windows of 20, in which a frequency makes up most of what is heard. */
export function millisecondsOf(samples: Int16Array, frequencyHz: number): number {
  let windows = 0
  for (let start = 0; start + windowSamples <= samples.length; start += windowSamples)
    if (share(samples.subarray(start, start + windowSamples), frequencyHz) > 0.8) windows += 1
  return windows * 20
}

/** Longest gap inside a tone, ms: from its first to its last window. */
export function longestGapMs(samples: Int16Array, frequencyHz: number): number {
  let [gap, longest, hasBegun] = [0, 0, false]
  for (let start = 0; start + windowSamples <= samples.length; start += windowSamples) {
    if (share(samples.subarray(start, start + windowSamples), frequencyHz) > 0.8) {
      if (hasBegun) longest = Math.max(longest, gap)
      hasBegun = true
      gap = 0
    } else gap += 20
  }
  return longest
}
