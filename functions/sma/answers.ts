import { createHash } from 'node:crypto'
import type { SmaResponse } from '@offhook/shared/sma-contract/response.ts'

/** Answers kept: those of the last seconds on a busy machine; an answer is asked for again after 5 s or never. */
const answersMax = 500

/**
 * What was answered to the very same event lately. The service asks again when it got no answer within 5 s; the instant of a turn is
 * read from the clock, so only memory makes the second answer equal to the byte. Without it the answer is worked out again, with
 * the same effects: every write has a key.
 */
export class Answers {
  readonly #kept = new Map<string, SmaResponse>()

  find(name: string): SmaResponse | undefined {
    return this.#kept.get(name)
  }

  keep(name: string, answer: SmaResponse): void {
    this.#kept.set(name, answer)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > answersMax && oldest !== undefined) this.#kept.delete(oldest)
  }
}

/** The same for the very same event, different for any other. */
export const nameOf = (event: unknown): string =>
  createHash('sha1')
    .update(JSON.stringify(event) ?? '')
    .digest('base64')
