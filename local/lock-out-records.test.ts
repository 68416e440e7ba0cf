import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockOutRecords } from './lock-out-records.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())

describe('a lock-out of a phone', () => {
  it('R-146: is in the audit log of the account whose phone it is, with the address and for how long', async () => {
    const store = await engine.store()
    await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    await store.credentials.set({ username: '1001', password: 'secret', accountId: 'acme', deviceId: 'desk-1001' })

    await lockOutRecords(store)({ address: '203.0.113.9', username: '1001', atMs: 0, untilMs: 900_000 })

    const { items } = await store.audit.list('acme')
    expect(items.find(({ act }) => act === 'lock-out')).toMatchObject({
      by: 'system',
      kind: 'device',
      targetId: 'desk-1001',
      summary: expect.stringMatching(/203\.0\.113\.9 .* 1001; .*1970-01-01T00:15:00/),
    })
  })

  it('of a name that nobody has is in nobody’s', async () => {
    const store = await engine.store()
    await store.accounts.create({ id: 'other', name: 'Other', address: 'other' })

    await lockOutRecords(store)({ address: '203.0.113.9', username: '9999', atMs: 0, untilMs: 900_000 })
    await lockOutRecords(store)({ address: '203.0.113.9', atMs: 0, untilMs: 900_000 })

    expect((await store.audit.list('other')).items.filter(({ act }) => act === 'lock-out')).toEqual([])
  })
})
