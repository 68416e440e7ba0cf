import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MailChange } from './lamps.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())

const by = { by: 'test' }
const at = '2026-11-24T15:00:00.000Z'

/** Two people with a phone and a box each, and a box of nobody. */
async function start() {
  const changes: MailChange[] = []
  const store = await engine.store({ onMail: (change) => changes.push(change) })
  for (const id of ['acme', 'bolt']) await store.accounts.create({ id, name: id, address: id })
  for (const name of ['alex', 'dana'])
    await store.extensions.create('acme', { number: name === 'alex' ? '1001' : '1002', firstName: name }, by, {
      userId: name,
      deviceId: `desk-${name}`,
      voicemailBoxId: `box-${name}`,
      callflowId: `flow-${name}`,
      username: `${name}-desk`,
    })
  await store.documents.save('acme', 'voicemail-box', { id: 'sales', name: 'Sales', number: '2001' }, by)
  const leave = (boxId: string, call: string) =>
    store.messages.arrive('acme', {
      boxId,
      callId: call,
      at,
      objectKey: `voicemail/acme/${boxId}/${call}/1.wav`,
      durationMs: 4_000,
    })
  return { store, changes, leave }
}

it('a phone shows what waits in the boxes of its owner, and which number to call', async () => {
  const { store, leave } = await start()
  await leave('box-alex', 'c1')
  await leave('box-alex', 'c2')
  await leave('sales', 'c3')
  const [message] = (await store.messages.list('acme', 'box-alex', 'new')).items
  await store.messages.move('acme', 'box-alex', message?.id ?? '', 'saved')

  expect(await store.lamps.countsOf('acme', 'desk-alex')).toEqual({ newCount: 1, savedCount: 1, dial: '*97' })
  expect(await store.lamps.countsOf('acme', 'desk-dana')).toEqual({ newCount: 0, savedCount: 0, dial: '*97' })
  expect(await store.lamps.countsOf('bolt', 'desk-alex')).toBeUndefined()
})

it('every message that comes, is heard or deleted is told once, with the phones it concerns', async () => {
  const { store, changes, leave } = await start()
  await leave('box-alex', 'c1')
  await leave('box-alex', 'c1')
  const [message] = (await store.messages.list('acme', 'box-alex', 'new')).items
  const id = message?.id ?? ''
  for (const folder of ['saved', 'saved', 'deleted', 'gone'] as const)
    await store.messages.move('acme', 'box-alex', id, folder)

  expect(changes.slice(0, 3)).toEqual(changes.slice(0, 3).map(() => ({ accountId: 'acme', boxId: 'box-alex' })))
  expect(changes.length).toBe(4)
  expect(await store.lamps.usernamesOf({ accountId: 'acme', boxId: 'box-alex' })).toEqual(['alex-desk'])
  expect(await store.lamps.usernamesOf({ accountId: 'acme', boxId: 'sales' })).toEqual([])
  expect(await store.lamps.usernamesOf({ accountId: 'bolt', boxId: 'box-alex' })).toEqual([])
})

it('whoever is logged in at a phone sees their messages there, and not those of its owner', async () => {
  const { store, changes, leave } = await start()
  await leave('box-alex', 'c1')
  await leave('box-dana', 'c2')
  await leave('box-dana', 'c3')
  const change = (turn: number, kind: 'device' | 'user', id: string, set: object) => ({
    kind: 'change' as const,
    id: `login/${turn}/0`,
    accountId: 'acme',
    callId: 'login',
    at,
    fact: { kind, id },
    set: set as Record<string, unknown>,
  })
  changes.length = 0
  await store.calls.share([
    change(1, 'device', 'desk-alex', { hotDeskUserIds: ['dana'] }),
    change(2, 'user', 'dana', { hotDeskDeviceIds: ['desk-alex'] }),
  ])

  expect(changes).toEqual([{ accountId: 'acme', deviceId: 'desk-alex' }])
  expect(await store.lamps.usernamesOf({ accountId: 'acme', deviceId: 'desk-alex' })).toEqual(['alex-desk'])
  expect(await store.lamps.countsOf('acme', 'desk-alex')).toMatchObject({ newCount: 2 })
  expect(await store.lamps.usernamesOf({ accountId: 'acme', boxId: 'box-dana' })).toEqual(['dana-desk', 'alex-desk'])
})
