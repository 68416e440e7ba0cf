/** Time as the runtime sees it; tests turn it by hand. */
export interface RuntimeClock {
  nowMs(): number
  /** Calls back once after `ms`; the returned function forgets it. */
  after(ms: number, callback: () => void): () => void
}

export const realClock: RuntimeClock = {
  nowMs: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves `true` after `ms`, `false` as soon as the signal is aborted. */
export function pause(clock: RuntimeClock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const onAbort = () => {
      forget()
      resolve(false)
    }
    const forget = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort)
      resolve(true)
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
