import type { SipHeaders } from '../headers.ts'
import type { TimerQueue } from '../timer-queue.ts'

/** Shortest interval taken, seconds. RFC 4028 §4 recommends 1,800 and forbids less than 90. */
export const sessionMinSeconds = 90
export const sessionSeconds = 1_800
const sessionMaxSeconds = 86_400
/** With less than this left a failed refresh is not tried again, ms. */
const lastTryMs = 10_000

export interface SessionTimer {
  readonly seconds: number
  readonly refresher: 'us' | 'them'
}

const shape = /^\s*(\d{1,7})\s*(?:;\s*refresher\s*=\s*(uac|uas))?/i

/** True for an interval shorter than we take, from somebody who can be told so with 422 (RFC 4028 §9). */
export const isTooShort = (headers: SipHeaders): boolean => {
  const match = shape.exec(headers.get('session-expires') ?? '')
  return match !== null && Number(match[1]) < sessionMinSeconds && headers.includes('supported', 'timer')
}

/**
 * The session timer that a request or response sets. When we answer (`uas`) and the far end left the refresher open, it refreshes if it
 * can, else we do. RFC 4028 §9.
 */
export function readSessionTimer(headers: SipHeaders, weAre: 'uac' | 'uas'): SessionTimer | undefined {
  const match = shape.exec(headers.get('session-expires') ?? '')
  if (match === null) return undefined
  const seconds = Math.min(Math.max(Number(match[1]), sessionMinSeconds), sessionMaxSeconds)
  const named = match[2]?.toLowerCase()
  const theirs = weAre === 'uas' ? 'uac' : 'uas'
  const theyCan = headers.includes('supported', 'timer') || weAre === 'uac'
  const refresher = named === undefined ? (theyCan ? 'them' : 'us') : named === theirs ? 'them' : 'us'
  return { seconds, refresher }
}

/** Runs a dialog's session timer: refreshes at half time or, when that is the other side's task, gives up shortly before the end (§10). */
export class SessionClock {
  readonly #timers: TimerQueue
  readonly #refresh: () => Promise<boolean>
  readonly #expire: () => void
  #stop: (() => void) | undefined
  #endsAtMs = 0
  timer: SessionTimer | undefined

  constructor(timers: TimerQueue, refresh: () => Promise<boolean>, expire: () => void) {
    this.#timers = timers
    this.#refresh = refresh
    this.#expire = expire
  }

  /** Starts anew, or stops when there is no timer. */
  start(timer: SessionTimer | undefined): void {
    this.stop()
    this.timer = timer
    if (timer === undefined) return
    const lengthMs = timer.seconds * 1_000
    this.#endsAtMs = this.#timers.nowMs + lengthMs
    if (timer.refresher === 'us') return this.#refreshIn(lengthMs / 2)
    this.#stop = this.#timers.at(this.#endsAtMs - Math.min(32_000, lengthMs / 3), this.#expire)
  }

  #refreshIn(waitMs: number): void {
    this.#stop = this.#timers.at(this.#timers.nowMs + waitMs, () => void this.#tryRefresh())
  }

  async #tryRefresh(): Promise<void> {
    const endsAtMs = this.#endsAtMs
    const isDone = await this.#refresh()
    // A refresh that worked has started the clock again; one that crossed with the far end's is not needed any more.
    if (isDone || this.timer === undefined || this.#endsAtMs !== endsAtMs) return
    const leftMs = endsAtMs - this.#timers.nowMs
    if (leftMs < lastTryMs) this.#expire()
    else this.#refreshIn(leftMs / 2)
  }

  stop(): void {
    this.timer = undefined
    this.#stop?.()
    this.#stop = undefined
  }
}
