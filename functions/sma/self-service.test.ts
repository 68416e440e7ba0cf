import type { Store } from '@offhook/store/store.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ToldCalls } from './testing/calls.ts'
import { handlerUnderTest } from './testing/handler-under-test.ts'

const by = { by: 'test' }
const ann = { deviceId: 'desk-1001' }
const sam = { deviceId: 'desk-1002' }

let engine: TestEngine
let store: Store
let calls: ToldCalls
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
/** An account as an operator makes one, with two extensions and nothing else. */
beforeEach(async () => {
  store = await engine.store()
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  for (const [number, firstName] of [
    ['1001', 'Ann'],
    ['1002', 'Sam'],
  ] as const)
    await store.extensions.create('acme', { number, firstName }, by, {
      userId: `user-${number}`,
      deviceId: `desk-${number}`,
    })
  calls = new ToldCalls(handlerUnderTest({}, { store }))
})

const types = async (callId: string, from: typeof ann, dialled: string) =>
  (await calls.arrive(callId, from, dialled)).map(({ Type }) => Type)

it('R-158, R-162: in a new account *78 works on the first call, and is kept where the portal reads it', async () => {
  expect(await types('before', ann, '1002')).toEqual(['CallAndBridge'])

  expect(await types('code', sam, '*78')).toEqual(['PlayAudio'])

  expect(await store.facts.get('acme', 'user', 'user-1002')).toEqual({ doNotDisturb: true })
  expect(await types('after', ann, '1002')).not.toContain('CallAndBridge')
  await types('off', sam, '*79')
  expect(await types('again', ann, '1002')).toEqual(['CallAndBridge'])
})

it('R-158: a code switched off for the account says so on the next call, and works again when it is switched on', async () => {
  const code = (await store.documents.get('acme', 'feature-code', 'do-not-disturb-on'))?.document
  const switched = (enabled: boolean) => store.documents.save('acme', 'feature-code', { ...code, enabled }, by)
  await switched(false)

  expect(JSON.stringify(await calls.arrive('off', sam, '*78'))).toContain('feature-not-available')
  expect(await store.facts.get('acme', 'user', 'user-1002')).toEqual({})

  await switched(true)
  expect(JSON.stringify(await calls.arrive('on', sam, '*78'))).toContain('dnd-on')
})

it('R-160: a code told twice by the service is carried out once', async () => {
  await calls.arrive('code', sam, '*722065550104')
  await store.facts.change('acme', 'later', { kind: 'user', id: 'user-1002' }, { forward: { enabled: false } })
  // Another process, which has not seen the event before.
  await new ToldCalls(handlerUnderTest({}, { store })).arrive('code', sam, '*722065550104')

  expect(await store.facts.get('acme', 'user', 'user-1002')).toEqual({ forward: { enabled: false } })
})
