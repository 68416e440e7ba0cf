import { type Contract, fullPath } from '@offhook/shared/api/contract.ts'
import { contracts } from '@offhook/shared/api/contracts.ts'
import { getMe } from '@offhook/shared/api/me.ts'
import { crudNouns, groups } from '@offhook/shared/api/nouns.ts'
import { type ApiRole, grants } from '@offhook/shared/api/permission.ts'
import { defaultFeatureCodes } from '@offhook/shared/callflow/feature-codes.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest, type Who } from './testing/api-under-test.ts'
import { everyNoun, marker } from './testing/every-noun.ts'

/** Every account begins with these, as its own. */
const codesOfAll = new Set<string>(defaultFeatureCodes.map(({ id }) => id))

let api: ApiUnderTest
let ids: ReadonlyMap<string, string>
beforeAll(async () => {
  api = await apiUnderTest()
  ids = await everyNoun(api)
})
afterAll(() => api.stop())

/** Something for every part of a path, so that a contract with a part of its own is asked like the others. */
const parts = (contract: Contract, known: Readonly<Record<string, string | number>>) => ({
  ...Object.fromEntries(Array.from(contract.path.matchAll(/\{(\w+)\}/g), ([, name = '']) => [name, 'x'])),
  ...known,
})

describe('walls', () => {
  it('R-009: for every resource, a token of another account gets 404 and no field of what is there', async () => {
    const revisionBefore = (await api.store.accounts.head('acme'))?.configRevision

    for (const contract of contracts.filter((one) => one.scope !== 'installation')) {
      const kind = crudNouns.find((noun) => contract.path.startsWith(noun.list.path))?.kind ?? 'user'
      const id = ids.get(kind) ?? '1'
      const boxId = ids.get('voicemail-box') ?? ''
      const params = parts(contract, { id, kind, boxId, callId: 'call-1', revision: 1 })
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
    for (const noun of crudNouns) {
      const params = { id: ids.get(noun.kind) ?? '' }
      const got = await api.ask('admin@bolt', noun.get, { params, account: 'bolt' })
      // Who may not write them is refused before anybody looks whose they are.
      const remover = grants('admin', noun.remove.may) ? 'admin@bolt' : 'operator@operator'
      const removed = await api.ask(remover, noun.remove, { params, account: 'bolt' })
      const listed = await api.ask('admin@bolt', noun.list, { account: 'bolt' })

      const others = listed.items.filter(({ id }) => !codesOfAll.has(String(id)))
      expect([noun.kind, listed.status, got.status, removed.status, others]).toEqual([noun.kind, 200, 404, 404, []])
      expect(listed.text).not.toContain(marker)
      expect(got.text).not.toContain(marker)
    }
  })

  it("R-009: a cursor of Acme's list shows Bolt nothing of it", async () => {
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
      const params = parts(contract, { kind: 'user', revision: 1, address: 'acme' })
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
