import { listAudit } from '@offhook/shared/api/audit.ts'
import { groups } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'
import { everyNoun } from './testing/every-noun.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
  await everyNoun(api)
})
afterAll(() => api.stop())

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
