/** Turns given to whoever waits for a promise that a timer settled, before the next timer is looked at. */
const turns = 20

/** Timers that run when a test says that time passes, in the order they are due. */
export class VirtualTime {
  #nowMs = 0
  #timers: { readonly atMs: number; readonly run: () => void }[] = []

  get nowMs(): number {
    return this.#nowMs
  }

  /** `Infinity` never comes. */
  after(ms: number, run: () => void): void {
    if (Number.isFinite(ms)) this.#timers.push({ atMs: this.#nowMs + ms, run })
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#nowMs = next.atMs
      next.run()
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    }
    this.#nowMs = untilMs
  }
}
