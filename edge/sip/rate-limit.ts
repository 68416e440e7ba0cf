/** Sources watched at once; the one unseen longest is forgotten, which only gives it a fresh bucket. */
const sourcesMax = 50_000

/** A token bucket a source: `perSecond` on average, `burst` at once. `take` says whether one more is allowed. */
export function createRateLimit(
  perSecond: number,
  burst: number,
  now: () => number,
): { take(source: string): boolean } {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return {
    take(source) {
      const nowMs = now()
      let bucket = buckets.get(source)
      if (bucket === undefined) {
        if (buckets.size >= sourcesMax) buckets.delete(buckets.keys().next().value ?? '')
        bucket = { tokens: burst, atMs: nowMs }
        buckets.set(source, bucket)
      }
      bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * perSecond) / 1_000)
      bucket.atMs = nowMs
      if (bucket.tokens < 1) return false
      bucket.tokens -= 1
      return true
    },
  }
}
