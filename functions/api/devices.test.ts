import { listAudit } from '@offhook/shared/api/audit.ts'
import { revealDevicePassword, rotateDevicePassword } from '@offhook/shared/api/devices.ts'
import { devices, users } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)

describe('devices', () => {
  const everyOption = {
    type: 'sip-phone',
    name: 'Desk',
    enabled: false,
    username: 'desk-1',
    restrictions: { international: 'deny' },
    codecs: ['G722', 'PCMA'],
    srtp: 'required',
    t38: true,
    hideFromContactList: true,
    mac: '0015651234ab',
    make: 'Yealink',
    model: 'T54W',
    digest: 'SHA-256',
  }

  it('R-133: type, make, model and MAC are kept; R-144: every option comes back as it was set', async () => {
    const created = await ask(devices.create, { body: everyOption })

    const got = await ask(devices.get, { params: { id: created.id } })

    expect(got.body).toMatchObject(everyOption)
  })

  it('R-144: every device option round-trips', async () => {
    const { body, id } = await ask(devices.create, { body: { ...everyOption, username: 'desk-2', t38: false } })

    expect((await ask(devices.get, { params: { id } })).body).toEqual(body)
  })

  it('R-145: the password is in no list, shown on demand with a note of who asked, and can be rotated', async () => {
    const created = await ask(devices.create, { body: { type: 'softphone', name: 'Soft' } })
    const params = { id: created.id }

    const shown = await ask(revealDevicePassword, { params })
    const rotated = await ask(rotateDevicePassword, { params })
    const password = String(shown.body.password)

    expect(created.text + (await ask(devices.list)).text + (await ask(devices.get, { params })).text).not.toContain(
      password,
    )
    expect(rotated.body.username).toBe(created.body.username)
    expect(rotated.body.password).not.toBe(password)
    expect((await api.store.credentials.byUsername(String(created.body.username)))?.password).toBe(
      rotated.body.password,
    )
    const { items } = (await ask(listAudit, { query: { limit: 2 } })).body as { items: { act: string }[] }
    expect(items.map((entry) => entry.act)).toEqual(['update', 'reveal-secret'])
    expect(JSON.stringify(items)).not.toContain(password)
    expect((await api.ask('reader@acme', revealDevicePassword, { params })).status).toBe(403)
  })

  it('a new SIP username keeps the password, frees the old name, and is one over all accounts', async () => {
    const body = { type: 'sip-phone', name: 'Movable', username: 'movable-1' }
    const { id, etag } = await ask(devices.create, { body })
    const params = { id }
    const before = await ask(revealDevicePassword, { params })

    const moved = await ask(devices.replace, {
      params,
      body: { ...body, username: 'movable-2' },
      headers: { 'if-match': etag ?? '' },
    })
    const after = await ask(revealDevicePassword, { params })

    expect(moved.status).toBe(200)
    expect(after.body).toEqual({ username: 'movable-2', password: before.body.password })
    expect(await api.store.credentials.isFree('movable-1')).toBe(true)
    const taken = await api.ask('admin@bolt', devices.create, {
      account: 'bolt',
      body: { ...body, username: 'movable-2' },
    })
    expect([taken.status, taken.body.errors]).toEqual([409, [{ field: 'username', message: expect.any(String) }]])
    expect((await ask(devices.remove, { params })).status).toBe(204)
    expect(await api.store.credentials.isFree('movable-2')).toBe(true)
  })

  it('R-125: a device given to another user moves, and has one owner', async () => {
    const [first, second] = await Promise.all(
      ['Ann', 'Ben'].map((firstName) => ask(users.create, { body: { firstName } })),
    )
    const body = { type: 'sip-phone', name: 'Shared desk', ownerId: first?.id }
    const { id, body: created, etag } = await ask(devices.create, { body })
    const owned = async (id: unknown) =>
      (await api.store.documents.get('acme', 'ownership', String(id)))?.document.deviceIds ?? []

    expect(await owned(first?.id)).toEqual([created.id])
    await ask(devices.replace, {
      params: { id },
      body: { ...body, ownerId: second?.id },
      headers: { 'if-match': etag ?? '' },
    })

    expect([await owned(first?.id), await owned(second?.id)]).toEqual([[], [created.id]])
    expect((await ask(users.remove, { params: { id: second?.id ?? '' } })).body).toMatchObject({
      references: [{ kind: 'device', name: 'Shared desk', field: 'ownerId' }],
    })
  })
})
