import { countRequests } from '@offhook/store/counting-client.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { storeCredentials } from './credential-source.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())

async function start() {
  const store = await engine.store()
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  const by = { by: 'test' }
  const ids = { userId: 'alex', deviceId: 'desk', username: '1001' }
  const { sip } = await store.extensions.create('acme', { number: '1001', firstName: 'Alex' }, by, ids)
  const clock = { nowMs: Date.now() }
  return { store, by, sip, clock, credentials: storeCredentials(store, () => clock.nowMs) }
}

it('knows a device with its password, owner and what a 911 call needs, and no other name', async () => {
  const { credentials, sip } = await start()

  expect(await credentials.lookUp('1001')).toMatchObject({
    kind: 'device',
    accountId: 'acme',
    deviceId: 'desk',
    userId: 'alex',
    enabled: true,
    password: sip.password,
    displayName: 'Alex',
    emergency: { addresses: [] },
  })
  expect(await credentials.lookUp('1002')).toBeUndefined()
})

it('asks the table once for who comes back, and again for whom the account has changed', async () => {
  const { credentials, store, by, clock } = await start()
  await credentials.lookUp('1001')
  const requests = countRequests(engine.client)
  await credentials.lookUp('1001')
  expect(requests.take()).toEqual({ reads: 1, writes: 0, itemsWritten: 0 })

  const device = await store.documents.get('acme', 'device', 'desk')
  await store.documents.save('acme', 'device', { ...device?.document, enabled: false }, by)
  clock.nowMs += 1_000

  expect(await credentials.lookUp('1001')).toMatchObject({ enabled: false })
})

it('a new password counts at once', async () => {
  const { credentials, store } = await start()
  await credentials.lookUp('1001')

  const { password } = await store.credentials.rotate('acme', 'desk')

  expect(await credentials.lookUp('1001')).toMatchObject({ password })
})
