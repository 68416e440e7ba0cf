import { setImmediate } from 'node:timers/promises'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { readPcm, telephonyHz, writeWav } from './wav.ts'

/** Half the width of the low-pass, samples at 8 kHz, and where it lets half through: flat over the telephone band. */
const halfWidth = 16
const cutOffHz = 3_600
/** Places between two samples that a filter is made for; common rates need 320 at the most (11,025 Hz). */
const phasesMax = 320
const rateMax = 192_000
/** Samples made before calls have their turn. */
const atOnce = 20_000

export interface TelephonyAudio {
  /** RIFF WAVE, 16-bit PCM, 8 kHz, one channel. */
  readonly wav: Uint8Array
  readonly durationMs: number
}

const refused = (message: string): PbxError => new PbxError('audio-not-supported', { status: 415, message })

/** What a file is, by its content: names and headers say what people like. */
function formatOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  if (text.startsWith('RIFF') && text.endsWith('WAVE')) return 'WAV'
  if (text.startsWith('OggS')) return 'OGG'
  if (text.startsWith('fLaC')) return 'FLAC'
  const isMp3 = text.startsWith('ID3') || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2)
  return isMp3 ? 'MP3' : 'unknown'
}

/** An uploaded file as telephones play it. Throws audio-not-supported (415) naming what it is, or audio-empty (400). */
export async function telephonyAudio(bytes: Uint8Array): Promise<TelephonyAudio> {
  const format = formatOf(bytes)
  if (format !== 'WAV')
    throw refused(
      format === 'unknown'
        ? 'This is no sound file that is known here. Send a WAV of PCM.'
        : `This is ${format}, which is not taken yet. Convert it to a WAV of PCM first.`,
    )
  const pcm = readPcm(bytes)
  if (pcm === undefined)
    throw refused('This WAV is not PCM of 8, 16, 24 or 32 bits in one or two channels. Convert it first.')
  const { sampleRate, samples } = pcm
  const phases = telephonyHz / divisorOf(sampleRate, telephonyHz)
  if (sampleRate < telephonyHz || sampleRate > rateMax || phases > phasesMax)
    throw refused(`A rate of ${sampleRate} Hz is not taken. Use a usual one from 8000 to ${rateMax} Hz, such as 44100.`)
  const resampled = sampleRate === telephonyHz ? samples : await resample(samples, sampleRate, phases)
  if (resampled.length === 0)
    throw new PbxError('audio-empty', { message: 'There is no sound in this file.', details: { field: 'body' } })
  return {
    wav: writeWav({ sampleRate: telephonyHz, samples: Int16Array.from(resampled, toSample) }),
    durationMs: Math.round((resampled.length * 1_000) / telephonyHz),
  }
}

const toSample = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)))

const divisorOf = (a: number, b: number): number => (b === 0 ? a : divisorOf(b, a % b))

/** To 8 kHz by a windowed sinc: one filter for each place an output can have between two inputs. */
async function resample(samples: Float32Array, rate: number, phases: number): Promise<Float32Array> {
  const ratio = rate / telephonyHz
  const half = Math.ceil(halfWidth * ratio)
  const filters = Array.from({ length: phases }, (_, phase) => lowPass(rate, half, phase / phases))
  const out = new Float32Array(Math.floor(samples.length / ratio))
  for (let n = 0; n < out.length; n++) {
    if (n % atOnce === atOnce - 1) await setImmediate()
    const position = n * ratio
    const at = Math.floor(position + 1e-9)
    const filter = filters[Math.round((position - at) * phases) % phases] ?? []
    let sum = 0
    for (let k = 0; k < 2 * half; k++) sum += (filter[k] ?? 0) * (samples[at + k - half + 1] ?? 0)
    out[n] = sum
  }
  return out
}

/** A Hamming-windowed sinc around a place `offset` after the sample in the middle, with a gain of one. */
function lowPass(rate: number, half: number, offset: number): Float64Array {
  const filter = new Float64Array(2 * half)
  for (let k = 0; k < filter.length; k++) {
    const x = k - half + 1 - offset
    const angle = 2 * Math.PI * (cutOffHz / rate) * x
    const sinc = x === 0 ? 1 : Math.sin(angle) / angle
    filter[k] = sinc * (0.54 + 0.46 * Math.cos((Math.PI * x) / half))
  }
  const gain = filter.reduce((sum, tap) => sum + tap, 0)
  return filter.map((tap) => tap / gain)
}
