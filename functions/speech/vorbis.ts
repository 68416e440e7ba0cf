import { PbxError } from '@offhook/shared/pbx-error.ts'
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis'
import { type OggPacket, oggPackets } from './ogg.ts'
import { mixed, type SoundPiece } from './sound-piece.ts'

/** Packets decoded at once: the longest makes 4,096 samples, so that two channels of this many take 2 MB. */
const packetsAtOnce = 64

interface VorbisHeader {
  readonly channels: number
  readonly sampleRate: number
}

/** The identification header, Vorbis I §4.2.2; nothing when it is none. */
export function vorbisHeader(packet: Uint8Array): VorbisHeader | undefined {
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength)
  if (view.length < 30 || view.toString('latin1', 0, 7) !== '\u0001vorbis') return undefined
  return { channels: view.readUInt8(11), sampleRate: view.readUInt32LE(12) }
}

/**
 * Ogg Vorbis, by libvorbis. Our own reader takes the packets from their pages, a bounded number at a time, because the package's reader
 * would decode all packets of a piece of the file at once: those of 64 kB can claim a gigabyte of sound.
 */
export async function* vorbisPieces(file: Uint8Array): AsyncGenerator<SoundPiece> {
  const packets = oggPackets(file)
  const [identification, , setup] = [next(packets), next(packets), next(packets)]
  const header = vorbisHeader(identification)
  if (header === undefined || header.channels > 2 || header.channels < 1)
    throw new PbxError('audio-not-supported', {
      status: 415,
      message: 'Sound of more than two channels is not taken. Send one or two.',
    })
  const decoder = new OggVorbisDecoder()
  await decoder.ready
  try {
    let begins = true
    let made = 0
    for (const some of inBatches(packets)) {
      const frames = some.map(({ bytes }) => ({ data: bytes, header: { vorbisSetup: setup } }))
      const page = { data: begins ? identification : new Uint8Array(), codecFrames: frames, isLastPage: false }
      begins = false
      const { channelData, samplesDecoded, sampleRate } = await decoder.decodeOggPages([page as never])
      const kept = untilEnd(some, made, samplesDecoded)
      made += samplesDecoded
      if (kept > 0) yield { sampleRate, samples: mixed(channelData, kept) }
    }
  } finally {
    decoder.free()
  }
}

/** The end of a file is where its last page says, in the middle of a packet (Vorbis I §A.2). */
function untilEnd(some: readonly OggPacket[], made: number, decoded: number): number {
  const granule = some.at(-1)?.granule
  return granule === undefined || granule < made ? decoded : Math.min(decoded, granule - made)
}

const next = (packets: Iterator<OggPacket>): Uint8Array => {
  const { value, done } = packets.next()
  return done === true ? new Uint8Array() : value.bytes
}

function* inBatches(packets: Generator<OggPacket>): Generator<OggPacket[]> {
  let batch: OggPacket[] = []
  for (const packet of packets) {
    batch.push(packet)
    if (batch.length < packetsAtOnce) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
