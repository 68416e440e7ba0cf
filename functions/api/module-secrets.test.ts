import { listAudit } from '@offhook/shared/api/audit.ts'
import { revealModuleSecret, saveCallflowDraft } from '@offhook/shared/api/callflows.ts'
import { callflows } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { moduleSecret } from '../outside/signature.ts'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

const trustKey = 'a key of at least thirty-two characters'
const url = 'https://steps.acme.example/next'
const nodes = {
  ask: { id: 'ask', type: 'pivot', params: { url, keyVersion: 3 }, exits: { failed: 'bye' } },
  bye: { id: 'bye', type: 'hang-up' },
}

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest({ moduleSecret: (accountId, module) => moduleSecret(trustKey, accountId, module) })
  await api.ask('admin@acme', callflows.create, { body: { id: 'main', root: 'ask', nodes } })
})
afterAll(() => api.stop())

const reveal = (nodeId: string, id = 'main') => ({ params: { id, nodeId } })

it('an administrator sees what requests are signed with, which is noted; it is in no document and no list', async () => {
  const shown = await api.ask('admin@acme', revealModuleSecret, reveal('ask'))

  const secret = moduleSecret(trustKey, 'acme', { callflowId: 'main', nodeId: 'ask', keyVersion: 3 })
  expect(shown).toMatchObject({ status: 200, body: { keyVersion: 3, secret } })
  expect((await api.ask('admin@acme', listAudit)).items).toContainEqual(
    expect.objectContaining({ act: 'reveal-secret', targetId: 'main', summary: 'secret 3 of ask' }),
  )
  for (const contract of [callflows.list, callflows.get, listAudit])
    expect((await api.ask('admin@acme', contract, { params: { id: 'main' } })).text).not.toContain(secret)
})

it('a module that is being drawn has the secret it will have', async () => {
  const drawn = { ...nodes, ask: { ...nodes.ask, params: { url, keyVersion: 4 } } }
  await api.ask('admin@acme', saveCallflowDraft, { params: { id: 'main' }, body: { root: 'ask', nodes: drawn } })

  expect((await api.ask('admin@acme', revealModuleSecret, reveal('ask'))).body.keyVersion).toBe(4)
})

it.each([
  ['reader@acme', 'ask', 403],
  ['nobody@acme', 'ask', 403],
  ['admin@bolt', 'ask', 404],
  ['admin@acme', 'bye', 404],
  ['admin@acme', 'constructor', 404],
  ['operator@operator', 'ask', 200],
] as const)('%s asking for %s gets %i', async (who, nodeId, status) => {
  expect((await api.ask(who, revealModuleSecret, reveal(nodeId))).status).toBe(status)
})
