import * as z from 'zod'
import { Id, Instant, Name } from '../model/id.ts'
import { Role } from '../model/user.ts'
import { contract } from './contract.ts'

const tag = 'API keys'

/** A program's way in. It is sent as `Authorization: Bearer ohk_…`. */
export const ApiKey = z.object({ id: Id, name: Name, role: Role, createdAt: Instant })

export const listApiKeys = contract({
  method: 'get',
  path: '/api-keys',
  tag,
  summary: 'API keys, at most 200, without their secrets',
  reply: z.object({ items: z.array(ApiKey) }),
  status: 200,
  may: 'api-keys:read',
})

export const createApiKey = contract({
  method: 'post',
  path: '/api-keys',
  tag,
  summary: 'Make an API key; its secret is shown this once',
  body: z.strictObject({ name: Name, role: Role.exclude(['user']).default('read-only') }),
  reply: ApiKey.extend({ secret: z.string() }),
  status: 201,
  may: 'api-keys:write',
})

export const revokeApiKey = contract({
  method: 'delete',
  path: '/api-keys/{id}',
  tag,
  summary: 'Revoke an API key; its next request is refused',
  params: z.object({ id: Id }),
  status: 204,
  may: 'api-keys:write',
})
