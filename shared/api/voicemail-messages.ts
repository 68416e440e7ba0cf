import * as z from 'zod'
import { Id } from '../model/id.ts'
import { Folder, VoicemailMessage } from '../model/voicemail-box.ts'
import { contract, PageQuery, pageOf } from './contract.ts'

const tag = 'Voicemail messages'
const InBox = z.object({ boxId: Id })
const ById = InBox.extend({ id: Id })

/** As its owner sees it: where the audio lies is nobody's business. */
export const Message = VoicemailMessage.omit({ objectKey: true })

export const listMessages = contract({
  method: 'get',
  path: '/voicemail-boxes/{boxId}/messages',
  tag,
  summary: 'Messages of one folder, newest first',
  params: InBox,
  query: PageQuery.extend({ folder: Folder.default('new') }),
  reply: pageOf(Message),
  status: 200,
  may: 'messages:read',
})

export const getMessage = contract({
  method: 'get',
  path: '/voicemail-boxes/{boxId}/messages/{id}',
  tag,
  summary: 'One message',
  params: ById,
  reply: Message,
  status: 200,
  may: 'messages:read',
})

export const getMessageAudio = contract({
  method: 'get',
  path: '/voicemail-boxes/{boxId}/messages/{id}/audio',
  tag,
  summary: 'The audio of a message; one byte range may be asked for (RFC 9110 §14)',
  params: ById,
  media: 'audio/wav',
  status: 200,
  may: 'messages:read',
  refusals: [416],
})

export const markMessage = contract({
  method: 'put',
  path: '/voicemail-boxes/{boxId}/messages/{id}',
  tag,
  summary: 'Move a message to another folder: new, saved or deleted',
  params: ById,
  body: z.strictObject({ folder: Folder }),
  reply: Message,
  status: 200,
  may: 'messages:write',
})

export const removeMessage = contract({
  method: 'delete',
  path: '/voicemail-boxes/{boxId}/messages/{id}',
  tag,
  summary: 'Delete a message and its audio for good',
  params: ById,
  status: 204,
  may: 'messages:write',
})
