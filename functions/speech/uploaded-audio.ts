import { setImmediate } from 'node:timers/promises'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { mp3Pieces } from './mp3.ts'
import { oggPackets } from './ogg.ts'
import { opusHead, opusPieces } from './opus.ts'
import { isUsualRate, Resampler } from './resampler.ts'
import type { SoundPieces } from './sound-piece.ts'
import { vorbisHeader, vorbisPieces } from './vorbis.ts'
import { pcmPieces, telephonyHz, writeWav } from './wav.ts'

/** Longest sound that is kept, seconds: as telephony audio it has 48 MB, and players of prompts take 50. */
export const audioSecondsMax = 3_000
/** Work on one file, ms. Fifty minutes of MP3 took 49 s on a core that others used too. */
export const conversionMsMax = 120_000

export interface TelephonyAudio {
  /** RIFF WAVE, 16-bit PCM, 8 kHz, one channel. */
  readonly wav: Uint8Array
  readonly durationMs: number
}

/** Turns what people upload into telephony audio. Rejects as `telephonyAudio` does. */
export type AudioConverter = (bytes: Uint8Array) => Promise<TelephonyAudio>

const refused = (message: string): PbxError =>
  new PbxError('audio-not-supported', { status: 415, message, details: { field: 'body' } })
const whatToSend = 'Send a WAV, an MP3, or an OGG of Vorbis or Opus.'

/** What else people have, by its first bytes, so that they are told what they sent. */
const others: readonly (readonly [name: string, offset: number, magic: string])[] = [
  ['FLAC', 0, 'fLaC'],
  ['an MP4 (M4A, AAC)', 4, 'ftyp'],
  ['a WebM or Matroska file', 0, '\u001aE\u00df\u00a3'],
  ['an AIFF', 0, 'FORM'],
  ['a Windows Media file', 0, '0&\u00b2u'],
  ['an AMR recording', 0, '#!AMR'],
  ['a MIDI file, which has notes and no sound', 0, 'MThd'],
]

/** A frame of MPEG audio layer III begins with eleven bits set (ISO/IEC 11172-3 §2.4.1.3). */
const isMpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2

/** What a file is, by its content: names and headers say what people like. Throws audio-not-supported (415). */
function piecesOf(bytes: Uint8Array): SoundPieces {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('latin1')
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WAVE') {
    const pieces = pcmPieces(bytes)
    if (pieces !== undefined) return pieces
    throw refused('This WAV is not PCM of 8, 16, 24 or 32 bits in one or two channels. Convert it first.')
  }
  if (text.startsWith('OggS')) return oggPieces(bytes)
  if (text.startsWith('ID3') || isMpeg(bytes)) return mp3Pieces(bytes)
  const other = others.find(([, offset, magic]) => text.startsWith(magic, offset))
  throw refused(
    other === undefined
      ? `This is no sound file that is known here. ${whatToSend}`
      : `This is ${other[0]}, which is not taken. ${whatToSend}`,
  )
}

function oggPieces(bytes: Uint8Array): SoundPieces {
  const first = oggPackets(bytes).next().value?.bytes ?? new Uint8Array()
  if (opusHead(first) !== undefined) return opusPieces(bytes)
  if (vorbisHeader(first) !== undefined) return vorbisPieces(bytes)
  throw refused(`This OGG holds neither Vorbis nor Opus. ${whatToSend}`)
}

/**
 * An uploaded file as telephones play it: WAV of PCM, MP3, OGG of Vorbis or Opus. Throws audio-not-supported (415) naming what it is,
 * audio-empty, audio-broken or audio-too-long (400), audio-too-slow (413). Memory: the result and a few MB.
 */
export async function telephonyAudio(bytes: Uint8Array, msMax = conversionMsMax): Promise<TelephonyAudio> {
  const made = new Growing()
  const until = performance.now() + msMax
  try {
    await convert(piecesOf(bytes), made, until)
  } catch (cause) {
    if (cause instanceof PbxError) throw cause
    throw new PbxError('audio-broken', {
      message: `This file is damaged: it cannot be decoded after ${seconds(made)} s. Save it anew with the program that made it.`,
      details: { field: 'body' },
      cause,
    })
  }
  if (made.length === 0)
    throw new PbxError('audio-empty', {
      message: 'There is no sound in this file, or it is damaged.',
      details: { field: 'body' },
    })
  return {
    wav: writeWav({ sampleRate: telephonyHz, samples: made.samples }),
    durationMs: Math.round((made.length * 1_000) / telephonyHz),
  }
}

async function convert(pieces: SoundPieces, made: Growing, until: number): Promise<void> {
  let resampler: { readonly rate: number; readonly of: Resampler } | undefined
  for await (const { sampleRate, samples } of pieces) {
    // An MP3 may change its rate in the middle.
    if (resampler?.rate !== sampleRate) {
      if (!isUsualRate(sampleRate))
        throw refused(`A rate of ${sampleRate} Hz is not taken. Use a usual one from 8000 to 192000 Hz, such as 44100.`)
      if (resampler !== undefined) made.push(resampler.of.end())
      resampler = { rate: sampleRate, of: new Resampler(sampleRate) }
    }
    made.push(resampler.of.push(samples))
    if (made.length > audioSecondsMax * telephonyHz)
      throw new PbxError('audio-too-long', {
        message: `Sound may last ${audioSecondsMax / 60} minutes here. Send a shorter file.`,
        details: { field: 'body' },
      })
    if (performance.now() > until)
      throw new PbxError('audio-too-slow', {
        status: 413,
        message: 'This file takes too long to decode. Send it as a WAV of 8000 Hz.',
        details: { field: 'body' },
      })
    // Others have their turn between two pieces.
    await setImmediate()
  }
  if (resampler !== undefined) made.push(resampler.of.end())
}

const seconds = ({ length }: Growing): string => (length / telephonyHz).toFixed(1)

/** Samples of 16 bits whose number is not known before. */
class Growing {
  #room = new Int16Array(telephonyHz * 30)
  length = 0

  get samples(): Int16Array {
    return this.#room.subarray(0, this.length)
  }

  push(values: Float32Array): void {
    if (this.length + values.length > this.#room.length) {
      const room = new Int16Array(Math.max(this.#room.length * 2, this.length + values.length))
      room.set(this.samples)
      this.#room = room
    }
    for (let n = 0; n < values.length; n++)
      this.#room[this.length + n] = Math.max(-32_768, Math.min(32_767, Math.round((values[n] ?? 0) * 32_768)))
    this.length += values.length
  }
}
