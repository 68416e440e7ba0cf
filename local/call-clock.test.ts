import type { ArrivalEvent } from '@offhook/store/objects/arrivals.ts'
import { expect, it } from 'vitest'
import { onCallClock } from './call-clock.ts'

it('a message arrives at the time calls go by, and is otherwise told as it was', async () => {
  const told: ArrivalEvent[] = []
  const record = { eventName: 'ObjectCreated:Put', s3: { object: { key: 'voicemail/acme/box/call/1.wav' } } }

  await onCallClock(
    async (event) => void told.push(event),
    -7 * 86_400_000,
  )({
    Records: [{ ...record, eventTime: '2026-12-01T15:00:00.000Z' }],
  })

  expect(told).toEqual([{ Records: [{ ...record, eventTime: '2026-11-24T15:00:00.000Z' }] }])
})
