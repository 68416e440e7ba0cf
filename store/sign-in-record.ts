import { Id, Instant } from '@offhook/shared/model/id.ts'
import { Role } from '@offhook/shared/model/user.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'

/** Somebody who signs in with a password. */
export const Person = z.object({
  /** The user's id where the person is one. */
  subject: z.string().max(64),
  accountId: Id,
  username: z.string().max(128),
  role: z.union([Role, z.literal('operator')]),
  userId: Id.optional(),
  enabled: z.boolean(),
})
export type Person = z.infer<typeof Person>

/** As kept: never leaves the store whole. */
export const SignInRecord = Person.extend({
  salt: z.base64(),
  hash: z.base64(),
  failures: z.int().min(0),
  lockedUntil: Instant.optional(),
})
export type SignInRecord = z.infer<typeof SignInRecord>

export const person = entity(SignInRecord, accountTemplates.person)
