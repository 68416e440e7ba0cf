import type { SipResponse } from '../message.ts'
import type { TimerQueue } from '../timer-queue.ts'
import { T1, T2 } from '../transaction/tables.ts'
import type { Transaction } from '../transaction/transaction.ts'

/** A 2xx of ours that is sent again until its ACK comes, on every transport: the hop behind may be UDP. RFC 3261 §13.3.1.4. */
export class Unacknowledged {
  readonly seq: number
  /** Settles when the ACK came or is not waited for any more. */
  readonly done: Promise<void>
  readonly #settle: () => void
  #stop: () => void = () => {}

  /** `timedOut` is called when there was no ACK for 64*T1. */
  constructor(seq: number, response: SipResponse, transaction: Transaction, timers: TimerQueue, timedOut: () => void) {
    this.seq = seq
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.#settle = resolve
    const endsAtMs = timers.nowMs + 64 * T1
    const arm = (waitMs: number) => {
      this.#stop = timers.at(Math.min(timers.nowMs + waitMs, endsAtMs), () => {
        if (timers.nowMs >= endsAtMs) return timedOut()
        transaction.respond(response)
        arm(Math.min(waitMs * 2, T2))
      })
    }
    arm(T1)
  }

  stop(): void {
    this.#stop()
    this.#settle()
  }
}
