import { telephonyHz } from './wav.ts'

/** Half the width of the low-pass, samples at 8 kHz, and where it lets half through: flat over the telephone band. */
const halfWidth = 16
const cutOffHz = 3_600
/** Places between two samples that a filter is made for; common rates need 320 at the most (11,025 Hz). */
const phasesMax = 320
const rateMax = 192_000

/** Whether a rate is one that sound comes in. */
export const isUsualRate = (rate: number): boolean =>
  Number.isInteger(rate) && rate >= telephonyHz && rate <= rateMax && phasesOf(rate) <= phasesMax

const divisorOf = (a: number, b: number): number => (b === 0 ? a : divisorOf(b, a % b))
const phasesOf = (rate: number): number => telephonyHz / divisorOf(rate, telephonyHz)

/** To 8 kHz by a windowed sinc, a piece at a time: one filter for each place an output can have between two inputs. */
export class Resampler {
  readonly #rate: number
  readonly #half: number
  readonly #phases: number
  readonly #filters: Float64Array[]
  /** Samples not needed any more are gone; the first one here is number `#first` of the input. */
  #held: Float32Array
  #first: number
  /** Of the next output. */
  #next = 0

  /** `rate`: one for which `isUsualRate`. */
  constructor(rate: number) {
    this.#rate = rate
    this.#phases = phasesOf(rate)
    this.#half = Math.ceil((halfWidth * rate) / telephonyHz)
    this.#filters = Array.from({ length: this.#phases }, (_, phase) => lowPass(rate, this.#half, phase / this.#phases))
    // Before the beginning there is silence.
    this.#held = new Float32Array(this.#half)
    this.#first = -this.#half
  }

  /** What can be said of the output once this much more of the input is known. */
  push(samples: Float32Array): Float32Array {
    if (this.#rate === telephonyHz) return samples
    const held = new Float32Array(this.#held.length + samples.length)
    held.set(this.#held)
    held.set(samples, this.#held.length)
    const known = this.#first + held.length
    const out = new Float32Array(
      Math.max(0, Math.ceil(((known - this.#half) * telephonyHz) / this.#rate) - this.#next + 1),
    )
    let made = 0
    for (; made < out.length; made++) {
      const { at, phase } = this.#place(this.#next + made)
      if (at + this.#half >= known) break
      out[made] = this.#sum(held, at - this.#half + 1 - this.#first, this.#filters[phase])
    }
    this.#next += made
    const needed = this.#place(this.#next).at - this.#half + 1
    const gone = Math.max(0, Math.min(held.length, needed - this.#first))
    this.#held = held.slice(gone)
    this.#first += gone
    return out.subarray(0, made)
  }

  /** The rest: after the end there is silence. */
  end(): Float32Array {
    return this.push(new Float32Array(this.#rate === telephonyHz ? 0 : this.#half))
  }

  /** Exact for any length: whole samples and phases, no rounding that grows. */
  #place(output: number): { readonly at: number; readonly phase: number } {
    const step = (this.#rate * this.#phases) / telephonyHz
    const place = output * step
    return { at: Math.floor(place / this.#phases), phase: place % this.#phases }
  }

  #sum(held: Float32Array, from: number, filter: Float64Array | undefined): number {
    if (filter === undefined) return 0
    let sum = 0
    for (let k = 0; k < filter.length; k++) sum += (filter[k] as number) * (held[from + k] as number)
    return sum
  }
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
