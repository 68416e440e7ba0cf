import type { ArrivalListener } from '@offhook/store/objects/arrivals.ts'

/** Tells of arrivals by the clock that calls go by (OFFHOOK_CLOCK), so that a message says the time its caller was told. */
export const onCallClock =
  (listener: ArrivalListener, shiftMs: number): ArrivalListener =>
  ({ Records }) =>
    listener({
      Records: Records.map((record) => ({
        ...record,
        eventTime: new Date(Date.parse(record.eventTime) + shiftMs).toISOString(),
      })),
    })
