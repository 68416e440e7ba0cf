import { afterAll, beforeAll, expect, it } from 'vitest'
import { messageId, noticeHeldMs } from './messages.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())

const objectKey = 'voicemail/acme/box/call/1.wav'
const id = messageId(objectKey)
const arrival = { boxId: 'box', callId: 'call', at: '2026-11-24T15:00:00.000Z', objectKey, durationMs: 4_000 }

async function start() {
  const clock = { nowMs: Date.now() }
  const store = await engine.store({ now: () => clock.nowMs })
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  const { messages } = store
  return { clock, messages, notice: () => messages.noticeOf('acme', 'box', objectKey) }
}

it('people are told of a message by whoever it arrived at, and by nobody else meanwhile', async () => {
  const { messages, notice } = await start()

  expect(await notice()).toBe('unknown')
  await messages.arrive('acme', arrival)
  expect(await notice()).toBe('held')
  await messages.noticed('acme', 'box', id, true)
  expect(await notice()).toBe('told')
})

it('when that one dies, the next who comes a minute later tells them, and only one does', async () => {
  const { clock, messages, notice } = await start()
  await messages.arrive('acme', arrival)

  clock.nowMs += noticeHeldMs + 1
  const both = await Promise.all([notice(), notice()])

  expect(both.filter((one) => one === 'held')).toHaveLength(1)
  expect(both.find((one) => one !== 'held')).toMatchObject({ id, boxId: 'box' })
})

it('when they could not be told, the next may try at once', async () => {
  const { messages, notice } = await start()
  await messages.arrive('acme', arrival)

  await messages.noticed('acme', 'box', id, false)

  expect(await notice()).toMatchObject({ id })
})

it('nobody is told of a message that was dropped, and what was said is kept with one that is there', async () => {
  const { messages, notice } = await start()
  await messages.arrive('acme', arrival)
  await messages.transcribed('acme', 'box', id, 'Please call.')
  await messages.transcribed('acme', 'box', 'unknown', 'Nobody said this.')

  expect((await messages.get('acme', 'box', id))?.transcript).toBe('Please call.')
  expect(await messages.get('acme', 'box', 'unknown')).toBeUndefined()
  await messages.discard('acme', 'box', objectKey)
  expect(await notice()).toBe('told')
})
