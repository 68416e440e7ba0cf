/** Webhooks from the record of a call to the URL: told at least once, tried again, given up aloud, and never in a call's way. */
import { createHmac } from 'node:crypto'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { Store } from '@offhook/store/store.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { createOutsideHandler } from './create-handler.ts'
import type { OutsideUrls, UrlAnswer, UrlRequest } from './outside-url.ts'
import { moduleSecret } from './signature.ts'
import { retriesMs, UrlTeller } from './url-teller.ts'

const trustKey = 'a key of at least thirty-two characters'
const signedFor = { callflowId: 'main', nodeId: 'tell', keyVersion: 1 }
const fine: UrlAnswer = { status: 204, contentType: '', body: Buffer.alloc(0) }

let engine: TestEngine
let store: Store
let nowMs: number
let sent: UrlRequest[]
let answer: (request: UrlRequest) => UrlAnswer | Promise<UrlAnswer>
let lines: Readonly<Record<string, unknown>>[]

beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  nowMs = Date.parse('2026-11-24T15:00:00.000Z')
  sent = []
  lines = []
  answer = () => fine
  store = await engine.store()
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
})

const urls: OutsideUrls = {
  async post(request) {
    sent.push(request)
    return answer(request)
  },
}
function teller(): UrlTeller {
  const made = new UrlTeller({
    outbox: store.outbox,
    urls,
    trustKey,
    nowMs: () => nowMs,
    log: (line) => lines.push(line),
  })
  onTestFinished(() => made.stop())
  return made
}
const record = (id: string, url = 'https://crm.acme.example/calls'): CallRecord => ({
  kind: 'tell-url',
  id,
  accountId: 'acme',
  callId: 'call',
  at: '2026-11-24T15:00:00.000Z',
  url,
  signedFor,
  body: { event: 'webhook', callId: 'call' },
})

it('what a call tells is told once, signed with the secret of its module, however often its record comes', async () => {
  await store.calls.share([record('call/2/0')])
  await store.calls.share([record('call/2/0')])

  expect(await teller().tellDue('acme')).toBeUndefined()

  const [request] = sent
  const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(request?.headers['offhook-signature'] ?? '') ?? []
  const secret = moduleSecret(trustKey, 'acme', signedFor)
  expect(sent).toHaveLength(1)
  expect(JSON.parse(request?.body ?? '')).toEqual({ id: 'call/2/0', event: 'webhook', callId: 'call' })
  expect(request?.headers['offhook-id']).toBe('call/2/0')
  expect(mac).toBe(createHmac('sha256', secret).update(`${seconds}.${request?.body}`).digest('hex'))
  expect(Number(seconds) * 1_000).toBe(nowMs)
})

it('every module, number and account has a secret of its own', () => {
  const secrets = [
    moduleSecret(trustKey, 'acme', signedFor),
    moduleSecret(trustKey, 'bolt', signedFor),
    moduleSecret(trustKey, 'acme', { ...signedFor, keyVersion: 2 }),
    moduleSecret(trustKey, 'acme', { ...signedFor, nodeId: 'other' }),
    moduleSecret(trustKey, 'acme', { nodeId: 'tell', keyVersion: 1 }),
  ]

  expect(new Set(secrets).size).toBe(5)
})

it('a URL that fails is tried again, later each time, with the same body; then it is given up, and the audit log says so once an hour', async () => {
  answer = () => ({ status: 503, contentType: '', body: Buffer.alloc(0) })
  await store.calls.share([record('call/2/0'), record('call/3/0')])
  const telling = teller()
  const began = nowMs
  const times: number[] = []
  for (let next: number | undefined = nowMs; next !== undefined; next = await telling.tellDue('acme')) {
    nowMs = Math.max(nowMs, next)
    times.push(nowMs - began)
  }

  const tries = retriesMs.length + 1
  expect(sent).toHaveLength(2 * tries)
  expect(new Set(sent.map(({ body }) => body)).size).toBe(2)
  expect(times.at(-1)).toBe(retriesMs.reduce<number>((sum, ms) => sum + ms, 0))
  const { items } = await store.audit.list('acme')
  expect(items.filter(({ act }) => act === 'webhook-failed')).toMatchObject([
    { kind: 'callflow', targetId: 'main', summary: expect.stringContaining('it answered 503') },
  ])
  expect(lines.filter(({ level }) => level === 'ERROR')).toHaveLength(2)
})

it('one that recovers is told, and nothing is left', async () => {
  answer = () => ({ problem: 'no connection', isFinal: false })
  await store.calls.share([record('call/2/0')])
  const telling = teller()
  nowMs = (await telling.tellDue('acme')) ?? 0
  answer = () => fine

  expect(await telling.tellDue('acme')).toBeUndefined()
  expect(sent).toHaveLength(2)
  expect((await store.audit.list('acme')).items.filter(({ act }) => act === 'webhook-failed')).toEqual([])
})

it('a place that must not be asked is given up at once', async () => {
  answer = () => ({ problem: '10.0.0.1 is no public address', isFinal: true })
  await store.calls.share([record('call/2/0')])

  expect(await teller().tellDue('acme')).toBeUndefined()
  expect(sent).toHaveLength(1)
})

it('what was not told when a process died is told by the next one', async () => {
  await store.calls.share([record('call/2/0')])
  const dead = teller()
  dead.stop()
  await dead.tellDue('acme')
  expect(sent).toEqual([])

  await createOutsideHandler(store, teller())({})

  expect(sent).toHaveLength(1)
})

it('the stream of the table names the accounts, and no other item wakes anybody', async () => {
  const asked: string[] = []
  const stream = (...pks: string[]) => ({ Records: pks.map((S) => ({ dynamodb: { Keys: { pk: { S } } } })) })
  const handler = createOutsideHandler(store, { tellDue: async (accountId) => void asked.push(accountId) })

  await handler(stream('ACCOUNT#acme#OUTBOX', 'ACCOUNT#acme#OUTBOX', 'ACCOUNT#bolt#OUTBOX', 'ACCOUNT#acme', 'DID#+1'))

  expect(asked).toEqual(['acme', 'bolt'])
})

it('a URL that never answers holds up neither the records of calls nor other URLs', async () => {
  const first = Promise.withResolvers<UrlAnswer>()
  answer = ({ url }) => (url.includes('slow') ? first.promise : fine)
  const telling = teller()
  const woken = await engine.store({ onToTell: (accountId) => telling.wake(accountId) })
  await woken.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  store = woken
  const awake = new UrlTeller({ outbox: woken.outbox, urls, trustKey, nowMs: () => nowMs, log: () => undefined })
  onTestFinished(() => awake.stop())

  await woken.calls.share([record('call/2/0', 'https://slow.example/'), record('call/3/0')])
  awake.wake('acme')
  await expect.poll(() => sent.length).toBe(2)

  first.resolve(fine)
  await expect.poll(async () => (await woken.outbox.list('acme')).length).toBe(0)
})
