import { getAccount, updateAccount } from '@offhook/shared/api/account.ts'
import { getDeviceCallerIds, getUserCallerIds } from '@offhook/shared/api/caller-ids.ts'
import {
  devices,
  emergencyAddresses,
  media,
  phoneNumbers,
  schedules,
  users,
  voicemailBoxes,
} from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
  await ask(emergencyAddresses.create, {
    body: { id: 'hq', name: 'HQ', street: '1 Main St', city: 'Vancouver', region: 'BC', postalCode: 'V5K 0A1' },
  })
  for (const number of ['+16045550142', '+16045550143']) await ask(phoneNumbers.create, { body: { number } })
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)

it('R-127: every field of a user comes back as it was set', async () => {
  const music = await ask(media.create, { body: { name: 'Waltz', kind: 'hold-music' } })
  const everything = {
    firstName: 'Éva',
    lastName: 'Kovács',
    username: 'eva.kovacs',
    email: 'eva@acme.example',
    role: 'admin',
    timeZone: 'Europe/Budapest',
    language: 'fr-CA',
    holdMusic: music.id,
    voicemailToEmail: false,
    faxToEmail: false,
    callerId: {
      internal: { name: 'Éva', number: '1004' },
      external: { name: 'Acme', number: '+16045550142' },
      emergency: { number: '+16045550142' },
    },
    callForward: {
      enabled: true,
      number: '+12065550104',
      bypassPhones: false,
      requireKeyPress: false,
      keepCallerId: false,
      directCallsOnly: true,
    },
    restrictions: { international: 'deny', national: 'deny' },
  }

  const created = await ask(users.create, { body: everything })
  const got = await ask(users.get, { params: { id: created.id } })

  expect(created.status).toBe(201)
  expect(got.body).toMatchObject(everything)
})

it('R-138: a new landline asks for no key; turning that on is refused with the reason', async () => {
  const home = { type: 'landline', name: 'Home', number: '+12065550104' }
  const created = await ask(devices.create, { body: home })
  expect(created.status).toBe(201)
  expect(created.body.requireKeyPress).toBe(false)

  const refused = await ask(devices.replace, {
    params: { id: created.id },
    body: { ...home, requireKeyPress: true },
    ...(created.etag === null ? {} : { headers: { 'if-match': created.etag } }),
  })

  expect(refused.status).toBe(400)
  expect(refused.text).toContain('nobody could press the key')
  expect((await ask(devices.get, { params: { id: created.id } })).body.requireKeyPress).toBe(false)
})

it.each([
  { type: 'ata', username: 'lobby-ata' },
  { type: 'fax', username: 'lobby-fax' },
  { type: 'smartphone', username: 'robins-phone' },
  { type: 'sip-uri', uri: 'sip:desk@partner.example' },
])('R-140: a device of type $type is made', async (device) => {
  const created = await ask(devices.create, { body: { name: 'Further', ...device } })

  expect(created.status).toBe(201)
  expect((await ask(devices.get, { params: { id: created.id } })).body).toMatchObject(device)
})

describe('the list of users', () => {
  it('R-123: has everybody with their details, and keeps what is edited', async () => {
    const many = Array.from({ length: 10 }, (_, index) => ({ firstName: `Listed${index}`, lastName: 'Person' }))
    for (const body of many) await ask(users.create, { body })

    const listed = await ask(users.list, { query: { search: 'Listed' } })
    const { id } = listed.items[3] as { id: string }
    const edit = { firstName: 'Renamed', lastName: 'Person', email: 'renamed@acme.example', timeZone: 'Europe/Paris' }
    const { etag } = await ask(users.get, { params: { id } })
    const edited = await ask(users.replace, { params: { id }, body: edit, headers: { 'if-match': etag ?? '' } })

    expect(listed.items.map(({ firstName }) => String(firstName)).toSorted()).toEqual(
      many.map(({ firstName }) => firstName),
    )
    expect(edited.status).toBe(200)
    expect((await ask(users.get, { params: { id } })).body).toMatchObject(edit)
    expect((await ask(users.list, { query: { search: 'renamed@acme' } })).items).toMatchObject([edit])
  })

  it('R-124: an administrator is added without a device or a mailbox', async () => {
    const before = (await api.store.documents.all('acme', 'device')).length
    const created = await ask(users.create, { body: { firstName: 'Admin', username: 'second.admin', role: 'admin' } })

    expect([created.status, created.body.role]).toEqual([201, 'admin'])
    expect((await ask(devices.list, { query: { ownerId: created.id } })).items).toEqual([])
    expect((await ask(voicemailBoxes.list)).items.filter(({ ownerId }) => ownerId === created.id)).toEqual([])
    expect((await api.store.documents.all('acme', 'device')).length).toBe(before)
  })
})

it('R-130: the list of devices has every type, and those of one type or of one user where that is asked for', async () => {
  const owner = await ask(users.create, { body: { firstName: 'Owner' } })
  const made = [
    { type: 'sip-phone', name: 'List desk', ownerId: owner.id },
    { type: 'softphone', name: 'List soft', ownerId: owner.id },
    { type: 'cell', name: 'List cell', number: '+12065550104' },
  ]
  for (const body of made) expect((await ask(devices.create, { body })).status).toBe(201)
  const names = async (query: Record<string, string>) =>
    (await ask(devices.list, { query: { search: 'List ', ...query } })).items.map(({ name }) => String(name)).toSorted()

  expect(await names({})).toEqual(['List cell', 'List desk', 'List soft'])
  expect(await names({ type: 'cell' })).toEqual(['List cell'])
  expect(await names({ ownerId: owner.id })).toEqual(['List desk', 'List soft'])
  expect(await names({ ownerId: owner.id, type: 'softphone' })).toEqual(['List soft'])
  expect((await ask(devices.list, { query: { type: 'teapot' } })).status).toBe(400)
  const { items, cursor } = await ask(devices.list, { query: { ownerId: owner.id, limit: 1 } })
  const next = await ask(devices.list, { query: { ownerId: owner.id, limit: 1, cursor } })
  expect([...items, ...next.items].map(({ name }) => String(name)).toSorted()).toEqual(['List desk', 'List soft'])
})

it('R-142: the schedule of a Follow-Me is one of the account, and is used by the device', async () => {
  const scheduleId = (await ask(schedules.create, { body: { name: 'Nine to five', recurrence: { cycle: 'daily' } } }))
    .id
  const body = { type: 'sip-phone', name: 'Scheduled', followMeSchedule: scheduleId }

  expect((await ask(devices.create, { body })).body.followMeSchedule).toBe(scheduleId)
  expect((await ask(devices.create, { body: { ...body, followMeSchedule: 'nothing' } })).body.errors).toMatchObject([
    { field: 'followMeSchedule' },
  ])
  expect((await ask(schedules.remove, { params: { id: scheduleId } })).text).toContain('Scheduled')
})

describe('caller IDs', () => {
  const change = async (callerId: object) => {
    const { body, etag } = await ask(getAccount)
    const { id: _, address: __, enabled: ___, ...settings } = body
    return ask(updateAccount, { body: { ...settings, callerId }, headers: { 'if-match': etag ?? '' } })
  }

  it('R-250: the effective value of each kind is told with the level it comes from', async () => {
    expect((await change({ external: { name: 'Acme', number: '+16045550142' } })).status).toBe(200)
    const owner = await ask(users.create, {
      body: {
        firstName: 'Robin',
        lastName: 'Reed',
        extension: '1042',
        callerId: { external: { number: '+16045550143' } },
      },
    })
    const phone = { type: 'sip-phone', name: 'Desk', ownerId: owner.id, callerId: { internal: { name: 'Front desk' } } }
    const { id } = await ask(devices.create, { body: phone })

    expect((await ask(getDeviceCallerIds, { params: { id } })).body).toEqual({
      internal: { name: 'Front desk', nameFrom: 'device', number: '1042', numberFrom: 'user' },
      external: { name: 'Acme', nameFrom: 'account', number: '+16045550143', numberFrom: 'user' },
      emergency: { name: 'Acme', nameFrom: 'account', number: '+16045550143', numberFrom: 'user', unregistered: [] },
    })
    expect((await ask(getUserCallerIds, { params: { id: owner.id } })).body.internal).toEqual({
      name: 'Robin Reed',
      nameFrom: 'user',
      number: '1042',
      numberFrom: 'user',
    })
    expect((await ask(getDeviceCallerIds, { params: { id: 'nothing' } })).status).toBe(404)
  })

  it('R-249 R-250: an emergency number without an address is told as passed over', async () => {
    await ask(phoneNumbers.create, { body: { number: '+16045550144', emergencyAddressId: 'hq' } })
    const callerId = { emergency: { number: '+16045550142' } }
    const { id } = await ask(devices.create, { body: { type: 'sip-phone', name: 'Warehouse', callerId } })

    const { emergency } = (await ask(getDeviceCallerIds, { params: { id } })).body

    expect(emergency).toMatchObject({ unregistered: [{ level: 'device', number: '+16045550142' }] })
  })

  it('R-023: a number that is none of the account is refused with the reason, on every level', async () => {
    const foreign = { callerId: { external: { number: '+12125550123' }, emergency: { number: '+12125550124' } } }
    const refusals = [
      await ask(users.create, { body: { firstName: 'Spoofer', ...foreign } }),
      await ask(devices.create, { body: { type: 'sip-phone', name: 'Spoofer', ...foreign } }),
      await change(foreign.callerId),
    ]

    for (const refused of refusals) {
      expect(refused.status).toBe(400)
      expect(refused.body.errors).toEqual([
        {
          field: 'callerId.external.number',
          message: expect.stringContaining('+12125550123 is no number of this account'),
        },
        { field: 'callerId.emergency.number', message: expect.any(String) },
      ])
    }
    const inside = { callerId: { internal: { number: '999' } } }
    expect((await ask(users.create, { body: { firstName: 'Inside', ...inside } })).status).toBe(201)
  })
})
