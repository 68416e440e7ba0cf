import { createAccount, listAccounts } from '@offhook/shared/api/accounts.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '@offhook/shared/api/api-keys.ts'
import { getSignIn, setUserPassword } from '@offhook/shared/api/me.ts'
import { crudNouns, groups, users } from '@offhook/shared/api/nouns.ts'
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

describe('privileges', () => {
  it('an operator may enter every account, and somebody who only says so may not', async () => {
    await api.store.people.set(
      { accountId: 'bolt', username: 'pretender', role: 'operator', enabled: true, subject: 'pretender@bolt' },
      'correct horse battery',
    )
    const pretender = { bearer: await api.tokenFor('pretender@bolt', 'bolt') }

    expect((await api.ask('operator@operator', groups.list)).status).toBe(200)
    expect((await api.ask('operator@operator', groups.list, { account: 'no-such' })).status).toBe(404)
    expect((await api.ask(pretender, groups.list)).status).toBe(404)
    expect((await api.ask(pretender, listAccounts)).status).toBe(403)
  })

  it('the doors of a closed account are shut to its own people', async () => {
    const { id } = await api.store.accounts.create({ id: 'shut', name: 'Shut', address: 'shut', enabled: false })
    await api.store.people.set(
      { accountId: id, username: 'admin', role: 'admin', enabled: true, subject: 'admin@shut' },
      'correct horse battery',
    )

    const answer = await api.ask({ bearer: await api.tokenFor('admin@shut', id) }, groups.list, { account: id })

    expect([answer.status, answer.body.code]).toEqual([403, 'account-disabled'])
  })

  it('R-008: admin is a privilege of a user: granted, both can write; revoked, the next request is 403', async () => {
    const user = { firstName: 'Robin', username: 'robin', role: 'user' }
    const created = await api.ask('admin@acme', users.create, { body: { id: 'robin', ...user } })
    const set = await api.ask('admin@acme', setUserPassword, {
      params: { id: 'robin' },
      body: { password: 'a long enough one' },
    })
    expect([created.status, set.status]).toEqual([201, 204])
    const robin = { bearer: await api.tokenFor('robin', 'acme') }
    const grant = (role: string) =>
      api.ask('admin@acme', users.replace, {
        params: { id: 'robin' },
        body: { ...user, role },
        headers: { 'if-match': '*' },
      })
    const write = () => api.ask(robin, groups.create, { body: { name: 'Sales' } })

    const before = await write()
    await grant('admin')
    const [mine, theirs] = [await write(), await api.ask('admin@acme', groups.create, { body: { name: 'Support' } })]
    await grant('user')
    const after = await write()

    expect([before.status, mine.status, theirs.status, after.status]).toEqual([403, 201, 201, 403])
  })

  it('R-002: nobody can sign up: there is no address for it, and only the operator opens accounts', async () => {
    const body = { name: 'Cog', address: 'cog', admin: { username: 'cora', password: 'a long enough one' } }

    const anonymous = await api.ask(undefined, createAccount, { body })
    const admin = await api.ask('admin@acme', createAccount, { body })
    const operator = await api.ask('operator@operator', createAccount, { body })
    const paths = await Promise.all(
      ['/v1/sign-up', '/v1/register', '/v1/users'].map(async (path) => api.app.request(path, { method: 'POST' })),
    )

    expect([anonymous.status, admin.status, operator.status]).toEqual([401, 403, 201])
    expect(paths.map((path) => path.status)).toEqual([404, 404, 404])
    const listed = await api.ask('operator@operator', listAccounts)
    expect(JSON.stringify(listed.items)).toContain('"cog"')
    const signIn = await api.store.people.signIn(String(operator.id), 'cora', 'a long enough one')
    expect(signIn).toHaveProperty('person.role', 'admin')
    expect((await api.ask('operator@operator', createAccount, { body })).status).toBe(409)
    expect(operator.text).not.toContain('long enough')
  })

  it('R-001: the address alone selects the account', async () => {
    const acme = await api.ask(undefined, getSignIn, { params: { address: 'acme' } })
    const none = await api.ask(undefined, getSignIn, { params: { address: 'nowhere' } })

    expect(acme.body).toMatchObject({ clientId: 'console', account: { id: 'acme', name: 'Acme Ltd' } })
    expect(none.status).toBe(404)
  })

  it('an API key works like a person of its role until it is revoked; its secret is shown once', async () => {
    const created = await api.ask('admin@acme', createApiKey, { body: { name: 'reporting', role: 'read-only' } })
    const key = { bearer: String(created.body.secret) }
    const listed = await api.ask('admin@acme', listApiKeys)

    expect(created.status).toBe(201)
    expect(listed.text).toContain('reporting')
    expect(listed.text).not.toContain(key.bearer)
    expect((await api.ask(key, groups.list)).status).toBe(200)
    expect((await api.ask(key, groups.list, { account: 'bolt' })).status).toBe(404)
    expect((await api.ask(key, groups.create, { body: { name: 'x' } })).status).toBe(403)
    expect((await api.ask('admin@acme', revokeApiKey, { params: { id: created.id } })).status).toBe(204)
    expect((await api.ask(key, groups.list)).status).toBe(401)
  })

  it('people who may only read see no PIN', async () => {
    const conferences = crudNouns.find((noun) => noun.kind === 'conference')
    const params = { id: ids.get('conference') ?? '' }

    const admin = await api.ask('admin@acme', conferences?.get ?? groups.get, { params })
    const reader = await api.ask('reader@acme', conferences?.get ?? groups.get, { params })

    expect([admin.body.pins, reader.body.pins]).toEqual([['1234'], []])
  })
})
