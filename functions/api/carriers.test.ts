import { listAudit } from '@offhook/shared/api/audit.ts'
import { setCarrierPassword, testCarrier } from '@offhook/shared/api/carriers.ts'
import { carriers } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

const operator = 'operator@operator'
const main = { id: 'main', name: 'Main', hosts: [{ host: 'sip.carrier.example' }], username: 'acme' }
const params = { id: 'main' }
const result = {
  host: 'sip.carrier.example',
  port: 5_060,
  transport: 'udp',
  method: 'REGISTER',
  isFine: false,
} as const
const edge = { trace: async () => ({ until: '' }), ladder: async () => [] }

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest({
    edge: {
      ...edge,
      testCarrier: async () => [{ ...result, status: 403, reason: 'Forbidden', roundTripMs: 3 }],
    },
  })
  await api.ask(operator, carriers.create, { body: main })
})
afterAll(() => api.stop())

it.each([
  [operator, 201, 204, 200],
  ['admin@acme', 403, 403, 403],
  ['reader@acme', 403, 403, 403],
  ['admin@bolt', 404, 404, 404],
] as const)('%s writing a carrier gets %i, setting its password %i, testing it %i', async (who, create, set, test) => {
  const body = { name: 'Another', hosts: main.hosts }

  expect((await api.ask(who, carriers.create, { body })).status).toBe(create)
  expect((await api.ask(who, setCarrierPassword, { params, body: { password: 'wonderful' } })).status).toBe(set)
  expect((await api.ask(who, testCarrier, { params })).status).toBe(test)
})

it('an account admin sees the carriers, and nobody ever their password', async () => {
  const shown = await api.ask('admin@acme', carriers.get, { params })

  expect(shown).toMatchObject({ status: 200, body: { name: 'Main', username: 'acme', callerIdFormat: 'e164' } })
  expect(shown.text + (await api.ask(operator, carriers.list)).text).not.toContain('wonderful')
  expect((await api.ask('admin@acme', listAudit)).text).not.toContain('wonderful')
  expect(await api.store.carrierPasswords.find('acme', 'main')).toBe('wonderful')
  expect(await api.store.carrierPasswords.find('bolt', 'main')).toBeUndefined()
})

it('a test says what the carrier answered, host by host', async () => {
  const { body } = await api.ask(operator, testCarrier, { params })

  expect(body).toEqual({ results: [{ ...result, status: 403, reason: 'Forbidden', roundTripMs: 3 }] })
})
