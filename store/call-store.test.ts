import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCallStore } from './call-store.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

describe('the store of a function that answers calls', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await testEngine()
  })
  afterAll(() => engine.stop())

  it('reads what administrators saved, and writes what they see', async () => {
    const whole = await engine.store()
    await whole.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    const { name: tableName } = whole.table
    const store = createCallStore({ client: engine.client, tableName })

    const head = await store.accounts.head('acme')
    const documents = await store.documents.fetch('acme', head?.configRevision ?? 0, [
      { kind: 'account', id: 'account' },
      { kind: 'callflow', id: 'none' },
    ])
    expect(head).toEqual({ configRevision: 1, enabled: true })
    expect(documents.get('account/account')).toMatchObject({ id: 'acme', name: 'Acme' })
    expect(documents.get('callflow/none')).toBeNull()
    expect(await store.numbers.findDid('+12065550142')).toBeUndefined()

    const at = new Date().toISOString()
    const call = { accountId: 'acme', callId: 'one', at }
    await store.calls.share([
      { ...call, kind: 'started', id: 'one/started', direction: 'internal', from: '1', to: '2', configRevision: 1 },
    ])
    expect(await store.facts.lookUp('acme', [{ kind: 'account', id: 'account' }])).toMatchObject([
      { value: { callsUp: 1 } },
    ])
    expect(await whole.calls.up('acme')).toMatchObject([{ callId: 'one' }])
  })
})
