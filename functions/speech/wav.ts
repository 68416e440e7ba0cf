/** RIFF WAVE of PCM, as telephony uses it: 16-bit mono. Only the `fmt ` and `data` chunks are read. */
import type { SoundPiece } from './sound-piece.ts'

export const telephonyHz = 8_000

export interface Wav {
  readonly sampleRate: number
  readonly samples: Int16Array
}

const headerBytes = 44

export function writeWav({ sampleRate, samples }: Wav): Uint8Array {
  const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
  const bytes = Buffer.alloc(headerBytes + data.length)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(36 + data.length, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(sampleRate, 24)
  bytes.writeUInt32LE(sampleRate * 2, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(data.length, 40)
  bytes.set(data, headerBytes)
  return bytes
}

interface Layout {
  /** 1 is PCM, 3 is floating point; others are codecs. */
  readonly coding: number
  readonly sampleRate: number
  readonly channels: number
  readonly bitsPerSample: number
  readonly bytesPerSecond: number
  readonly dataOffset: number
  readonly dataBytes: number
}

/** Chunks looked at before giving up. */
const chunksMax = 16

/** Where the audio of a WAV lies, or nothing when the bytes are none. `totalBytes` when only the beginning was read. */
function layoutOf(bytes: Uint8Array, totalBytes: number): Layout | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < 12 || view.toString('latin1', 0, 4) !== 'RIFF' || view.toString('latin1', 8, 12) !== 'WAVE')
    return undefined
  let format: Omit<Layout, 'dataOffset' | 'dataBytes'> | undefined
  for (let at = 12, chunk = 0; at + 8 <= view.length && chunk < chunksMax; chunk++) {
    const name = view.toString('latin1', at, at + 4)
    const length = view.readUInt32LE(at + 4)
    if (name === 'fmt ' && at + 24 <= view.length)
      format = {
        coding: codingAt(view, at + 8, length),
        channels: view.readUInt16LE(at + 10),
        sampleRate: view.readUInt32LE(at + 12),
        bytesPerSecond: view.readUInt32LE(at + 16),
        bitsPerSample: view.readUInt16LE(at + 22),
      }
    if (name === 'data' && format !== undefined)
      // A header that was never mended, after a crash, says more or less than there is.
      return { ...format, dataOffset: at + 8, dataBytes: Math.max(0, Math.min(length, totalBytes - at - 8)) }
    at += 8 + length + (length % 2)
  }
  return undefined
}

/** The coding a format names; WAVE_FORMAT_EXTENSIBLE names it in its sub-format. */
const codingAt = (view: Buffer, at: number, length: number): number => {
  const coding = view.readUInt16LE(at)
  return coding === 0xfffe && length >= 40 && at + 26 <= view.length ? view.readUInt16LE(at + 24) : coding
}

/** Samples of a piece of PCM. */
const pieceSamples = 32_768

/** PCM of 8 to 32 bits or 32-bit floating point, in one channel: two are mixed. Nothing when it is anything else. */
export function pcmPieces(bytes: Uint8Array): AsyncIterable<SoundPiece> | undefined {
  const layout = layoutOf(bytes, bytes.length)
  if (layout === undefined || layout.channels < 1 || layout.channels > 2) return undefined
  const read = sampleReader(layout)
  return read === undefined ? undefined : piecesIn(bytes, layout, read)
}

async function* piecesIn(
  bytes: Uint8Array,
  { bitsPerSample, channels, dataOffset, dataBytes, sampleRate }: Layout,
  read: SampleReader,
): AsyncGenerator<SoundPiece> {
  const frame = (bitsPerSample / 8) * channels
  const data = Buffer.from(bytes.buffer, bytes.byteOffset + dataOffset, dataBytes)
  const frames = Math.floor(dataBytes / frame)
  for (let begin = 0; begin < frames; begin += pieceSamples) {
    const samples = new Float32Array(Math.min(pieceSamples, frames - begin))
    for (let n = 0; n < samples.length; n++) {
      const at = (begin + n) * frame
      const first = read(data, at)
      samples[n] = channels === 1 ? first : (first + read(data, at + frame / 2)) / 2
    }
    yield { sampleRate, samples }
  }
}

type SampleReader = (data: Buffer, at: number) => number

/** How a sample is read, from -1 to 1. */
function sampleReader({ coding, bitsPerSample }: Layout): SampleReader | undefined {
  const finite = (value: number) => (Number.isFinite(value) ? value : 0)
  if (coding === 3 && bitsPerSample === 32) return (data, at) => finite(data.readFloatLE(at))
  if (coding !== 1) return undefined
  // Eight bits are without a sign, more have one (RIFF WAVE, "Data Format of the Samples").
  if (bitsPerSample === 8) return (data, at) => (data.readUInt8(at) - 128) / 128
  if (bitsPerSample === 16) return (data, at) => data.readInt16LE(at) / 32_768
  if (bitsPerSample === 24) return (data, at) => data.readIntLE(at, 3) / 8_388_608
  return bitsPerSample === 32 ? (data, at) => data.readInt32LE(at) / 2_147_483_648 : undefined
}

/** The samples of a 16-bit mono PCM WAV, or nothing when it is anything else. */
export function readWav(bytes: Uint8Array): Wav | undefined {
  const layout = layoutOf(bytes, bytes.length)
  if (layout === undefined || layout.channels !== 1 || layout.bitsPerSample !== 16) return undefined
  const data = bytes.subarray(layout.dataOffset, layout.dataOffset + layout.dataBytes)
  return { sampleRate: layout.sampleRate, samples: samplesOf(data) }
}

/** 16-bit little-endian samples, copied: bytes of the network or of a file begin anywhere in memory. */
export function samplesOf(pcm: Uint8Array): Int16Array {
  const copy = new Uint8Array(pcm.length - (pcm.length % 2))
  copy.set(pcm.subarray(0, copy.length))
  return new Int16Array(copy.buffer)
}

/** Milliseconds of sound in a WAV of any coding, from its first bytes and its length; nothing when it is none. */
export function wavDurationMs(firstBytes: Uint8Array, totalBytes = firstBytes.length): number | undefined {
  const layout = layoutOf(firstBytes, totalBytes)
  if (layout === undefined || layout.bytesPerSecond === 0) return undefined
  return Math.round((layout.dataBytes * 1_000) / layout.bytesPerSecond)
}

/** Taps of the low-pass in front of the decimation: a Hamming-windowed sinc, -6 dB at 3.6 kHz, flat over the telephone band. */
const taps = 63
const cutOffHz = 3_600

/** Brings samples down to 8 kHz by a whole factor (16 → 2, 24 → 3 …). Throws a RangeError for other rates. */
export function toTelephony({ sampleRate, samples }: Wav): Wav {
  const factor = sampleRate / telephonyHz
  if (!Number.isInteger(factor) || factor < 1) throw new RangeError(`Cannot bring ${sampleRate} Hz to 8 kHz.`)
  if (factor === 1) return { sampleRate, samples }
  const filter = lowPass(sampleRate)
  const out = new Int16Array(Math.floor(samples.length / factor))
  for (let n = 0; n < out.length; n++) {
    let sum = 0
    for (let k = 0; k < taps; k++) sum += (filter[k] ?? 0) * (samples[n * factor + k - (taps - 1) / 2] ?? 0)
    out[n] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  }
  return { sampleRate: telephonyHz, samples: out }
}

function lowPass(sampleRate: number): Float64Array {
  const filter = new Float64Array(taps)
  const ratio = cutOffHz / sampleRate
  for (let k = 0; k < taps; k++) {
    const x = k - (taps - 1) / 2
    const sinc = x === 0 ? 2 * ratio : Math.sin(2 * Math.PI * ratio * x) / (Math.PI * x)
    filter[k] = sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * k) / (taps - 1)))
  }
  const gain = filter.reduce((sum, tap) => sum + tap, 0)
  return filter.map((tap) => tap / gain)
}
