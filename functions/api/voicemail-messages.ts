import * as contracts from '@offhook/shared/api/voicemail-messages.ts'
import type { VoicemailMessage } from '@offhook/shared/model/voicemail-box.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { notFound } from './auth.ts'
import { readRange } from './byte-range.ts'
import { getDocument } from './documents.ts'
import { problemOf, problemResponse } from './problem.ts'
import { type Api, type Scene, serve } from './serve.ts'

/** Longer audio is fetched from the object store itself: a function's answer has 6 MB, base64 included. */
const answerBytesMax = 4_000_000
const linkSeconds = 300

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

/** RFC 9110 §15.5.17: says how long it is. */
function unsatisfiable(length: number): Response {
  const error = new PbxError('range-not-satisfiable', { status: 416, message: `The audio has ${length} bytes.` })
  const response = problemResponse(problemOf(error))
  response.headers.set('content-range', `bytes */${length}`)
  return response
}

async function audioOf({ objects }: Api, message: VoicemailMessage, range: string | undefined): Promise<Response> {
  const found = await objects.head(message.objectKey)
  if (found === undefined) throw notFound('The audio of this message is gone.')
  const part = readRange(range, found.bytes)
  if (part === 'none') return unsatisfiable(found.bytes)
  const length = part === 'all' ? found.bytes : part.last - part.first + 1
  if (length > answerBytesMax)
    return new Response(null, {
      status: 307,
      headers: { location: await objects.signedUrl(message.objectKey, linkSeconds) },
    })
  const bytes = await objects.get(message.objectKey)
  if (bytes === undefined) throw notFound('The audio of this message is gone.')
  const headers = {
    'content-type': 'audio/wav',
    'accept-ranges': 'bytes',
    'content-disposition': `inline; filename="message-${message.at.slice(0, 19).replaceAll(':', '-')}.wav"`,
  }
  if (part === 'all') return new Response(Uint8Array.from(bytes), { headers })
  return new Response(Uint8Array.from(bytes.subarray(part.first, part.last + 1)), {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${part.first}-${part.last}/${bytes.length}` },
  })
}

export function serveMessages(api: Api): void {
  const { store, objects } = api
  serve(api, contracts.listMessages, async ({ params, query }, scene) => {
    await enterBox(api, scene, params.boxId)
    return store.messages.list(scene.accountId, params.boxId, query.folder, query)
  })
  serve(api, contracts.getMessage, async ({ params }, scene) => messageOf(api, scene, params))
  serve(api, contracts.getMessageAudio, async ({ params, header }, scene) =>
    audioOf(api, await messageOf(api, scene, params), header('range')),
  )
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
