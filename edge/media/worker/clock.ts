/** Steps made up for at the most after the machine was asleep or starved; what is older is let go. */
const catchUpMs = 100

/**
 * Calls `step` every `intervalMs`, held to deadlines, not to intervals: what one step is late the next one is not, so the clock does not
 * drift. Answers with a function that stops it.
 */
export function startClock(intervalMs: number, step: () => void): () => void {
  let nextAtMs = performance.now() + intervalMs
  let timer: NodeJS.Timeout | undefined
  const run = (): void => {
    const nowMs = performance.now()
    if (nowMs - nextAtMs > catchUpMs) nextAtMs = nowMs
    while (nextAtMs <= nowMs) {
      step()
      nextAtMs += intervalMs
    }
    timer = setTimeout(run, Math.max(0, nextAtMs - performance.now()))
  }
  timer = setTimeout(run, intervalMs)
  return () => clearTimeout(timer)
}
