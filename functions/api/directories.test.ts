import { checkDirectoryDraft, checkRingGroupDraft } from '@offhook/shared/api/checks.ts'
import { callflows, devices, directories, users } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
  for (const [id, firstName, lastName] of [
    ['carol', 'Carol', 'Chief'],
    ['eva', 'Éva', 'Kovács'],
    ['wei', '王', '伟'],
  ])
    await ask(users.create, { body: { id, firstName, lastName } })
  for (const id of ['assistant', 'eva-flow']) await ask(callflows.create, { body: { id, name: id } })
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)
const entry = (userId: string, callflowId: string) => ({ userId, callflowId })

describe('a directory', () => {
  it('R-251: is created, read, edited and deleted with its members', async () => {
    const body = { name: 'Staff', entries: [entry('carol', 'assistant')] }
    const created = await ask(directories.create, { body })
    const params = { id: created.id }
    const edit = {
      ...body,
      entries: [...body.entries, entry('eva', 'eva-flow')],
      confirmMatch: false,
      searchBy: 'last',
    }

    const edited = await ask(directories.replace, { params, body: edit, headers: { 'if-match': created.etag ?? '' } })

    expect([created.status, edited.status]).toEqual([201, 200])
    expect((await ask(directories.get, { params })).body).toMatchObject(edit)
    expect((await ask(directories.list)).items).toMatchObject([edit])
    expect((await ask(users.remove, { params: { id: 'eva' } })).body).toMatchObject({
      references: [{ kind: 'directory', name: 'Staff', field: 'entries.1.userId' }],
    })
    expect((await ask(directories.remove, { params })).status).toBe(204)
    expect((await ask(directories.get, { params })).status).toBe(404)
  })

  it('R-258: an entry without a destination, or with one that is not there, is refused with the reason', async () => {
    const without = await ask(directories.create, { body: { name: 'Staff', entries: [{ userId: 'carol' }] } })
    const gone = await ask(directories.create, { body: { name: 'Staff', entries: [entry('carol', 'nowhere')] } })

    expect([without.status, without.body.errors]).toEqual([
      400,
      [{ field: 'entries.0.callflowId', message: expect.any(String) }],
    ])
    expect([gone.status, gone.body.errors]).toEqual([
      400,
      [{ field: 'entries.0.callflowId', message: 'There is no callflow nowhere.' }],
    ])
    expect((await ask(directories.list)).items).toEqual([])
  })

  it('R-259: people nobody can spell on a keypad are listed as a warning, others are not', async () => {
    const entries = [entry('eva', 'eva-flow'), entry('wei', 'assistant'), entry('eva', 'assistant')]
    const body = { name: 'Staff', entries, digitsMin: 3, digitsMax: 2 }

    expect((await ask(checkDirectoryDraft, { body })).body.warnings).toEqual([
      { field: 'digitsMax', message: expect.stringContaining('3 are taken') },
      { field: 'entries.1.userId', message: expect.stringContaining('王 伟 has no letters') },
      { field: 'entries.2.userId', message: expect.stringContaining('listed twice') },
    ])
    expect((await ask(directories.list)).items).toEqual([])
  })
})

it('R-073: adding a device whose owner is a member is told, before it is saved', async () => {
  const device = await ask(devices.create, { body: { type: 'sip-phone', name: 'Desk', ownerId: 'carol' } })
  const members = [
    { kind: 'user', id: 'carol' },
    { kind: 'device', id: device.id },
  ]

  const { warnings } = (await ask(checkRingGroupDraft, { body: { name: 'Sales', members } })).body

  expect(warnings).toEqual([
    { field: 'members.1', message: 'Desk belongs to Carol Chief, who is a member already: it rings once.' },
  ])
  const unknown = { name: 'Sales', members: [{ kind: 'user', id: 'nobody' }] }
  expect((await ask(checkRingGroupDraft, { body: unknown })).body.errors).toMatchObject([{ field: 'members.0' }])
})
