import { getUsage } from '@offhook/shared/api/account.ts'
import { revealDevicePassword } from '@offhook/shared/api/devices.ts'
import { createExtension, extensionParts, nextExtension, removeExtension } from '@offhook/shared/api/extensions.ts'
import { callflows, devices, extensions, ringGroups, users, voicemailBoxes } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)
const newExtension = async (number: string, firstName: string, lastName = 'Example') => {
  const created = await ask(createExtension, { body: { number, firstName, lastName } })
  expect(created.status).toBe(201)
  return created.body.extension as Record<'id' | 'userId' | 'deviceId' | 'voicemailBoxId' | 'callflowId', string>
}
const hangUp = { root: 'end', nodes: { end: { id: 'end', type: 'hang-up' } } }

describe('extensions', () => {
  it('R-034: the next free extension is proposed, one in use is refused with its owner', async () => {
    for (const number of ['1001', '1002', '1003']) await newExtension(number, 'Alex')

    const next = await ask(nextExtension)
    const taken = await ask(createExtension, { body: { number: '1003', firstName: 'Sam' } })

    expect(next.body).toEqual({ number: '1004' })
    expect(taken.status).toBe(409)
    expect(taken.body).toMatchObject({
      code: 'number-taken',
      detail: 'Extension 1003 is in use by Alex Example.',
      errors: [{ field: 'number' }],
    })
  })

  it('R-025: one request makes a user, a device, a voicemail box and a callflow, each in its own section', async () => {
    const { userId, deviceId, voicemailBoxId, callflowId } = await newExtension('1051', 'Alex')

    const user = await ask(users.get, { params: { id: userId } })
    const device = await ask(devices.get, { params: { id: deviceId } })
    const box = await ask(voicemailBoxes.get, { params: { id: voicemailBoxId } })
    const callflow = await ask(callflows.get, { params: { id: callflowId } })

    expect(user.body).toMatchObject({ firstName: 'Alex', extension: '1051' })
    expect(device.body).toMatchObject({ type: 'sip-phone', ownerId: userId })
    expect(box.body).toMatchObject({ number: '1051', ownerId: userId })
    expect(callflow.body).toMatchObject({ numbers: ['1051'], extension: '1051' })
  })

  it('R-026: a refused extension leaves none of its parts behind', async () => {
    const before = await ask(getUsage)
    const count = async () => (await ask(users.list, { query: { search: 'Orphan' } })).items as unknown[]
    await ask(voicemailBoxes.create, { body: { name: 'Shared', number: '1090' } })
    await ask(callflows.create, { body: { name: 'Taken', numbers: ['1091'], ...hangUp } })

    for (const number of ['1090', '1091', '99999999'])
      expect((await ask(createExtension, { body: { number, firstName: 'Orphan' } })).status).toBeLessThan(410)

    expect(await count()).toEqual([])
    expect((await ask(getUsage)).body.seats).toMatchObject({
      standard: (before.body.seats as { standard: number }).standard,
    })
  })

  it('R-027: the callflow is named number, space, name; R-028: and can be renamed', async () => {
    const { callflowId } = await newExtension('1053', 'Kim')
    const params = { id: callflowId }
    const { body, etag } = await ask(callflows.get, { params })

    const renamed = await ask(callflows.replace, {
      params,
      body: { ...(body as object), name: 'Front desk' },
      headers: { 'if-match': etag ?? '' },
    })

    expect([body.name, renamed.body.name]).toEqual(['1053 Kim Example', 'Front desk'])
    expect((await ask(callflows.list, { query: { search: 'front d' } })).items).toHaveLength(1)
  })

  it('R-031: the phone has a unique username and a random password of at least 128 bits', async () => {
    const made = await Promise.all([newExtension('1011', 'Uma'), newExtension('1012', 'Uri')])
    const shown = await Promise.all(made.map(({ deviceId }) => ask(revealDevicePassword, { params: { id: deviceId } })))
    const of = (field: string) => shown.map(({ body }) => String(body[field]))

    expect(new Set(of('username')).size).toBe(2)
    expect(new Set(of('password')).size).toBe(2)
    // 18 bytes in base64.
    for (const password of of('password')) expect(password.length).toBeGreaterThanOrEqual(22)
  })

  it('R-035: deleting lists its parts and what else refers to them, and is refused until nothing does', async () => {
    const { id, userId } = await newExtension('1021', 'Dee')
    const group = await ask(ringGroups.create, { body: { name: 'Sales', members: [{ kind: 'user', id: userId }] } })

    const parts = await ask(extensionParts, { params: { id } })
    const refused = await ask(removeExtension, { params: { id } })
    await ask(ringGroups.remove, { params: { id: group.id } })
    const done = await ask(removeExtension, { params: { id } })

    expect((parts.body.parts as { kind: string }[]).map((part) => part.kind)).toEqual([
      'extension',
      'user',
      'device',
      'voicemail-box',
      'callflow',
    ])
    expect(parts.body.references).toEqual([{ kind: 'ring-group', id: group.id, name: 'Sales', field: 'members.0' }])
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({ code: 'in-use', references: [{ kind: 'ring-group', name: 'Sales' }] })
    expect(refused.body.detail).toContain('Sales')
    expect(done.status).toBe(204)
    expect((await ask(users.get, { params: { id: userId } })).status).toBe(404)
    expect((await ask(extensions.get, { params: { id } })).status).toBe(404)
  })
})
