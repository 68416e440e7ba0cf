import type { Edge } from '@offhook/edge/edge.ts'
import type { EdgeControl } from '@offhook/functions/api/dependencies.ts'

/** The API's way to the edge where both are one process. `shiftMs` moves times as OFFHOOK_CLOCK asks, like those of calls. */
export function edgeControl({ ladder, resync }: Pick<Edge, 'ladder' | 'resync'>, shiftMs: number): EdgeControl {
  const instant = (ms: number) => new Date(ms + shiftMs).toISOString()
  return {
    resync,
    trace: async (accountId, minutes) => ({ until: instant(ladder.record(accountId, minutes * 60_000)) }),
    ladder: async (accountId, callId) =>
      ladder.of(accountId, callId).map(({ atMs, ...message }) => ({ ...message, at: instant(atMs) })),
  }
}
