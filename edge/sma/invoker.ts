import type { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import {
  invocationsMax,
  lambdaErrorRetries,
  lambdaHardStopMs,
  lambdaRetryMs,
} from '@offhook/shared/sma-contract/limits.ts'
import type { RuntimeClock } from './clock.ts'

/** Asks the function behind the SIP media application: in-process or `lambda:Invoke`. Rejects when the function failed. */
export type Invoke = (event: SmaEvent) => Promise<unknown>

export type Invocation =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'gave-up'; readonly reason: string }

export interface InvokerOptions {
  readonly invoke: Invoke
  readonly clock: RuntimeClock
  /** True where this invocation shall be made twice (`chime` profile). */
  readonly isDoubled?: () => boolean
  /** Both answers to an event that was sent twice. */
  readonly onDoubled?: (event: SmaEvent, first: unknown, second: unknown) => void
}

/**
 * One call's invocations: again after 5 s without an answer, over after 20 s; once more after an error; at most 1,000. The first answer
 * counts, whichever attempt it came from.
 */
export class Invoker {
  readonly #options: InvokerOptions
  #count = 0

  constructor(options: InvokerOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#count
  }

  ask(event: SmaEvent): Promise<Invocation> {
    const { clock } = this.#options
    if (this.#count >= invocationsMax)
      return Promise.resolve({ kind: 'gave-up', reason: 'more than 1,000 invocations' })
    return new Promise((resolve) => {
      let errors = 0
      let pending = 0
      let isOver = false
      const finish = (result: Invocation) => {
        if (isOver) return
        isOver = true
        forgetRetry()
        forgetStop()
        resolve(result)
      }
      const attempt = () => {
        pending++
        this.#attempt(event).then(
          (value) => finish({ kind: 'answer', value }),
          (cause: unknown) => {
            pending--
            errors++
            if (isOver) return
            if (errors <= lambdaErrorRetries) attempt()
            else if (pending === 0) finish({ kind: 'gave-up', reason: `the function failed: ${messageOf(cause)}` })
          },
        )
      }
      const forgetStop = clock.after(lambdaHardStopMs, () =>
        finish({ kind: 'gave-up', reason: 'no answer within 20 s' }),
      )
      const forgetRetry = clock.after(lambdaRetryMs, attempt)
      attempt()
    })
  }

  async #attempt(event: SmaEvent): Promise<unknown> {
    this.#count++
    const { invoke, isDoubled, onDoubled } = this.#options
    const first = await invoke(event)
    if (isDoubled?.() !== true) return first
    this.#count++
    onDoubled?.(event, first, await invoke(event))
    return first
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
