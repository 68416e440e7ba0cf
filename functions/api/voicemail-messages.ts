import * as contracts from '@offhook/shared/api/voicemail-messages.ts'
import type { VoicemailMessage } from '@offhook/shared/model/voicemail-box.ts'
import { notFound } from './auth.ts'
import { getDocument } from './documents.ts'
import { type Api, type Scene, serve } from './serve.ts'
import { storedAudio } from './stored-audio.ts'

/** The box, if it is the caller's to hear: people who serve themselves have their own only. */
async function enterBox(api: Api, { accountId, caller }: Scene, boxId: string): Promise<void> {
  const { value: box } = await getDocument(api, accountId, 'voicemail-box', boxId)
  if (caller.role === 'user' && (caller.userId === undefined || box.ownerId !== caller.userId))
    throw notFound(`There is no voicemail box ${boxId}.`)
}

async function messageOf(
  api: Api,
  scene: Scene,
  { boxId, id }: { readonly boxId: string; readonly id: string },
): Promise<VoicemailMessage> {
  await enterBox(api, scene, boxId)
  const message = await api.store.messages.get(scene.accountId, boxId, id)
  if (message === undefined) throw notFound('There is no such message.')
  return message
}

export function serveMessages(api: Api): void {
  const { store, objects } = api
  serve(api, contracts.listMessages, async ({ params, query }, scene) => {
    await enterBox(api, scene, params.boxId)
    return store.messages.list(scene.accountId, params.boxId, query.folder, query)
  })
  serve(api, contracts.getMessage, async ({ params }, scene) => messageOf(api, scene, params))
  serve(api, contracts.getMessageAudio, async ({ params, header }, scene) => {
    const { objectKey, at } = await messageOf(api, scene, params)
    const filename = `message-${at.slice(0, 19).replaceAll(':', '-')}`
    return storedAudio(objects, { objectKey, range: header('range'), filename, what: 'The audio of this message' })
  })
  serve(api, contracts.markMessage, async ({ params, body }, scene) => {
    await messageOf(api, scene, params)
    const moved = await store.messages.move(scene.accountId, params.boxId, params.id, body.folder)
    if (moved === undefined) throw notFound('There is no such message.')
    await noteMessage(api, scene, params, `moved to ${body.folder}`, 'update')
    return moved
  })
  serve(api, contracts.removeMessage, async ({ params }, scene) => {
    const message = await messageOf(api, scene, params)
    // Forgotten first: an object that stays behind is waste, a message without its object would be a lie.
    await store.messages.move(scene.accountId, params.boxId, params.id, 'gone')
    await objects.remove(message.objectKey)
    await noteMessage(api, scene, params, '', 'delete')
    return undefined
  })
}

const noteMessage = (
  { store }: Api,
  { accountId, by }: Scene,
  { boxId, id }: { readonly boxId: string; readonly id: string },
  summary: string,
  act: 'update' | 'delete',
): Promise<void> =>
  store.audit.append(accountId, { by, act, kind: 'voicemail-message', targetId: `${boxId}/${id}`, summary })
