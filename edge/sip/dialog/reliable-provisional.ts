import type { SipRequest, SipResponse } from '../message.ts'
import type { TimerQueue } from '../timer-queue.ts'
import { T1 } from '../transaction/tables.ts'
import type { Transaction } from '../transaction/transaction.ts'

/** A provisional answer sent again until its PRACK comes. RFC 3262 §3. */
export class ReliableProvisional {
  /** True when it was acknowledged, or need not be any more; false when nobody did in 64*T1. */
  readonly done: Promise<boolean>
  readonly hasBody: boolean
  readonly #rseq: number
  readonly #inviteSeq: number
  readonly #resolve: (isAcknowledged: boolean) => void
  #stopTimer: () => void = () => {}

  /** `compose` makes the response with the headers given here. `rseq` is one more than that of the answer before. */
  constructor(
    compose: (extra: readonly (readonly [string, string])[]) => SipResponse,
    rseq: number,
    inviteSeq: number,
    transaction: Transaction,
    timers: TimerQueue,
  ) {
    this.#rseq = rseq
    this.#inviteSeq = inviteSeq
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.done = promise
    this.#resolve = resolve
    const response = compose([
      ['Require', '100rel'],
      ['RSeq', String(this.#rseq)],
    ])
    this.hasBody = response.body.length > 0
    transaction.respond(response)
    const endsAtMs = timers.nowMs + 64 * T1
    const arm = (waitMs: number) => {
      this.#stopTimer = timers.at(Math.min(timers.nowMs + waitMs, endsAtMs), () => {
        if (timers.nowMs >= endsAtMs) return this.#resolve(false)
        transaction.respond(response)
        arm(waitMs * 2)
      })
    }
    arm(T1)
  }

  /** Takes a PRACK: `RAck: <rseq> <cseq> INVITE`. False when it is for another response. */
  acknowledge(request: SipRequest): boolean {
    const [rseq, seq, method] = (request.headers.get('rack') ?? '').trim().split(/\s+/)
    if (Number(rseq) !== this.#rseq || Number(seq) !== this.#inviteSeq || method !== 'INVITE') return false
    this.stop()
    return true
  }

  stop(): void {
    this.#stopTimer()
    this.#resolve(true)
  }
}
