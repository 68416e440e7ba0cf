import type { Edge } from '@offhook/edge/edge.ts'
import type { EdgeControl } from '@offhook/functions/api/dependencies.ts'
import type { CarrierTrunks } from './carrier-trunks.ts'

/** The API's way to the edge where both are one process. `shiftMs` moves times as OFFHOOK_CLOCK asks, like those of calls. */
export function edgeControl(
  { ladder, resync, testTrunk }: Pick<Edge, 'ladder' | 'resync' | 'testTrunk'>,
  carriers: Pick<CarrierTrunks, 'trunkOf'>,
  shiftMs: number,
): EdgeControl {
  const instant = (ms: number) => new Date(ms + shiftMs).toISOString()
  return {
    resync,
    testCarrier: async (accountId, carrier) => testTrunk(await carriers.trunkOf(accountId, carrier)),
    trace: async (accountId, minutes) => ({ until: instant(ladder.record(accountId, minutes * 60_000)) }),
    ladder: async (accountId, callId) =>
      ladder.of(accountId, callId).map(({ atMs, ...message }) => ({ ...message, at: instant(atMs) })),
  }
}
