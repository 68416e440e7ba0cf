import { createExtension, extensionParts, nextExtension, removeExtension } from '@offhook/shared/api/extensions.ts'
import { nameOf, type Reference } from '@offhook/shared/api/references.ts'
import type { Extension } from '@offhook/shared/model/extension.ts'
import type { Store } from '@offhook/store/store.ts'
import { getDocument } from './documents.ts'
import { Tagged } from './etag.ts'
import { type Named, referencesTo, refuseReferenced } from './references.ts'
import { type Api, serve } from './serve.ts'

/** The four parts of an extension and the seat itself. */
const partsOf = ({ id, userId, deviceId, voicemailBoxId, callflowId }: Extension): Named[] => [
  { kind: 'extension', id },
  { kind: 'user', id: userId },
  { kind: 'device', id: deviceId },
  { kind: 'voicemail-box', id: voicemailBoxId },
  { kind: 'callflow', id: callflowId },
]

/** What else would notice: further devices and boxes of the user stay and lose their owner, so they do not count. */
const othersThatNotice = async (store: Store, accountId: string, parts: readonly Named[]): Promise<Reference[]> =>
  (await referencesTo(store, accountId, parts)).filter(
    (one) => !(['device', 'voicemail-box'].includes(one.kind) && one.field === 'ownerId'),
  )

export function serveExtensions(api: Api): void {
  const { store } = api
  serve(api, createExtension, async ({ body }, { accountId, by }) => {
    const { extension, sip, revision } = await store.extensions.create(accountId, body, { by })
    return new Tagged({ extension, sip: { username: sip.username } }, revision)
  })
  serve(api, nextExtension, async (_, { accountId }) => ({ number: await store.extensions.nextFree(accountId) }))
  serve(api, extensionParts, async ({ params }, { accountId }) => {
    const { value } = await getDocument(api, accountId, 'extension', params.id)
    const parts = partsOf(value)
    const documents = await Promise.all(parts.map(({ kind, id }) => store.documents.get(accountId, kind, id)))
    return {
      parts: parts.flatMap((part, index) => {
        const found = documents[index]
        return found === undefined ? [] : [{ ...part, name: nameOf(found.document) }]
      }),
      references: await othersThatNotice(store, accountId, parts),
    }
  })
  serve(api, removeExtension, async ({ params, query }, { accountId, by }) => {
    const { value } = await getDocument(api, accountId, 'extension', params.id)
    const parts = query.parts === 'all' ? partsOf(value) : partsOf(value).slice(0, 1)
    refuseReferenced(`Extension ${params.id}`, await othersThatNotice(store, accountId, parts))
    if (query.parts === 'all') await store.extensions.remove(accountId, params.id, { by })
    else await store.documents.remove(accountId, 'extension', params.id, { by })
    return undefined
  })
}
