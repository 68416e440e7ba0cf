/** S3's notification, as much of it as is read. */
export interface ArrivalEvent {
  readonly Records: readonly {
    readonly eventName: string
    readonly eventTime: string
    readonly s3: { readonly object: { readonly key: string } }
  }[]
}

export type ArrivalListener = (event: ArrivalEvent) => Promise<void>

/** Waits before a listener that failed is told again, ms. After the last, it is told at the next start. */
const retryAfterMs = [1_000, 5_000, 30_000, 120_000]

const eventOf = (key: string, at: string): ArrivalEvent => ({
  Records: [
    {
      eventName: 'ObjectCreated:Put',
      eventTime: at,
      s3: { object: { key: encodeURIComponent(key).replaceAll('%2F', '/') } },
    },
  ],
})

/** Tells of objects that are in place, as S3 does: apart from whoever put them, at least once, again when a listener failed. */
export class Arrivals {
  readonly #listeners: { readonly prefix: string; readonly listener: ArrivalListener }[] = []
  readonly #onError: (error: unknown) => void
  readonly #telling = new Set<Promise<void>>()
  readonly #waiting = new Set<NodeJS.Timeout>()

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  listen(prefix: string, listener: ArrivalListener): void {
    this.#listeners.push({ prefix, listener })
  }

  get prefixes(): ReadonlySet<string> {
    return new Set(this.#listeners.map(({ prefix }) => prefix))
  }

  /** Resolves when every listener has been told once, whether it could do something with it or not. */
  async tell(key: string, at: string): Promise<void> {
    const concerned = this.#listeners.filter(({ prefix }) => key.startsWith(prefix))
    const told = Promise.all(concerned.map(({ listener }) => this.#try(listener, eventOf(key, at), 0)))
    await this.#track(told)
  }

  /** Resolves when nobody is being told anything right now. */
  async settled(): Promise<void> {
    while (this.#telling.size > 0) await Promise.all(this.#telling)
  }

  /** Forgets what was to be told again. */
  stop(): void {
    for (const timer of this.#waiting) clearTimeout(timer)
    this.#waiting.clear()
  }

  async #try(listener: ArrivalListener, event: ArrivalEvent, tries: number): Promise<void> {
    try {
      await listener(event)
    } catch (error) {
      this.#onError(error)
      const afterMs = retryAfterMs[tries]
      if (afterMs === undefined) return
      const timer = setTimeout(() => {
        this.#waiting.delete(timer)
        void this.#track(this.#try(listener, event, tries + 1))
      }, afterMs)
      timer.unref()
      this.#waiting.add(timer)
    }
  }

  async #track(told: Promise<unknown>): Promise<void> {
    const telling = told.then(() => undefined)
    this.#telling.add(telling)
    await telling
    this.#telling.delete(telling)
  }
}
