/** Nothing half-made: not when a write fails, not when the engine is killed, not when two people save at once. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTable } from './create-table.ts'
import { type EmbeddedTable, startEmbedded } from './embedded/dynoxide.ts'
import { localClient } from './embedded/local-client.ts'
import { createStore, type Store } from './store.ts'
import { breakTransactions, injectFailures } from './testing/failing-client.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'
import { readWhole, savedKeys } from './testing/whole-account.ts'

const by = { by: 'test' }
const alex = { number: '1001', firstName: 'Alex', lastName: 'Example', email: 'alex@acme.example', pin: '1234' }
const acme = { id: 'acme', name: 'Acme', address: 'acme' }

const numbered = (count: number, first = 3_000) => Array.from({ length: count }, (_, index) => String(first + index))

describe('a write that fails', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await testEngine()
  })
  afterAll(() => engine.stop())

  async function fresh(): Promise<{ store: Store; client: DynamoDBClient }> {
    const client = localClient(engine.endpoint)
    const tableName = `test-${randomUUID()}`
    await createTable(client, tableName)
    const store = createStore({ client, tableName })
    await store.accounts.create(acme)
    return { store, client }
  }

  it('R-025: an extension is made in one transaction: its four parts and all that follows from them', async () => {
    const { store, client } = await fresh()
    const failures = injectFailures(client)

    const { extension } = await store.extensions.create('acme', alex, by)

    expect(failures.written()).toBe(1)
    expect(savedKeys(await readWhole(store, 'acme'))).toEqual(
      [
        'account/account',
        `callflow/${extension.callflowId}`,
        `device/${extension.deviceId}`,
        'extension/1001',
        `user/${extension.userId}`,
        `voicemail-box/${extension.voicemailBoxId}`,
      ].toSorted(),
    )
  })

  it.each([
    'user',
    'device',
    'voicemail-box',
    'callflow',
    'extension',
    'ownership',
    'number-route',
    'mailbox-route',
    'SIP#',
    'AUDIT',
  ])('R-026: when the write of its %s fails, nothing of an extension is left', async (part) => {
    const { store, client } = await fresh()
    const broken = breakTransactions(client, (key) => key.includes(part))

    await expect(store.extensions.create('acme', alex, by, { username: 'alex', deviceId: 'phone' })).rejects.toThrow()
    broken.mend()

    const whole = await readWhole(store, 'acme')
    expect(savedKeys(whole)).toEqual(['account/account'])
    expect(whole.revision).toBe(1)
    expect(await store.credentials.byUsername('alex')).toBeUndefined()
    await store.extensions.create('acme', alex, by, { username: 'alex', deviceId: 'phone' })
  })

  it('of a save that takes several transactions leaves the first ones whole and the rest not begun', async () => {
    const { store, client } = await fresh()
    const failures = injectFailures(client)
    await store.documents.save('acme', 'callflow', { id: 'main', name: 'Before', numbers: ['8000'] }, by)
    const wanted = { id: 'main', name: 'After', numbers: numbered(200) }

    for (let done = 0; ; done += 1) {
      failures.failAt(done === 0 ? 0 : 1)
      const result = await store.documents.save('acme', 'callflow', wanted, by).catch(String)
      const { documents } = await readWhole(store, 'acme')
      if (typeof result !== 'string') break
      expect(result).toContain('made to fail')
      expect(documents.get('callflow/main')).toMatchObject({ name: 'Before' })
      expect(done).toBeLessThan(50)
    }

    expect((await store.documents.get('acme', 'callflow', 'main'))?.document).toMatchObject(wanted)
  })
})

describe('two writers', () => {
  let engine: TestEngine
  let store: Store
  beforeAll(async () => {
    engine = await testEngine()
    store = await engine.store()
    await store.accounts.create(acme)
  })
  afterAll(() => engine.stop())

  it('of one revision: one wins, the other is told both revisions and who it was', async () => {
    const { revision } = await store.documents.save('acme', 'menu', { id: 'main', name: 'One' }, by)

    const results = await Promise.allSettled(
      ['Ann', 'Ben'].map((name) =>
        store.documents.save('acme', 'menu', { id: 'main', name }, { by: name, ifMatch: revision }),
      ),
    )

    const winner = (await store.documents.get('acme', 'menu', 'main'))?.document.name
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: {
        code: 'revision-conflict',
        status: 412,
        details: { kind: 'menu', id: 'main', yours: revision, current: revision + 1, by: winner },
      },
    })
  })

  it('R-026: of one number: one extension is made whole, of the other nothing', async () => {
    const results = await Promise.allSettled(
      ['Ann', 'Ben', 'Cem', 'Dora'].map((firstName) => store.extensions.create('acme', { ...alex, firstName }, by)),
    )

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const { documents } = await readWhole(store, 'acme')
    expect([...documents.keys()].filter((name) => name.startsWith('user/'))).toHaveLength(1)
  })

  it('of different things both succeed, twenty at a time', async () => {
    const before = (await store.accounts.head('acme'))?.configRevision ?? 0

    await Promise.all(
      numbered(20).map((number) =>
        store.documents.save('acme', 'callflow', { id: `c${number}`, numbers: [number] }, by),
      ),
    )

    expect((await readWhole(store, 'acme')).revision).toBe(before + 20)
  })

  it('in two accounts: a DID, a SIP username and an address have one owner', async () => {
    await store.accounts.create({ id: 'bolt', name: 'Bolt', address: 'bolt' })
    const did = { id: '16045550100', number: '+16045550100' }
    const device = { id: 'd', type: 'sip-phone', name: 'Desk', username: 'desk' }
    for (const save of [
      (account: string) => store.documents.save(account, 'phone-number', did, by),
      (account: string) => store.documents.save(account, 'device', device, by),
    ]) {
      const results = await Promise.allSettled(['acme', 'bolt'].map((account): Promise<unknown> => save(account)))
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    }

    await expect(store.accounts.create({ id: 'cog', name: 'Cog', address: 'bolt' })).rejects.toMatchObject({
      code: 'address-taken',
      status: 409,
    })
    expect(await store.accounts.head('cog')).toBeUndefined()
  })
})

describe('an engine killed between two writes', () => {
  /** Each takes half a second: three hundred are what the long suite has time for. */
  const runs = Math.min(Number(process.env.OFFHOOK_RUNS ?? 10), 300)
  let folder: string
  let engine: EmbeddedTable
  let client: DynamoDBClient
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'offhook-store-'))
    engine = await startEmbedded(join(folder, 'table.db'), runs)
    client = localClient(engine.endpoint)
  })
  afterAll(async () => {
    client.destroy()
    await engine.stop()
    rmSync(folder, { recursive: true })
  })

  it(`leaves an account that reads whole, and work goes on (${runs} times)`, {
    timeout: 20_000 + runs * 5_000,
  }, async () => {
    const tableName = 'killed'
    await createTable(client, tableName)
    const failures = injectFailures(client)
    const store = createStore({ client, tableName })
    await store.accounts.create(acme)
    const kill = () => {
      process.kill(engine.pid, 'SIGKILL')
    }
    for (let run = 0; run < runs; run += 1) {
      const id = String(2_000 + run)
      const works = [
        () => store.extensions.create('acme', { number: id, firstName: 'Alex' }, by),
        // Sixty numbers go and sixty come, in several transactions.
        () =>
          store.documents.save(
            'acme',
            'callflow',
            { id: 'many', numbers: numbered(60, 100_000 + (run % 2) * 100) },
            by,
          ),
        () =>
          store.documents.saveMany(
            'acme',
            numbered(60).map((menu) => ({ kind: 'menu', id: menu, document: { id: menu, name: id } })),
            by,
          ),
      ]
      // Before the first write, the second and so on; every other time while the write is on its way.
      failures.before(
        run % 4,
        run % 2 === 0
          ? kill
          : () => {
              setTimeout(kill, run % 7)
            },
      )

      await works[run % works.length]?.().catch((error: unknown) => error)
      failures.clear()
      const { revision } = await retried(() => readWhole(createStore({ client, tableName }), 'acme'))
      await retried(() => store.documents.save('acme', 'menu', { id: 'after', name: `After ${run}` }, by))

      expect((await retried(() => readWhole(store, 'acme'))).revision).toBeGreaterThan(revision)
    }
  })

  /** The engine takes a moment to be back. */
  async function retried<T>(read: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1)
      try {
        return await read()
      } catch (error) {
        if (tries === 100 || !(error instanceof Error) || !/ECONN|socket/.test(`${error.name} ${error.message}`))
          throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
  }
})
