import { eventPayloads, tonesOf } from '../dtmf.ts'
import { frameSamples, ulawSilence } from '../g711.ts'
import { renderSource } from '../tone.ts'

/** Digits of one request, and requests that may wait. */
export const digitsMax = 50
const requestsMax = 16
/** Silence behind a digit, frames, and for a comma (500 ms). */
const gapFrames = 4
const commaFrames = 25

/** One 20 ms step: a packet of an event, audio in its place, or nothing. */
export type DigitStep =
  | { readonly kind: 'event'; readonly payload: Uint8Array; readonly isFirst: boolean }
  | { readonly kind: 'audio'; readonly frame: Uint8Array }
  | { readonly kind: 'pause' }

interface Request {
  readonly digits: string
  readonly toneMs: number
  readonly done: () => void
}

const pauses = (count: number): DigitStep[] => Array.from({ length: count }, () => ({ kind: 'pause' }))

function audioSteps(digit: string, toneMs: number): DigitStep[] {
  const audio = renderSource({ kind: 'tone', cadence: [{ frequenciesHz: tonesOf(digit), onMs: toneMs, offMs: 0 }] })
  return Array.from({ length: Math.ceil(audio.length / frameSamples) }, (_, index) => {
    const frame = new Uint8Array(frameSamples).fill(ulawSilence)
    frame.set(audio.subarray(index * frameSamples, (index + 1) * frameSamples))
    return { kind: 'audio', frame }
  })
}

function stepsOf(digit: string, toneMs: number, asEvents: boolean): DigitStep[] {
  if (digit === ',') return pauses(commaFrames)
  if (tonesOf(digit).length === 0) return []
  const packets = asEvents
    ? eventPayloads(digit, toneMs).map(({ bytes, first }) => ({
        kind: 'event' as const,
        payload: bytes,
        isFirst: first,
      }))
    : audioSteps(digit, toneMs)
  return [...packets, ...pauses(gapFrames)]
}

/** Digits to be sent to one leg, one request after the other, a step a tick. */
export class DigitSender {
  readonly #requests: Request[] = []
  #steps: DigitStep[] = []

  /** `done` is called when the last digit is out, or at once when too many requests wait. */
  push(digits: string, toneMs: number, done: () => void): void {
    if (this.#requests.length >= requestsMax) return done()
    this.#requests.push({ digits: digits.slice(0, digitsMax), toneMs, done })
  }

  /** The next step, as telephone events or as tones in the audio; `undefined` when nothing is to be sent. */
  next(asEvents: boolean): DigitStep | undefined {
    const [request] = this.#requests
    if (request === undefined) return undefined
    if (this.#steps.length === 0) {
      this.#steps = request.digits.split('').flatMap((digit) => stepsOf(digit, request.toneMs, asEvents))
      this.#steps.push({ kind: 'pause' })
    }
    const [step] = this.#steps.splice(0, 1)
    if (this.#steps.length === 0) {
      this.#requests.shift()
      request.done()
    }
    return step
  }

  get isBusy(): boolean {
    return this.#requests.length > 0
  }

  close(): void {
    for (const { done } of this.#requests.splice(0)) done()
  }
}
