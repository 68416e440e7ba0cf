import { devices, media, users } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
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
