import type { Outbox, ToTell } from '@offhook/store/outbox.ts'
import type { OutsideUrls, UrlAnswer } from './outside-url.ts'
import { signedRequest } from './signed-request.ts'

/** How long a URL has to take what it is told, ms. */
const tellMs = 5_000
/** Between one try and the next, ms: a quarter of an hour together. Then it is given up. */
export const retriesMs = [5_000, 30_000, 120_000, 600_000] as const
/** Requests of one account at once, and accounts at once: a slow URL holds up nobody else's. */
const accountRequestsMax = 8
const accountsMax = 32

export interface TellerOptions {
  readonly outbox: Outbox
  readonly urls: OutsideUrls
  readonly trustKey: string
  readonly nowMs?: () => number
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

/** Tells URLs what is in the outboxes: at least once each, several tries, and never in the way of a call. */
export class UrlTeller {
  readonly #options: TellerOptions
  readonly #nowMs: () => number
  /** Accounts under way; true where there was something new meanwhile. */
  readonly #busy = new Map<string, boolean>()
  readonly #waiting = new Set<string>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #isStopped = false

  constructor(options: TellerOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
  }

  /** There may be something to tell in an account's outbox. Returns at once. */
  wake(accountId: string): void {
    if (this.#isStopped) return
    if (this.#busy.has(accountId)) this.#busy.set(accountId, true)
    else if (this.#busy.size >= accountsMax) this.#waiting.add(accountId)
    else void this.#serve(accountId)
  }

  /** Tells what is due now; answers with when the next is, ms since 1970. */
  async tellDue(accountId: string): Promise<number | undefined> {
    const { outbox } = this.#options
    let last = ''
    for (;;) {
      const items = await outbox.list(accountId)
      const due = items.filter(({ nextAtMs }) => nextAtMs <= this.#nowMs())
      const names = due.map(({ id, tries }) => `${id} ${tries}`).join()
      // What cannot even be put off would be tried without end.
      if (due.length === 0 || names === last || this.#isStopped)
        return items.length === 0 ? undefined : Math.min(...items.map(({ nextAtMs }) => nextAtMs))
      last = names
      const queue = [...due]
      const work = async () => {
        for (let item = queue.shift(); item !== undefined && !this.#isStopped; item = queue.shift())
          await this.#tell(accountId, item)
      }
      await Promise.all(Array.from({ length: accountRequestsMax }, work))
    }
  }

  /** No more from now on; what is left is told by whoever comes next. */
  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  async #serve(accountId: string): Promise<void> {
    clearTimeout(this.#timers.get(accountId))
    this.#timers.delete(accountId)
    this.#busy.set(accountId, false)
    try {
      const nextAtMs = await this.tellDue(accountId)
      if (nextAtMs !== undefined) this.#later(accountId, nextAtMs - this.#nowMs())
    } catch (error) {
      this.#options.log({ level: 'ERROR', accountId, outbox: String(error) })
      this.#later(accountId, retriesMs[0])
    }
    if (this.#busy.get(accountId) === true) this.#waiting.add(accountId)
    this.#busy.delete(accountId)
    const [next] = this.#waiting
    if (next === undefined) return
    this.#waiting.delete(next)
    this.wake(next)
  }

  #later(accountId: string, ms: number): void {
    if (this.#isStopped) return
    const timer = setTimeout(() => this.wake(accountId), Math.max(100, ms))
    this.#timers.set(accountId, timer.unref())
  }

  async #tell(accountId: string, item: ToTell): Promise<void> {
    const { outbox, urls, trustKey, log } = this.#options
    const { id, url } = item
    const request = signedRequest(trustKey, { ...item, accountId }, this.#nowMs())
    const failure = failureOf(await urls.post({ url, ...request, limitMs: tellMs, bytesMax: 0 }))
    if (failure === undefined) return outbox.told(accountId, item)
    const waitMs = retriesMs[item.tries]
    const isOver = failure.isFinal || waitMs === undefined
    log({ level: isOver ? 'ERROR' : 'WARN', accountId, webhook: id, tries: item.tries + 1, error: failure.problem })
    if (isOver) return outbox.giveUp(accountId, item, new Date(this.#nowMs()).toISOString(), failure.problem)
    await outbox.later(accountId, item, this.#nowMs() + waitMs)
  }
}

/** Any 2xx is taken for told, whatever else it says. */
function failureOf(answer: UrlAnswer): { readonly problem: string; readonly isFinal: boolean } | undefined {
  if ('problem' in answer) return answer
  const { status } = answer
  return status >= 200 && status < 300 ? undefined : { problem: `it answered ${status}`, isFinal: status === 410 }
}
