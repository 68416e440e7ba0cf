import { RingOutcome } from '@offhook/shared/callflow/ring-plan.ts'
import { outcomeKey } from '@offhook/shared/sma-contract/x-pbx.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import { wavDurationMs } from '../speech/wav.ts'
import type { Outcomes, SmaDependencies, Spill } from './dependencies.ts'

/** Items of calls as objects: immutable, seldom, and gone by the bucket's life-cycle rules. */
export const spillInto = (objects: ObjectStore): Spill => ({
  save: (key, bytes) => objects.put(key, bytes, 'application/octet-stream'),
  load: (key) => objects.get(key),
})

/** What the edge wrote about a plan that is over. Unreadable is as good as absent. */
export const outcomesIn = (objects: ObjectStore): Outcomes => ({
  async find(accountId, planId) {
    const bytes = await objects.get(outcomeKey(accountId, planId))
    return bytes === undefined ? undefined : RingOutcome.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  },
})

/** Length of a recording by its WAV header. */
export const recordingMsIn =
  (objects: ObjectStore): SmaDependencies['recordingMs'] =>
  async (key) => {
    const bytes = await objects.get(key)
    return bytes === undefined ? undefined : wavDurationMs(bytes)
  }
