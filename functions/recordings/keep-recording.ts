import type { Errand } from '@offhook/store/errands.ts'
import type { Store } from '@offhook/store/store.ts'
import { wavDurationMs } from '../speech/wav.ts'

type Recording = Extract<Errand, { kind: 'recording' }>

interface Parts {
  readonly store: Pick<Store, 'facts' | 'documents'>
  readonly read: (key: string, bytesMax: number) => Promise<Uint8Array | undefined>
}

/** Bytes of a recording that are read: half an hour is 29 MB. */
const recordingBytesMax = 32 * 1_024 * 1_024

/**
 * Gives media the sound that was recorded for them by phone, once, in a save by the system; the live fact learns the revision. Recorded
 * over meanwhile, filed already, or of media that are gone: nothing is left to do.
 */
export async function keepRecording(
  { store, read }: Parts,
  { accountId, mediaId: id, objectKey }: Recording,
): Promise<void> {
  const fact = await store.facts.get(accountId, 'media', id)
  if (fact.objectKey !== objectKey || (fact.revision ?? 0) > 0) return
  const saved = await store.documents.get(accountId, 'media', id)
  if (saved === undefined) return
  let { revision } = saved
  if (saved.document.objectKey !== objectKey) {
    const bytes = await read(objectKey, recordingBytesMax)
    const durationMs = bytes === undefined ? undefined : wavDurationMs(bytes)
    // What is heard is no longer what was written.
    const { text: _, durationMs: __, ...rest } = saved.document
    const document = { ...rest, source: 'phone', objectKey, ...(durationMs === undefined ? {} : { durationMs }) }
    const edit = { kind: 'media', id, document, ifMatch: revision } as const
    revision = await store.documents.saveMany(accountId, [edit], { by: 'system', act: 'update' })
  }
  await store.facts.filed(
    accountId,
    { kind: 'media', id },
    { key: 'objectKey', revision: 'revision' },
    objectKey,
    revision,
  )
}
