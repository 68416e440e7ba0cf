import { telephonyHz, writeWav } from './wav.ts'

interface Tone {
  readonly frequenciesHz: readonly number[]
  readonly onMs: number
  readonly offMs: number
  readonly times: number
}

/** Call progress tones of North America (ITU-T E.180 supplement 2) and the beep before a recording. */
const tones = {
  beep: { frequenciesHz: [1_000], onMs: 300, offMs: 0, times: 1 },
  ringback: { frequenciesHz: [440, 480], onMs: 2_000, offMs: 4_000, times: 1 },
  busy: { frequenciesHz: [480, 620], onMs: 500, offMs: 500, times: 6 },
  /** Two soft notes every five seconds: the call is still there. Accounts choose their own music. */
  hold: { frequenciesHz: [440, 554], onMs: 250, offMs: 4_750, times: 1 },
  dial: { frequenciesHz: [350, 440], onMs: 10_000, offMs: 0, times: 1 },
  silence: { frequenciesHz: [], onMs: 0, offMs: 100, times: 1 },
} as const satisfies Record<string, Tone>

export type ToneName = keyof typeof tones
export const toneNames = Object.keys(tones).filter((name): name is ToneName => name in tones)

/** About -16 dBm0 a frequency: what exchanges send. */
const amplitude = 5_000
/** Raised and lowered over this, so that a tone does not click. */
const rampMs = 5

/** A tone as a file, `tones/<name>.wav` in the object store. */
export function toneWav(name: ToneName): Uint8Array {
  const { frequenciesHz, onMs, offMs, times }: Tone = tones[name]
  const on = (onMs * telephonyHz) / 1_000
  const period = on + (offMs * telephonyHz) / 1_000
  const ramp = (rampMs * telephonyHz) / 1_000
  const samples = new Int16Array(period * times)
  for (let at = 0; at < samples.length; at++) {
    const inPeriod = at % period
    if (inPeriod >= on) continue
    const envelope = Math.min(1, inPeriod / ramp, (on - inPeriod) / ramp)
    const sum = frequenciesHz.reduce((total, hz) => total + Math.sin((2 * Math.PI * hz * at) / telephonyHz), 0)
    samples[at] = Math.round(amplitude * envelope * sum)
  }
  return writeWav({ sampleRate: telephonyHz, samples })
}
