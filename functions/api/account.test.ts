import { getAccount, updateAccount } from '@offhook/shared/api/account.ts'
import { crudNouns, groups } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'
import { everyNoun } from './testing/every-noun.ts'

let api: ApiUnderTest
let ids: ReadonlyMap<string, string>
beforeAll(async () => {
  api = await apiUnderTest()
  ids = await everyNoun(api)
})
afterAll(() => api.stop())

describe('account details', () => {
  it('R-014: settings of the account are defaults for everything in it; its address is not theirs to change', async () => {
    const { body, etag } = await api.ask('admin@acme', getAccount)
    const { id: _, address: __, enabled: ___, ...settings } = body as Record<string, unknown>
    const change = (more: object) =>
      api.ask('admin@acme', updateAccount, {
        body: { ...settings, ...more },
        headers: { 'if-match': etag ?? '' },
      })

    const refused = await change({ address: 'elsewhere' })
    const changed = await change({ timeZone: 'America/Vancouver', holdMusic: ids.get('media') })

    expect([refused.status, changed.status]).toEqual([400, 200])
    expect(changed.body).toMatchObject({ id: 'acme', address: 'acme', timeZone: 'America/Vancouver' })
    const head = await api.store.accounts.head('acme')
    const seen = await api.store.documents.fetch('acme', head?.configRevision ?? 0, [
      { kind: 'account', id: 'account' },
    ])
    expect(seen.get('account/account')).toMatchObject({ timeZone: 'America/Vancouver', holdMusic: 'media-1' })
  })

  it('R-019: several blacklists can be active at once', async () => {
    const lists = crudNouns.find((noun) => noun.kind === 'blacklist')
    for (const id of ['x', 'y'])
      await api.ask('admin@acme', lists?.create ?? groups.create, { body: { id, name: id, numbers: [] } })
    const { body } = await api.ask('admin@acme', getAccount)
    const { id: _, address: __, enabled: ___, ...settings } = body as Record<string, unknown>

    const saved = await api.ask('admin@acme', updateAccount, {
      body: { ...settings, blacklists: ['x', 'y'] },
      headers: { 'if-match': '*' },
    })

    expect([saved.status, saved.body.blacklists]).toEqual([200, ['x', 'y']])
    const deleted = await api.ask('admin@acme', lists?.remove ?? groups.remove, { params: { id: 'x' } })
    expect([deleted.status, deleted.body.code]).toEqual([409, 'in-use'])
  })
})
