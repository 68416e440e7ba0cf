import { listAudit } from '@offhook/shared/api/audit.ts'
import * as flows from '@offhook/shared/api/callflows.ts'
import { createExtension, removeExtension } from '@offhook/shared/api/extensions.ts'
import { callflows, phoneNumbers } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)
const hangUp = { root: 'end', nodes: { end: { id: 'end', type: 'hang-up' } } }

describe('callflows', () => {
  it('R-050: 50 numbers on one callflow all route to it', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => String(3_000 + index))

    const { status, id } = await ask(callflows.create, { body: { name: 'Many', numbers, ...hangUp } })

    expect(status).toBe(201)
    const routes = await Promise.all(
      numbers.map((number) => api.store.documents.get('acme', 'number-route', `n${number}`)),
    )
    expect(routes.every((route) => route?.document.callflowId === id)).toBe(true)
    const fewer = await ask(callflows.replace, {
      params: { id },
      body: { name: 'Few', numbers: ['3049', '3100'], ...hangUp },
      headers: { 'if-match': '*' },
    })
    expect([fewer.status, fewer.body.numbers]).toEqual([200, ['3049', '3100']])
    expect(await api.store.documents.get('acme', 'number-route', 'n3000')).toBeUndefined()
  })

  it('R-052: a number belongs to one callflow: 409 names the owner, and moving it is one act', async () => {
    const owner = await ask(callflows.create, { body: { name: 'Owner', numbers: ['4000'], ...hangUp } })
    const other = await ask(callflows.create, { body: { name: 'Other', ...hangUp } })
    const params = { id: other.id }

    const created = await ask(callflows.create, { body: { name: 'Third', numbers: ['4000'] } })
    const refused = await ask(flows.moveNumber, { params, body: { number: '4000' } })
    const moved = await ask(flows.moveNumber, { params, body: { number: '4000', move: true } })

    expect([created.status, refused.status, moved.status]).toEqual([409, 409, 200])
    for (const answer of [created, refused])
      expect(answer.body).toMatchObject({ code: 'number-taken', number: '4000', callflowId: owner.id })
    expect(refused.body.detail).toContain('Owner')
    expect(moved.body.numbers).toEqual(['4000'])
    expect((await ask(callflows.get, { params: { id: owner.id } })).body.numbers).toEqual([])
  })

  it('R-060: a copy has the tree and no numbers; deleting frees the numbers', async () => {
    const nodes = {
      hello: { id: 'hello', type: 'play-media', exits: { next: 'end' } },
      end: { id: 'end', type: 'hang-up' },
    }
    const original = await ask(callflows.create, { body: { name: 'Main', numbers: ['4100'], root: 'hello', nodes } })

    const copy = await ask(flows.duplicateCallflow, { params: { id: original.id }, body: {} })

    expect(copy.status).toBe(201)
    expect(copy.body).toMatchObject({ name: 'Copy of Main', numbers: [], patterns: [] })
    const copied = Object.values(copy.body.nodes as Record<string, { id: string; type: string }>)
    expect(copied.map((node) => node.type).toSorted()).toEqual(['hang-up', 'play-media'])
    expect(copied.every((node) => !(node.id in nodes))).toBe(true)
    expect((await ask(callflows.remove, { params: { id: original.id } })).status).toBe(204)
    expect((await ask(callflows.create, { body: { name: 'New main', numbers: ['4100'] } })).status).toBe(201)
  })

  it('R-060 R-035: a callflow, and an extension, that a public number leads to can be deleted, which frees the number', async () => {
    // The number's own note of where it rings once kept its callflow from being deleted, and the callflow the number.
    const number = '+16045559100'
    const params = { id: number.slice(1) }
    await ask(phoneNumbers.create, { body: { number } })
    const leadsTo = async () => (await ask(phoneNumbers.get, { params })).body.callflowId

    const { id } = await ask(callflows.create, { body: { name: 'With a DID', numbers: [number] } })
    expect(await leadsTo()).toBe(id)
    expect((await ask(callflows.remove, { params: { id } })).status).toBe(204)
    expect(await leadsTo()).toBeUndefined()

    const seat = { number: '4321', firstName: 'Dee', numbers: [number] }
    expect((await ask(createExtension, { body: seat })).status).toBe(201)
    expect(await leadsTo()).toBeDefined()
    expect((await ask(removeExtension, { params: { id: '4321' } })).status).toBe(204)
    expect(await leadsTo()).toBeUndefined()
    expect((await ask(phoneNumbers.remove, { params })).status).toBe(204)
  })

  it('R-100: a pattern that is no linear-time expression is refused, a catastrophic one does no harm', async () => {
    const save = (pattern: string) => ask(callflows.create, { body: { name: 'Pattern', patterns: [pattern] } })

    const invalid = await save('(')
    const backReference = await save('(a)\\1')
    const catastrophic = await save('(a+)+$')

    expect([invalid.status, backReference.status, catastrophic.status]).toEqual([400, 400, 201])
    expect(invalid.body.errors).toMatchObject([{ field: 'patterns.0' }])
  })

  it('a way out that does not exist is refused when saved, and named', async () => {
    const nodes = {
      start: { id: 'start', type: 'hang-up', exits: { next: 'end' } },
      end: { id: 'end', type: 'hang-up' },
    }
    const body = { name: 'Broken', root: 'start', nodes }

    const saved = await ask(callflows.create, { body })
    const checked = await ask(flows.checkCallflowDraft, { body })

    expect(saved.body).toMatchObject({ code: 'callflow-has-errors', errors: [{ field: 'nodes.start.exits.next' }] })
    expect((checked.body.problems as { severity: string }[])[0]).toMatchObject({ severity: 'error', nodeId: 'start' })
  })

  it('a draft changes nothing until it is published, and an old version can be brought back', async () => {
    const created = await ask(callflows.create, { body: { name: 'One', ...hangUp } })
    const params = { id: created.id }
    const nameNow = async () => (await ask(callflows.get, { params })).body.name as string

    const draft = await ask(flows.saveCallflowDraft, { params, body: { name: 'Two', ...hangUp } })
    const late = await ask(flows.saveCallflowDraft, {
      params,
      body: { name: 'Three', ...hangUp },
      headers: { 'if-match': '"99"' },
    })
    const unpublished = await nameNow()
    const published = await ask(flows.publishCallflow, { params })
    const republished = await ask(flows.publishCallflow, { params })

    expect([draft.status, late.status, unpublished, published.status]).toEqual([200, 412, 'One', 200])
    expect([await nameNow(), republished.status]).toEqual(['Two', 404])
    const versions = (await ask(flows.listCallflowVersions, { params })).items as {
      revision: number
      act: string
    }[]
    expect(versions.map((version) => version.act)).toEqual(['publish', 'create'])
    const revision = versions[1]?.revision ?? 0
    expect((await ask(flows.getCallflowVersion, { params: { ...params, revision } })).body.name).toBe('One')
    const back = await ask(flows.rollBackCallflow, { params: { ...params, revision } })
    expect([back.status, await nameNow()]).toEqual([200, 'One'])
    const acts = (await ask(listAudit, { query: { limit: 2 } })).items as { act: string }[]
    expect(acts.map((entry) => entry.act)).toEqual(['roll-back', 'publish'])
  })

  it('a draft with errors is not published', async () => {
    const created = await ask(callflows.create, { body: { name: 'Sound', ...hangUp } })
    const params = { id: created.id }
    const nodes = { a: { id: 'a', type: 'user', params: { userId: 'ghost' }, exits: { 'no-answer': 'b' } } }
    await ask(flows.saveCallflowDraft, { params, body: { name: 'Unsound', root: 'a', nodes } })

    const refused = await ask(flows.publishCallflow, { params })
    const checked = await ask(flows.checkCallflowDraft, { body: { root: 'a', nodes } })

    expect([refused.status, refused.body.code]).toEqual([400, 'callflow-has-errors'])
    expect((checked.body.problems as { field: string }[]).map((problem) => problem.field)).toEqual([
      'nodes.a.exits.no-answer',
      'nodes.a.params.userId',
    ])
    expect((await ask(flows.discardCallflowDraft, { params })).status).toBe(204)
    expect((await ask(flows.getCallflowDraft, { params })).status).toBe(404)
  })

  it('R-095 R-098: what a list of callers would also match is noted, with the exact form, and it is saved all the same', async () => {
    const listed = (pattern: string) => ({
      name: 'List',
      root: 'list',
      nodes: {
        list: { id: 'list', type: 'match-caller-id', params: { pattern }, exits: { match: 'end', 'no-match': 'end' } },
        end: { id: 'end', type: 'hang-up' },
      },
    })
    const notes = async (pattern: string) =>
      (await ask(flows.checkCallflowDraft, { body: listed(pattern) })).body.problems as object[]
    const guide = String.raw`\b6041234567|7781234567\b`
    const exact = String.raw`\b(?:6041234567|7781234567)\b`

    expect(await notes(guide)).toEqual([
      {
        severity: 'warning',
        nodeId: 'list',
        field: 'nodes.list.params.pattern',
        message: `This also matches 6041234567890. The exact form is ${exact}`,
      },
    ])
    const [bare] = await notes('6041234567|7781234567')
    expect(bare).toMatchObject({
      message: String.raw`Put \b before the first number and after the last. The exact form is ${exact}`,
    })
    expect(await notes(exact)).toEqual([])
    expect((await ask(callflows.create, { body: listed(guide) })).status).toBe(201)
  })
})
