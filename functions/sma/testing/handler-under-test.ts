import { cdrOf } from '@offhook/shared/callflow/cdr.ts'
import { step } from '@offhook/shared/callflow/engine.ts'
import type { RingOutcome } from '@offhook/shared/callflow/ring-plan.ts'
import { createSmaHandler } from '../create-handler.ts'
import type { SmaDependencies } from '../dependencies.ts'
import { MemoryStore } from './memory-store.ts'
import { did, smallAccount } from './small-account.ts'

export const trustKey = 'a key of at least thirty-two characters'
export const edgeArn = 'arn:aws:chime:us-east-1:111122223333:vc/a1b2c3d4e5f6g7h8i9j0k1'

/** The shipped handler with the real engine over a store in memory; `nowMs` is the test's to set. */
export function handlerUnderTest(
  documents: Readonly<Record<string, object>> = smallAccount,
  more: Partial<SmaDependencies> = {},
) {
  const store = new MemoryStore(documents)
  store.dids.set(did, store.accountId)
  const outcomes = new Map<string, RingOutcome>()
  const lines: Readonly<Record<string, unknown>>[] = []
  const time = { nowMs: Date.parse('2026-11-23T09:15:00.000Z') }
  const handler = createSmaHandler({
    settings: { bucket: 'objects', edgeArn, trustKey, entranceRuleIds: [] },
    store,
    spill: store,
    outcomes: { find: async (_accountId, planId) => outcomes.get(planId) },
    recordingMs: async () => 4_000,
    step,
    cdrOf,
    clock: { nowMs: () => time.nowMs, shiftMs: 0 },
    log: (line) => void lines.push(line),
    ...more,
  })
  return { handler, store, outcomes, lines, time }
}
