import type { CostResult } from './bench-messages.ts'

/** CPU and memory of this process, all its threads: what calls cost is counted from a beginning that is told. */
export class CostMeter {
  #idleBytes = 0
  #cpuMs = 0
  #atMs = 0

  /** From here on memory is the calls'. */
  idle(): void {
    this.#idleBytes = process.memoryUsage.rss()
  }

  /** From here on the processor works for the calls. */
  start(): void {
    this.#cpuMs = cpuMs()
    this.#atMs = performance.now()
  }

  of(calls: number): CostResult {
    return {
      cpu: (cpuMs() - this.#cpuMs) / (performance.now() - this.#atMs),
      kilobytesACall: (process.memoryUsage.rss() - this.#idleBytes) / 1_024 / Math.max(1, calls),
    }
  }
}

/** User and system time of all threads so far, ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
