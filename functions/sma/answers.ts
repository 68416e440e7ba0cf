import type { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import type { SmaResponse } from '@offhook/shared/sma-contract/response.ts'

/** Answers kept: those of the last seconds on a busy machine; an answer is asked for again after 5 s or never. */
const answersMax = 500

interface Answered {
  readonly event: unknown
  readonly answer: SmaResponse
}

/**
 * What was answered to the very same event lately. The service asks again when it got no answer within 5 s; the instant of a turn is
 * read from the clock, so only memory makes the second answer equal to the byte. Without it the answer is worked out again, with
 * the same effects: every write has a key.
 */
export class Answers {
  readonly #kept = new Map<string, Answered>()

  /** `event` as it came. One that has the name of another but says something else is another. */
  find(name: string, event: unknown): SmaResponse | undefined {
    const known = this.#kept.get(name)
    return known !== undefined && JSON.stringify(known.event) === JSON.stringify(event) ? known.answer : undefined
  }

  keep(name: string, event: unknown, answer: SmaResponse): void {
    this.#kept.set(name, { event, answer })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > answersMax && oldest !== undefined) this.#kept.delete(oldest)
  }
}

/** The service numbers the events of a call. */
export const nameOf = ({ Sequence, CallDetails }: SmaEvent): string => `${CallDetails.TransactionId}/${Sequence}`
