import { createApiKey, listApiKeys, revokeApiKey } from '@offhook/shared/api/api-keys.ts'
import { notFound } from './auth.ts'
import { type Api, serve } from './serve.ts'

export function serveApiKeys(api: Api): void {
  const { store } = api
  serve(api, listApiKeys, async (_, { accountId }) => ({ items: await store.people.listApiKeys(accountId) }))
  serve(api, createApiKey, async ({ body }, { accountId, by }) => {
    const key = await store.people.createApiKey(accountId, body.name, body.role)
    await store.audit.append(accountId, { by, act: 'create', kind: 'api-key', targetId: key.id, summary: body.name })
    return key
  })
  serve(api, revokeApiKey, async ({ params }, { accountId, by }) => {
    if (!(await store.people.revokeApiKey(accountId, params.id))) throw notFound('There is no such API key.')
    await store.audit.append(accountId, { by, act: 'delete', kind: 'api-key', targetId: params.id })
    return undefined
  })
}
