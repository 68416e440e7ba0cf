import { open, stat } from 'node:fs/promises'
import { alawDecode, ulawDecode, ulawEncode } from './g711.ts'

/** Longest file that is played, bytes (a service limit of SMA prompts is 50 MB). */
export const wavBytesMax = 50 << 20
const headerBytes = 44

export interface WavFormat {
  readonly encoding: 'pcm' | 'ulaw' | 'alaw'
  readonly channels: number
  readonly sampleRate: number
  readonly bits: number
  readonly dataOffset: number
  readonly dataBytes: number
}

/** Header of 16-bit PCM at 8 kHz. Sizes stay at their largest until the file is finished: a reader then takes what is there. */
export function wavHeader(channels: number, dataBytes: number | undefined): Buffer {
  const header = Buffer.alloc(headerBytes)
  const size = dataBytes ?? 0xffffffff - 36
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(size + 36, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(8_000, 24)
  header.writeUInt32LE(8_000 * channels * 2, 28)
  header.writeUInt16LE(channels * 2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(size, 40)
  return header
}

const encodings: Readonly<Record<number, WavFormat['encoding']>> = { 1: 'pcm', 6: 'alaw', 7: 'ulaw' }
/** The real format stands further behind, as the first bytes of a GUID (WAVEFORMATEXTENSIBLE). */
const extensible = 0xfffe

function readFormat(bytes: Buffer, at: number): Omit<WavFormat, 'dataOffset' | 'dataBytes'> | undefined {
  const tag = bytes.readUInt16LE(at)
  const encoding = encodings[tag === extensible && at + 26 <= bytes.length ? bytes.readUInt16LE(at + 24) : tag]
  if (encoding === undefined) return undefined
  return {
    encoding,
    channels: bytes.readUInt16LE(at + 2),
    sampleRate: bytes.readUInt32LE(at + 4),
    bits: bytes.readUInt16LE(at + 14),
  }
}

/** Finds format and data of a RIFF WAVE file; `undefined` when it is none or of a kind not played. Bounded by its length. */
export function parseWav(bytes: Buffer): WavFormat | undefined {
  if (
    bytes.length < headerBytes ||
    bytes.toString('latin1', 0, 4) !== 'RIFF' ||
    bytes.toString('latin1', 8, 12) !== 'WAVE'
  )
    return undefined
  let format: Omit<WavFormat, 'dataOffset' | 'dataBytes'> | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    const dataOffset = at + 8
    if (id === 'fmt ' && at + 24 <= bytes.length) format = readFormat(bytes, dataOffset)
    // A recording cut short by a crash says more than there is.
    if (id === 'data') return format && { ...format, dataOffset, dataBytes: Math.min(size, bytes.length - dataOffset) }
    at += 8 + size + (size & 1)
  }
  return undefined
}

/** The audio of a WAV file as 8 kHz mono µ-law, made a stretch at a time: first channel, more than 8 kHz thinned out by averaging. */
export interface UlawAudio {
  /** Grows to its whole length. */
  readonly samples: Uint8Array
  /** Makes so many more samples; false when all are made. */
  makeMore(samples: number): boolean
}

/** Throws where the file is none that is played. */
export function ulawOf(bytes: Buffer): UlawAudio {
  const format = parseWav(bytes)
  if (
    format === undefined ||
    format.channels < 1 ||
    format.channels > 2 ||
    format.sampleRate % 8_000 !== 0 ||
    format.sampleRate > 48_000
  )
    throw new Error('not a WAV file of 8, 16, 24, 32 or 48 kHz')
  const { encoding, channels, dataOffset, dataBytes } = format
  const width = encoding === 'pcm' ? 2 : 1
  if (encoding === 'pcm' && format.bits !== 16) throw new Error('not 16-bit PCM')
  const frames = Math.floor(dataBytes / (width * channels))
  const thin = format.sampleRate / 8_000
  const samples = new Uint8Array(Math.floor(frames / thin))
  const sample = (frame: number): number => {
    const at = dataOffset + frame * width * channels
    if (encoding === 'pcm') return bytes.readInt16LE(at)
    return (encoding === 'ulaw' ? ulawDecode : alawDecode)[bytes[at] ?? 0] ?? 0
  }
  let made = 0
  return {
    samples,
    makeMore(more) {
      const until = Math.min(samples.length, made + more)
      for (; made < until; made += 1) {
        let sum = 0
        for (let part = 0; part < thin; part += 1) sum += sample(made * thin + part)
        samples[made] = ulawEncode[Math.round(sum / thin) & 0xffff] ?? 0xff
      }
      return made < samples.length
    },
  }
}

/** The same, whole. Throws as `ulawOf` does. */
export function wavToUlaw(bytes: Buffer): Uint8Array {
  const audio = ulawOf(bytes)
  audio.makeMore(audio.samples.length)
  return audio.samples
}

/** Gives a recording that was cut off its right sizes. Answers with its length, ms; 0 when it is none of ours. */
export async function repairWav(path: string): Promise<number> {
  const { size } = await stat(path)
  if (size < headerBytes) return 0
  const file = await open(path, 'r+')
  try {
    const header = Buffer.alloc(headerBytes)
    await file.read(header, 0, headerBytes, 0)
    if (header.toString('latin1', 0, 4) !== 'RIFF' || header.toString('latin1', 36, 40) !== 'data') return 0
    const channels = header.readUInt16LE(22)
    const dataBytes = (size - headerBytes) & ~(channels * 2 - 1)
    if (header.readUInt32LE(40) !== dataBytes) {
      await file.write(wavHeader(channels, dataBytes), 0, headerBytes, 0)
      await file.sync()
    }
    return Math.round(dataBytes / (channels * 16))
  } finally {
    await file.close()
  }
}
