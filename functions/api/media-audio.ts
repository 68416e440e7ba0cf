import { randomUUID } from 'node:crypto'
import { getMediaAudio, putMediaAudio } from '@offhook/shared/api/media-audio.ts'
import { telephonyAudio } from '../speech/uploaded-audio.ts'
import { notFound } from './auth.ts'
import { getDocument } from './documents.ts'
import { Tagged } from './etag.ts'
import { type Api, serve } from './serve.ts'
import { storedAudio } from './stored-audio.ts'

/** Sound that people bring. Each upload is an object of its own: calls that began before go on hearing the old one. */
export function serveMediaAudio(api: Api): void {
  const { store, objects, convertAudio = telephonyAudio } = api
  serve(api, putMediaAudio, async ({ params, query, upload }, { accountId, by, ifMatch }) => {
    const { value, revision } = await getDocument(api, accountId, 'media', params.id)
    const { wav, durationMs } = await convertAudio(upload)
    const objectKey = `media/${accountId}/${params.id}/${randomUUID()}.wav`
    await objects.put(objectKey, wav, 'audio/wav')
    // What is heard is no longer what was written.
    const { text: _, ...rest } = value
    const document = { ...rest, source: query.source, objectKey, durationMs }
    const expected = typeof ifMatch === 'number' ? ifMatch : revision
    const edit = { kind: 'media' as const, id: params.id, document, ifMatch: expected }
    try {
      return new Tagged(document, await store.documents.saveMany(accountId, [edit], { by, act: 'update' }))
    } catch (error) {
      await objects.remove(objectKey)
      throw error
    }
  })
  serve(api, getMediaAudio, async ({ params, header }, { accountId }) => {
    const { value } = await getDocument(api, accountId, 'media', params.id)
    if (value.objectKey === undefined) throw notFound('This has no sound yet: upload some, or give it a text to speak.')
    const { objectKey } = value
    return storedAudio(objects, { objectKey, range: header('range'), filename: params.id, what: 'The sound of this' })
  })
}
