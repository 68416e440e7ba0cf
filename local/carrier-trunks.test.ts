import type { TrunkOptions } from '@offhook/edge/trunk/trunk.ts'
import type { Store } from '@offhook/store/store.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CarrierTrunks } from './carrier-trunks.ts'

const by = { by: 'test' }
const hosts = [{ host: '198.51.100.1' }]

let engine: TestEngine
let store: Store
let used: readonly TrunkOptions[] = []
let carriers: CarrierTrunks
beforeAll(async () => {
  engine = await testEngine()
  store = await engine.store({ onSaved: (accountId, kinds) => carriers.saved(accountId, kinds) })
  carriers = new CarrierTrunks({
    store: () => store,
    use: (trunks) => {
      used = trunks
    },
    onError: (error) => {
      throw error
    },
  })
  for (const id of ['acme', 'bolt']) await store.accounts.create({ id, name: id, address: id })
})
afterAll(() => engine.stop())

const names = () => used.map(({ accountId, id }) => `${accountId}/${id}`)

it('the edge has the carriers of every account at its start, and each change a moment after it was saved', async () => {
  await store.documents.save('acme', 'carrier', { id: 'main', name: 'Main', hosts, username: 'acme' }, by)
  await store.documents.save('bolt', 'carrier', { id: 'main', name: 'Main', hosts, enabled: false }, by)
  await carriers.load()
  expect(names()).toEqual(['acme/main'])
  // A user name without a password proves nothing.
  expect(used[0]).not.toHaveProperty('credentials')

  await store.carrierPasswords.set('acme', 'main', 'secret')
  await expect.poll(() => used[0]?.credentials).toEqual({ username: 'acme', password: 'secret' })

  await store.documents.save('bolt', 'carrier', { id: 'main', name: 'Main', hosts, callerIdFormat: 'national' }, by)
  await expect.poll(names).toEqual(['acme/main', 'bolt/main'])
  expect(used[1]).toMatchObject({ callerIdFormat: 'national', direction: 'both', emergency: false })

  await store.documents.remove('acme', 'carrier', 'main', by)
  await expect.poll(names).toEqual(['bolt/main'])
})
