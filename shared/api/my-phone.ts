import * as z from 'zod'
import { Id } from '../model/id.ts'
import { contract } from './contract.ts'

const tag = 'Self-service'

/** Whose it is follows from who is signed in: nobody can ask for another's. */
export const openMyPhone = contract({
  method: 'post',
  scope: 'installation',
  path: '/me/browser-phone',
  tag,
  summary: "One's own browser phone and what it registers with; made under the user at the first time (R-285)",
  reply: z.object({ deviceId: Id, username: z.string(), password: z.string() }),
  status: 200,
  may: 'signed-in',
  refusals: [409],
})

export const listMyBoxes = contract({
  method: 'get',
  scope: 'installation',
  path: '/me/voicemail-boxes',
  tag,
  summary: "One's own voicemail boxes",
  reply: z.object({ items: z.array(z.object({ id: Id, name: z.string(), number: z.string() })) }),
  status: 200,
  may: 'messages:read',
})
