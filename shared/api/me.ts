import * as z from 'zod'
import { Id } from '../model/id.ts'
import { Password } from './accounts.ts'
import { contract } from './contract.ts'
import { ApiRole } from './permission.ts'

const tag = 'Signing in'

export const getMe = contract({
  method: 'get',
  scope: 'installation',
  path: '/me',
  tag,
  summary: 'Who is signed in, to which account, and what they may do',
  reply: z.object({
    subject: z.string(),
    username: z.string().optional(),
    role: ApiRole,
    userId: Id.optional(),
    account: z.object({ id: Id, name: z.string(), address: z.string() }).optional(),
    permissions: z.array(z.string()),
  }),
  status: 200,
  may: 'signed-in',
})

/** What a console needs before anybody is signed in: the address alone selects the account. */
export const getSignIn = contract({
  method: 'get',
  scope: 'installation',
  path: '/sign-in/{address}',
  tag,
  summary: 'How to sign in at an address: OpenID Connect, authorization code with PKCE',
  params: z.object({ address: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/) }),
  reply: z.object({
    issuer: z.string(),
    clientId: z.string(),
    /** The resource to ask a token for, RFC 8707. */
    resource: z.string(),
    scope: z.string(),
    account: z.object({ id: Id, name: z.string(), address: z.string() }),
  }),
  status: 200,
  may: 'anyone',
})

/** Lets a user sign in, or changes how. The username is the user's own. */
export const setUserPassword = contract({
  method: 'put',
  path: '/users/{id}/password',
  tag,
  summary: 'Set the password a user signs in with',
  params: z.object({ id: Id }),
  body: z.strictObject({ password: Password }),
  status: 204,
  may: 'people:write',
  refusals: [409],
})
