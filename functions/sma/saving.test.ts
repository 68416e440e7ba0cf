import type { Store } from '@offhook/store/store.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ToldCalls } from './testing/calls.ts'
import { handlerUnderTest } from './testing/handler-under-test.ts'

const by = { by: 'test' }
const caller = { deviceId: 'desk' }

let engine: TestEngine
let store: Store
beforeAll(async () => {
  engine = await testEngine()
  store = await engine.store()
})
afterAll(() => engine.stop())

const save = (mediaIds: readonly string[]) => {
  const nodes = mediaIds.map((mediaId, index) => ({
    id: `n${index}`,
    type: 'play-media',
    params: { mediaId },
    exits: index + 1 < mediaIds.length ? { next: `n${index + 1}` } : {},
  }))
  return store.documents.save(
    'acme',
    'callflow',
    { id: 'flow', numbers: ['7000'], root: 'n0', nodes: Object.fromEntries(nodes.map((node) => [node.id, node])) },
    by,
  )
}

it('R-059: what is saved is what the next call takes, and a call under way keeps what it began with', async () => {
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  await store.documents.save('acme', 'device', { id: 'desk', type: 'sip-phone', name: 'Desk', username: 'desk' }, by)
  for (const id of ['one', 'two', 'three'])
    await store.documents.save('acme', 'media', { id, name: id, objectKey: `media/acme/${id}.wav` }, by)
  const calls = new ToldCalls(handlerUnderTest({}, { store }))
  const played = (actions: Awaited<ReturnType<ToldCalls['arrive']>>) =>
    actions.flatMap(({ Type, Parameters }) =>
      Type === 'PlayAudio' ? [(Parameters as { AudioSource: { Key: string } }).AudioSource.Key] : [],
    )
  await save(['one', 'two'])
  const first = await calls.arrive('before', caller, '7000')
  expect(played(first)).toEqual(['media/acme/one.wav'])

  await save(['three'])

  expect(played(await calls.arrive('after', caller, '7000'))).toEqual(['media/acme/three.wav'])
  const [action] = first
  if (action === undefined) throw new Error('something was played')
  expect(played(await calls.done('before', action as Parameters<ToldCalls['done']>[1]))).toEqual(['media/acme/two.wav'])
})
