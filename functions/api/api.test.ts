import { getAccount, updateAccount } from '@offhook/shared/api/account.ts'
import { createAccount, listAccounts } from '@offhook/shared/api/accounts.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '@offhook/shared/api/api-keys.ts'
import { listAudit } from '@offhook/shared/api/audit.ts'
import { fullPath } from '@offhook/shared/api/contract.ts'
import { contracts } from '@offhook/shared/api/contracts.ts'
import { createExtension, nextExtension } from '@offhook/shared/api/extensions.ts'
import { getMe, getSignIn, setUserPassword } from '@offhook/shared/api/me.ts'
import { crudNouns, devices, groups, media, users } from '@offhook/shared/api/nouns.ts'
import { type ApiRole, grants } from '@offhook/shared/api/permission.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest, type Who } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

/** Something to create of every noun, and what to look for where it must not leak. */
const marker = 'Zanzibar'
const sample: Readonly<Record<string, (id: string) => object>> = {
  user: () => ({ firstName: marker }),
  device: () => ({ type: 'sip-phone', name: marker }),
  'voicemail-box': (id) => ({ name: marker, number: `77${id.replaceAll(/\D/g, '')}` }),
  callflow: () => ({ name: marker }),
  menu: () => ({ name: marker }),
  media: () => ({ name: marker, text: marker }),
  group: () => ({ name: marker }),
  'ring-group': () => ({ name: marker }),
  schedule: () => ({ name: marker, recurrence: { cycle: 'daily' } }),
  'schedule-set': () => ({ name: marker, schedules: ['schedule-1'] }),
  directory: () => ({ name: marker }),
  blacklist: () => ({ name: marker }),
  'phone-number': () => ({ id: '16045550199', number: '+16045550199' }),
  'emergency-address': () => ({ name: marker, street: '1 Main St', city: marker, region: 'BC', postalCode: 'V5K 0A1' }),
  conference: () => ({ name: marker, pins: ['1234'] }),
  'fax-box': () => ({ name: marker }),
  queue: () => ({ name: marker }),
  carrier: () => ({ name: marker, hosts: [{ host: 'sip.example.com' }] }),
  'feature-code': () => ({ digits: '97', module: 'check-voicemail' }),
  prompt: () => ({ id: 'en-US-vm-greeting', promptId: 'vm-greeting', language: 'en-US', mediaId: 'media-1' }),
}

/** Ids by kind of what was created for Acme, filled by the first test that asks. */
const made = new Map<string, string>()
async function everyNoun(): Promise<Map<string, string>> {
  if (made.size > 0) return made
  for (const noun of crudNouns) {
    const id = `${noun.kind}-1`
    const body = { id, ...sample[noun.kind]?.(id) }
    const answer = await api.ask('admin@acme', noun.create, { body })
    expect([noun.kind, answer.status, answer.text]).toEqual([noun.kind, 201, expect.any(String)])
    made.set(noun.kind, String(answer.id))
  }
  return made
}

describe('walls', () => {
  it('R-009: for every resource, a token of another account gets 404 and no field of what is there', async () => {
    const ids = await everyNoun()
    const revisionBefore = (await api.store.accounts.head('acme'))?.configRevision

    for (const contract of contracts.filter((one) => one.scope !== 'installation')) {
      const kind = crudNouns.find((noun) => contract.path.startsWith(noun.list.path))?.kind ?? 'user'
      const id = ids.get(kind) ?? '1'
      const params = { id, boxId: ids.get('voicemail-box') ?? '', callId: 'call-1', revision: 1 }
      const body = contract.body === undefined ? undefined : { name: marker, firstName: marker }
      const answer = await api.ask('admin@bolt', contract, { params, body, headers: { 'if-match': '*' } })
      const nothing = await api.ask('admin@bolt', contract, {
        params,
        body,
        headers: { 'if-match': '*' },
        account: 'no-such',
      })

      expect([contract.method, contract.path, answer.status]).toEqual([contract.method, contract.path, 404])
      expect(answer.text).not.toMatch(/Zanzibar|Acme|16045550199/)
      // What exists and what never did look the same.
      expect(answer.text).toBe(nothing.text)
    }
    expect((await api.store.accounts.head('acme'))?.configRevision).toBe(revisionBefore)
  })

  it("R-009: Acme's ids under Bolt's own path are nothing either", async () => {
    const ids = await everyNoun()

    for (const noun of crudNouns) {
      const params = { id: ids.get(noun.kind) ?? '' }
      const got = await api.ask('admin@bolt', noun.get, { params, account: 'bolt' })
      const removed = await api.ask('admin@bolt', noun.remove, { params, account: 'bolt' })
      const listed = await api.ask('admin@bolt', noun.list, { account: 'bolt' })

      expect([noun.kind, got.status, removed.status, listed.text]).toEqual([noun.kind, 404, 404, '{"items":[]}'])
      expect(got.text).not.toContain(marker)
    }
  })

  it("R-009: a cursor of Acme's list shows Bolt nothing of it", async () => {
    await everyNoun()
    await api.ask('admin@acme', groups.create, { body: { name: `${marker} two` } })
    const first = await api.ask('admin@acme', groups.list, { query: { limit: 1 } })
    expect(first.cursor).toBeDefined()

    const stolen = await api.ask('admin@bolt', groups.list, { query: { cursor: first.cursor }, account: 'bolt' })

    expect(stolen.text).not.toContain(marker)
    expect(stolen.status).toBeLessThan(500)
  })

  it('every contract asks for its permission: without a token 401, without the role 403', async () => {
    const roles: readonly (readonly [Who, ApiRole])[] = [
      ['admin@acme', 'admin'],
      ['reader@acme', 'read-only'],
      ['nobody@acme', 'user'],
    ]
    for (const contract of contracts) {
      if (contract.may === 'anyone') continue
      const params = { id: 'x', boxId: 'x', callId: 'x', revision: 1, address: 'acme' }
      const anonymous = await api.ask(undefined, contract, { params })
      expect([fullPath(contract), anonymous.status]).toEqual([fullPath(contract), 401])
      for (const [who, role] of roles) {
        if (grants(role, contract.may)) continue
        const refused = await api.ask(who, contract, { params, body: contract.body && {} })
        expect([contract.method, fullPath(contract), role, refused.status]).toEqual([
          contract.method,
          fullPath(contract),
          role,
          403,
        ])
      }
    }
  })

  it.each([
    ['another issuer', { iss: 'https://elsewhere.example' }],
    ['another audience', { aud: 'console' }],
    ['no account', { account: undefined }],
    ['a past', { exp: 1 }],
    ['an id token', { aud: undefined, client_id: 'urn:offhook:api', token_use: 'id' }],
  ])('a token with %s is refused', async (_, claims) => {
    const answer = await api.ask({ bearer: await api.tokenFor('admin@acme', 'acme', claims) }, getMe)

    expect(answer.status).toBe(401)
    expect(answer.body.code).toBe('unauthenticated')
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  })

  it('a token that was changed, signed by another or by nobody is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await api.tokenFor('admin@acme', 'acme')).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const forged = [
      `${header}.${encode({ ...claims, account: 'bolt', sub: 'admin@bolt' })}.${signature}`,
      `${encode({ alg: 'none' })}.${payload}.`,
      `${encode({ alg: 'HS256', kid: '1' })}.${payload}.${signature}`,
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      'x'.repeat(9_000),
      '..',
    ]

    for (const bearer of forged) expect((await api.ask({ bearer }, getMe)).status).toBe(401)
  })

  it('a token of somebody the store does not know, and one that claims a role, change nothing', async () => {
    const stranger = await api.ask({ bearer: await api.tokenFor('ghost', 'acme') }, getMe)
    const bold = await api.ask({ bearer: await api.tokenFor('nobody@acme', 'acme', { role: 'operator' }) }, groups.list)

    expect([stranger.status, bold.status]).toEqual([401, 403])
  })
})

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
    const ids = await everyNoun()
    const conferences = crudNouns.find((noun) => noun.kind === 'conference')
    const params = { id: ids.get('conference') ?? '' }

    const admin = await api.ask('admin@acme', conferences?.get ?? groups.get, { params })
    const reader = await api.ask('reader@acme', conferences?.get ?? groups.get, { params })

    expect([admin.body.pins, reader.body.pins]).toEqual([['1234'], []])
  })
})

describe('revisions', () => {
  it('a change names what it changes: 428 without, 412 with both revisions named, then it is live', async () => {
    const created = await api.ask('admin@acme', groups.create, { body: { name: 'Front desk' } })
    const params = { id: created.id }
    const change = (name: string, headers: Record<string, string>) =>
      api.ask('admin@acme', groups.replace, { params, body: { name }, headers })

    const blind = await change('A', {})
    const first = await change('A', { 'if-match': created.etag ?? '' })
    const late = await change('B', { 'if-match': created.etag ?? '' })
    const odd = await change('B', { 'if-match': 'W/"x"' })

    expect([blind.status, first.status, late.status, odd.status]).toEqual([428, 200, 412, 400])
    const [was, is] = [created.etag, first.etag].map((tag) => Number(tag?.replaceAll('"', '')))
    expect(late.body).toMatchObject({ code: 'revision-conflict', yours: was, current: is })
    expect((await api.ask('admin@acme', groups.get, { params })).body.name).toBe('A')
  })

  it('what the client has already is not sent again', async () => {
    const created = await api.ask('admin@acme', groups.create, { body: { name: 'Cached' } })
    const params = { id: created.id }
    const got = await api.ask('admin@acme', groups.get, { params })

    const again = await api.ask('admin@acme', groups.get, { params, headers: { 'if-none-match': got.etag ?? '' } })

    expect([got.etag, again.status, again.text]).toEqual([created.etag, 304, ''])
  })

  it('a delete that names an old revision is refused, a plain one goes through, a second one finds nothing', async () => {
    const created = await api.ask('admin@acme', groups.create, { body: { name: 'Gone soon' } })
    const params = { id: created.id }
    const remove = (headers: Record<string, string>) => api.ask('admin@acme', groups.remove, { params, headers })

    expect((await remove({ 'if-match': '"1"' })).status).toBe(412)
    expect((await remove({})).status).toBe(204)
    expect((await remove({})).status).toBe(404)
  })

  it('lists come a page at a time and can be searched', async () => {
    for (const name of ['Paging one', 'Paging two', 'Paging three'])
      await api.ask('admin@acme', groups.create, { body: { name } })
    const names: string[] = []
    let cursor: string | undefined
    for (let page = 0; page < 10; page += 1) {
      const answer = await api.ask('admin@acme', groups.list, { query: { search: 'PAGING', limit: 2, cursor } })
      names.push(...(answer.items as { name: string }[]).map((group) => group.name))
      cursor = answer.cursor
      if (cursor === undefined) break
    }

    expect(names.toSorted()).toEqual(['Paging one', 'Paging three', 'Paging two'])
    expect((await api.ask('admin@acme', groups.list, { query: { limit: 101 } })).status).toBe(400)
  })

  it('a cursor nobody was given shows nothing and breaks nothing', async () => {
    await everyNoun()
    const forged = Buffer.from(JSON.stringify({ pk: 'ACCOUNT#bolt', sk: 'HEAD' })).toString('base64url')

    for (const cursor of ['garbage', forged, 'x'.repeat(2_000)])
      for (const contract of [groups.list, listAudit]) {
        const answer = await api.ask('admin@acme', contract, { query: { cursor } })

        expect([cursor.slice(0, 20), answer.status < 500]).toEqual([cursor.slice(0, 20), true])
        expect(answer.text).not.toContain('Bolt')
      }
  })

  it('every write is in the audit log, with who did it', async () => {
    const created = await api.ask('admin@acme', groups.create, { body: { name: 'Audited' } })
    await api.ask('admin@acme', groups.remove, { params: { id: created.id } })

    const { items } = await api.ask('reader@acme', listAudit, { query: { limit: 2 } })

    expect(items).toMatchObject([
      { act: 'delete', kind: 'group', targetId: created.id, by: 'admin@acme' },
      { act: 'create', kind: 'group', targetId: created.id, by: 'admin@acme' },
    ])
  })
})

describe('refusals', () => {
  const type = 'application/problem+json'

  it.each([
    ['a field of the wrong kind', { type: 'sip-phone', name: 'x', enabled: 'yes' }, ['enabled']],
    ['a field there is none of', { type: 'sip-phone', name: 'x', colour: 'red' }, ['colour']],
    ['fields that are missing', {}, ['name', 'type']],
    [
      'a field inside another',
      { type: 'sip-phone', name: 'x', callerId: { internal: { number: 'x' } } },
      ['callerId.internal.number'],
    ],
    [
      'a rule of the noun',
      { type: 'landline', name: 'x', number: '+16045550100', requireKeyPress: true },
      ['requireKeyPress'],
    ],
    ['something that is not there', { type: 'sip-phone', name: 'x', ownerId: 'ghost' }, ['ownerId']],
    ['no object at all', [], ['']],
  ])('%s is named in the problem', async (_, body, fields) => {
    const answer = await api.ask('admin@acme', devices.create, { body })

    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe(type)
    expect(answer.body).toMatchObject({ status: 400, code: 'bad-request', title: 'Bad Request' })
    const errors = answer.body.errors as { field: string; message: string }[]
    expect(errors.map((error) => error.field).toSorted()).toEqual(fields)
    for (const error of errors) expect(error.message.length).toBeGreaterThan(3)
  })

  it('what is no JSON, too long, or nowhere is a problem too', async () => {
    const send = (body: string, headers = {}) => api.ask('admin@acme', groups.create, { body, headers })

    const bad = await send('{')
    const plain = await send('name=x', { 'content-type': 'application/x-www-form-urlencoded' })
    const long = await send(JSON.stringify({ name: 'x'.repeat(1_100_000) }))
    const nowhere = await api.app.request('/v1/accounts/acme/unicorns')

    expect([bad.status, plain.status, long.status, nowhere.status]).toEqual([400, 415, 413, 404])
    for (const answer of [bad, plain, long, nowhere]) expect(answer.headers.get('content-type')).toBe(type)
  })

  it('what breaks inside says nothing of itself and is reported', async () => {
    const broken = await apiUnderTest({
      liveCalls: () => Promise.reject(new Error('the secret table is on fire')),
    })
    const listCalls = contracts.find((contract) => contract.path === '/calls')

    const answer = listCalls && (await broken.ask('admin@acme', listCalls))

    expect(answer?.status).toBe(500)
    expect(answer?.text).not.toContain('secret')
    expect(broken.failures).toHaveLength(1)
    await broken.stop()
  })

  it('answers carry the headers of an API: not sniffed, not framed, not cached, not shared across origins', async () => {
    const { headers } = await api.ask('admin@acme', getMe, { headers: { origin: 'https://evil.example' } })

    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('a recording can not be pointed at an object of somebody else', async () => {
    const answer = await api.ask('admin@bolt', media.create, {
      account: 'bolt',
      body: { name: 'x', objectKey: 'voicemail/acme/box/call.wav' },
    })

    expect(answer.status).toBe(400)
  })

  it('the description of the API is served', async () => {
    const response = await api.app.request('/v1/openapi.json')
    const description = (await response.json()) as { openapi: string; paths: object }

    expect(description.openapi).toBe('3.1.1')
    expect(Object.keys(description.paths)).toContain(fullPath(devices.get))
  })
})

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
    const changed = await change({ timeZone: 'America/Vancouver', holdMusic: (await everyNoun()).get('media') })

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

  it('R-034: the next free extension is proposed, one in use is refused with its owner', async () => {
    const person = { firstName: 'Alex', lastName: 'Example' }
    for (const number of ['1001', '1002', '1003'])
      expect((await api.ask('admin@acme', createExtension, { body: { number, ...person } })).status).toBe(201)

    const next = await api.ask('admin@acme', nextExtension)
    const taken = await api.ask('admin@acme', createExtension, { body: { number: '1003', ...person } })

    expect(next.body).toEqual({ number: '1004' })
    expect(taken.status).toBe(409)
    expect(taken.body).toMatchObject({
      code: 'number-taken',
      detail: 'Extension 1003 is in use by Alex Example.',
      errors: [{ field: 'number' }],
    })
  })
})
