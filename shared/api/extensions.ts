import * as z from 'zod'
import { Extension } from '../model/extension.ts'
import { Email, Id, Name } from '../model/id.ts'
import { CallflowNumber, ExtensionNumber } from '../model/number.ts'
import { Pin } from '../model/voicemail-box.ts'
import { contract } from './contract.ts'
import { Reference } from './references.ts'

const tag = 'Extensions'
const ById = z.object({ id: Id })

/** What an admin fills in to give somebody a phone. */
export const NewExtension = z.strictObject({
  number: ExtensionNumber.meta({ title: 'Extension number' }),
  firstName: Name.meta({ title: 'First name' }),
  lastName: z.string().trim().max(128).default('').meta({ title: 'Last name' }),
  email: Email.optional().meta({ title: 'E-mail' }),
  pin: Pin.optional().meta({ title: 'Voicemail PIN' }),
  /** Numbers besides the extension that ring it, such as a DID the account owns. */
  numbers: z.array(CallflowNumber).max(20).default([]).meta({ title: 'Further numbers' }),
})
export type NewExtension = z.infer<typeof NewExtension>

/** The password is not in here: it is shown on demand. */
export const CreatedExtension = z.object({ extension: Extension, sip: z.object({ username: z.string() }) })

export const createExtension = contract({
  method: 'post',
  path: '/extensions',
  tag,
  summary: 'Add an extension: user, device, voicemail box and callflow as one act',
  body: NewExtension,
  reply: CreatedExtension,
  status: 201,
  may: 'config:write',
  etag: 'shown',
  refusals: [409],
})

export const nextExtension = contract({
  method: 'get',
  path: '/next-extension',
  tag,
  summary: 'The next free extension number',
  reply: z.object({ number: z.string() }),
  status: 200,
  may: 'config:read',
})

/** What stands behind an extension and what else refers to it, to be shown before it is deleted. */
export const extensionParts = contract({
  method: 'get',
  path: '/extensions/{id}/parts',
  tag,
  summary: 'The parts of an extension and everything else that refers to them',
  params: ById,
  reply: z.object({
    parts: z.array(z.object({ kind: z.string(), id: Id, name: z.string() })),
    references: z.array(Reference),
  }),
  status: 200,
  may: 'config:read',
})

export const removeExtension = contract({
  method: 'delete',
  path: '/extensions/{id}',
  tag,
  summary: 'Delete an extension with its parts; refused with a list while something else refers to them',
  params: ById,
  query: z.object({
    /** `extension`: only the seat goes; user, device, box and callflow stay. */
    parts: z.enum(['all', 'extension']).default('all'),
  }),
  status: 204,
  may: 'config:write',
  refusals: [409],
})
