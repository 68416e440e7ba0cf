import { MPEGDecoder } from 'mpg123-decoder'
import { mixed, type SoundPiece } from './sound-piece.ts'

/** MPEG bytes decoded at once: 2 s at 64 kbit/s, 16 s at the slowest rate there is. */
const feedBytes = 16 << 10

/** MPEG audio layer III (and II and I), by mpg123. Bytes that are none are passed over; where nothing is, nothing comes. */
export async function* mp3Pieces(bytes: Uint8Array): AsyncGenerator<SoundPiece> {
  const decoder = new MPEGDecoder()
  await decoder.ready
  try {
    for (let at = 0; at < bytes.length; at += feedBytes) {
      const { channelData, samplesDecoded, sampleRate } = decoder.decode(bytes.subarray(at, at + feedBytes))
      if (samplesDecoded > 0 && sampleRate > 0) yield { sampleRate, samples: mixed(channelData, samplesDecoded) }
    }
  } finally {
    decoder.free()
  }
}
