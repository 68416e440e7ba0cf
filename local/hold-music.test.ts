import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AudioSource } from '@offhook/edge/media/media-engine.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { holdMusic } from './hold-music.ts'

const by = { by: 'test' }
const ours: AudioSource = { kind: 'silence', durationMs: 100 }
const folder = mkdtempSync(join(tmpdir(), 'offhook-hold-'))
const objects = folderObjects({ folder, secret: 's'.repeat(32), baseUrl: 'http://localhost/objects' })

let engine: TestEngine
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(async () => {
  await engine.stop()
  rmSync(folder, { recursive: true })
})

it('R-021: whoever is put on hold hears what the account chose, unless the holder has music of their own', async () => {
  const store = await engine.store({ objects })
  const account = await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  await store.extensions.create('acme', { number: '1001', firstName: 'Alex' }, by, { userId: 'alex', deviceId: 'desk' })
  for (const id of ['waltz', 'march']) {
    await objects.put(`media/acme/${id}.wav`, new Uint8Array(64), 'audio/wav')
    await store.documents.save('acme', 'media', { id, name: id, objectKey: `media/acme/${id}.wav` }, by)
  }
  const heard = holdMusic(store, objects, ours)
  const desk = { kind: 'device', accountId: 'acme', deviceId: 'desk', username: '1001' } as const
  const caller = { kind: 'trunk', accountId: 'acme', trunkId: 'carrier' } as const
  const pathOf = (source: AudioSource) => (source.kind === 'file' ? source.path : source.kind)
  expect(pathOf(await heard(desk))).toBe('silence')

  await store.documents.save('acme', 'account', { ...account, holdMusic: 'waltz' }, by)
  expect(pathOf(await heard(desk))).toBe(objects.pathOf('media/acme/waltz.wav'))
  expect(pathOf(await heard(caller))).toBe(objects.pathOf('media/acme/waltz.wav'))

  const user = (await store.documents.get('acme', 'user', 'alex'))?.document
  if (user === undefined) throw new Error('Alex was made')
  await store.documents.save('acme', 'user', { ...user, holdMusic: 'march' }, by)
  expect(pathOf(await heard(desk))).toBe(objects.pathOf('media/acme/march.wav'))
  expect(pathOf(await heard(caller))).toBe(objects.pathOf('media/acme/waltz.wav'))

  await objects.remove('media/acme/march.wav')
  expect(pathOf(await heard(desk))).toBe('silence')
})
