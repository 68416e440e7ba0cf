/** Sources watched at once; the one unseen longest is forgotten, which only gives it a fresh bucket. */
const sourcesMax = 50_000

export interface RateLimit {
  /** Takes one token of the source's; false when there is none. */
  take(source: string): boolean
}

/** A token bucket a source: `perSecond` on average, `burst` at once. */
export function createRateLimit(perSecond: number, burst: number, now: () => number): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>()

  const bucketOf = (source: string, nowMs: number) => {
    const known = buckets.get(source)
    if (known !== undefined) {
      // Taken out and put in again, the map stays in the order of last use. Under a flood of one source the walk is one step.
      buckets.delete(source)
    } else if (buckets.size >= sourcesMax) buckets.delete(buckets.keys().next().value ?? '')
    const bucket = known ?? { tokens: burst, atMs: nowMs }
    buckets.set(source, bucket)
    return bucket
  }

  return {
    take(source) {
      const nowMs = now()
      const bucket = bucketOf(source, nowMs)
      bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * perSecond) / 1_000)
      bucket.atMs = nowMs
      if (bucket.tokens < 1) return false
      bucket.tokens -= 1
      return true
    },
  }
}
