import { PbxError } from '@offhook/shared/pbx-error.ts'
import { OpusDecoder } from 'opus-decoder'
import { oggPackets } from './ogg.ts'
import { mixed, type SoundPiece } from './sound-piece.ts'
import { telephonyHz } from './wav.ts'

/** Granules of Opus always count samples of 48 kHz, RFC 7845 §4. */
const perSample = 48_000 / telephonyHz
/** Packets decoded at once: 120 ms each at the most, RFC 6716 §2. */
const packetsAtOnce = 50

interface OpusHead {
  readonly channels: number
  readonly preSkip: number
  readonly mapping: number
}

/** The identification header, RFC 7845 §5.1; nothing when it is none. */
export function opusHead(packet: Uint8Array): OpusHead | undefined {
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength)
  if (view.length < 19 || view.toString('latin1', 0, 8) !== 'OpusHead') return undefined
  return { channels: view.readUInt8(9), preSkip: view.readUInt16LE(10), mapping: view.readUInt8(18) }
}

/** Ogg Opus, by libopus, which makes one channel of 8 kHz of it by itself. */
export async function* opusPieces(file: Uint8Array): AsyncGenerator<SoundPiece> {
  const packets = oggPackets(file)
  const head = opusHead(packets.next().value?.bytes ?? new Uint8Array())
  if (head === undefined || head.mapping !== 0 || head.channels > 2)
    throw new PbxError('audio-not-supported', {
      status: 415,
      message: 'Sound of more than two channels is not taken. Send one or two.',
    })
  packets.next()
  const decoder = new OpusDecoder({ sampleRate: telephonyHz, channels: 1, streamCount: 1, coupledStreamCount: 0 })
  await decoder.ready
  try {
    let skip = Math.round(head.preSkip / perSample)
    let made = 0
    let frames: Uint8Array[] = []
    const decode = (end: number | undefined): SoundPiece => {
      const { channelData, samplesDecoded } = decoder.decodeFrames(frames)
      frames = []
      const from = Math.min(skip, samplesDecoded)
      skip -= from
      const limit = end === undefined ? samplesDecoded : Math.max(from, from + end - made)
      const samples = mixed(channelData, samplesDecoded).subarray(from, Math.min(samplesDecoded, limit))
      made += samples.length
      return { sampleRate: telephonyHz, samples }
    }
    for (const { bytes, granule } of packets) {
      frames.push(bytes)
      // A page says where the sound is once its last packet is heard; the last one may end in the middle of it (§4.4).
      const end = granule === undefined ? undefined : Math.round((granule - head.preSkip) / perSample)
      if (granule !== undefined || frames.length >= packetsAtOnce) yield decode(end)
    }
    if (frames.length > 0) yield decode(undefined)
  } finally {
    decoder.free()
  }
}
