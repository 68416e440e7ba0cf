import { errandPrefix } from '@offhook/store/errands.ts'
import * as z from 'zod'
import { type ErrandParts, errandArrived } from './errands.ts'
import { type RecordingParts, voicemailArrived } from './voicemail-arrival.ts'

/** S3's event notification, as much of it as is used; the folder adapter of the object store sends the same. */
const ObjectEvent = z.object({
  Records: z
    .array(
      z.object({
        eventName: z.string(),
        eventTime: z.iso.datetime(),
        s3: z.object({ object: z.object({ key: z.string().max(1_024 * 3) }) }),
      }),
    )
    .max(1_000),
})

export type RecordingsHandler = (event: unknown) => Promise<void>

/** What arrives: messages, and errands that calls left behind. */
export type ArrivalParts = RecordingParts & ErrandParts

/** The function behind object arrivals. One broken object does not keep the others: they are all tried before the event is refused. */
export function createRecordingsHandler(parts: ArrivalParts): RecordingsHandler {
  return async (raw) => {
    const { Records } = ObjectEvent.parse(raw)
    const created = Records.filter(({ eventName }) => /ObjectCreated:/.test(eventName))
    const results = await Promise.allSettled(
      created.map(({ eventTime, s3 }) => arrived(parts, keyOf(s3.object.key), new Date(eventTime).toISOString())),
    )
    const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason)
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} recordings could not be taken in.`)
  }
}

const arrived = (parts: ArrivalParts, key: string, at: string): Promise<void> =>
  key.startsWith(errandPrefix) ? errandArrived(parts, key) : voicemailArrived(parts, key, at)

/** Keys come URL-encoded, blanks as plus signs (S3 event message structure). */
const keyOf = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '))
