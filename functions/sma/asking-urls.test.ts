/** Pivot and Webhook through the call handler, with a real web server: what is asked, how the call goes on, and for how long it waits. */
import { createHmac } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { addressPolicy } from '../outside/address-policy.ts'
import { outsideUrls } from '../outside/outside-url.ts'
import { moduleSecret } from '../outside/signature.ts'
import { type Heard, json, webServer } from '../outside/testing/url-under-test.ts'
import { ToldCalls } from './testing/calls.ts'
import { handlerUnderTest, trustKey } from './testing/handler-under-test.ts'
import { did, smallAccount } from './testing/small-account.ts'

const urls = outsideUrls({ policy: addressPolicy(['127.0.0.0/8']) })

async function pivoting(answer: Parameters<typeof webServer>[0], more: object = {}) {
  const server = await webServer(answer)
  onTestFinished(() => server.stop())
  const nodes = {
    ask: { id: 'ask', type: 'pivot', params: { url: `${server.url}/next?shop=7` }, exits: { failed: 'bye' } },
    bye: { id: 'bye', type: 'play-media', params: { mediaId: 'bye' } },
  }
  const documents = { ...smallAccount, 'callflow/main': { numbers: [did], root: 'ask', nodes }, ...more }
  const underTest = handlerUnderTest(documents, { urls })
  return { ...underTest, calls: new ToldCalls(underTest), server }
}
const hello = { callflow: { root: 'hi', nodes: { hi: { type: 'play-media', params: { mediaId: 'hello' } } } } }
const played = (actions: Awaited<ReturnType<ToldCalls['arrive']>>) =>
  actions.flatMap(({ Type, Parameters }) => {
    const parameters = Parameters as { Text?: string; AudioSource?: { Key: string } }
    return Type === 'Speak' ? [parameters.Text] : Type === 'PlayAudio' ? [parameters.AudioSource?.Key] : []
  })

it('a URL is asked, signed, and the call takes the steps it answers with', async () => {
  const { calls, server } = await pivoting((_, response) => json(response, hello))

  expect(played(await calls.arrive('call', { did }, ''))).toEqual(['media/acme/hello.wav'])

  const [heard] = server.heard as [Heard]
  const secret = moduleSecret(trustKey, 'acme', { callflowId: 'main', nodeId: 'ask', keyVersion: 1 })
  const [, seconds, mac] = /^t=(\d+),v1=(\w+)$/.exec(String(heard.headers['offhook-signature'])) ?? []
  expect(heard.path).toBe('/next?shop=7')
  expect(mac).toBe(createHmac('sha256', secret).update(`${seconds}.${heard.body}`).digest('hex'))
  expect(JSON.parse(heard.body)).toMatchObject({ id: 'call/2/0', event: 'pivot', accountId: 'acme', dialled: did })
})

it('the steps travel with the call, and a turn that is asked for twice asks the same question', async () => {
  const { calls, server } = await pivoting((_, response) =>
    json(response, {
      callflow: {
        root: 'one',
        nodes: {
          one: { type: 'play-media', params: { mediaId: 'hello' }, exits: { next: 'two' } },
          two: { type: 'play-media', params: { mediaId: 'bye' }, comment: 'x'.repeat(400) },
        },
      },
    }),
  )
  const [first] = await calls.arrive('call', { did }, '')
  const second = await calls.done('call', first as Parameters<ToldCalls['done']>[1])

  expect(played(second)).toEqual(['Good bye.'])
  await calls.arrive('call', { did }, '')
  expect(new Set(server.heard.map(({ body }) => (JSON.parse(body) as { id: string }).id))).toEqual(
    new Set(['call/2/0']),
  )
})

it('an answer too large to travel goes by an item, and the call goes on in it', async () => {
  // Words without a pattern: deflated they are still more than 8 kB.
  const noise = () => Buffer.from(Array.from({ length: 330 }, () => Math.floor(Math.random() * 256))).toString('base64')
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      `n${n}`,
      {
        type: 'play-media',
        params: { mediaId: 'hello' },
        comment: noise(),
        exits: n < 39 ? { next: `n${n + 1}` } : {},
      },
    ]),
  )
  const { calls, store } = await pivoting((_, response) => json(response, { callflow: { root: 'n0', nodes: many } }))
  const [first] = await calls.arrive('call', { did }, '')

  expect([...store.items.keys()].some((key) => key.startsWith('calls/acme/call/'))).toBe(true)
  expect(played(await calls.done('call', first as Parameters<ToldCalls['done']>[1]))).toEqual(['media/acme/hello.wav'])
})

it.each([
  ['an error', (response: ServerResponse): unknown => json(response, hello, 500)],
  [
    'a page',
    (response: ServerResponse): unknown => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  ],
  ['another place', (response: ServerResponse): unknown => response.writeHead(307, { location: '/' }).end()],
  ['nonsense', (response: ServerResponse): unknown => json(response, 'no JSON')],
  [
    'a module there is not',
    (response: ServerResponse): unknown => json(response, { callflow: { root: 'a', nodes: { a: { type: 'magic' } } } }),
  ],
  ['too much', (response: ServerResponse): unknown => json(response, `"${'x'.repeat(70_000)}"`)],
] as const)('a URL that answers with %s is gone on without', async (_, answer) => {
  const { calls, store } = await pivoting((_heard, response) => answer(response))

  expect(played(await calls.arrive('call', { did }, ''))).toEqual(['Good bye.'])
  await calls.hangUp('call')
  expect(store.cdrs[0]?.path.find(({ nodeId }) => nodeId === 'ask')).toMatchObject({ exit: 'failed' })
})

it('a URL that says nothing is waited for two seconds, inside the time of a turn', async () => {
  const { calls, store } = await pivoting(() => undefined)
  const began = performance.now()

  expect(played(await calls.arrive('call', { did }, ''))).toEqual(['Good bye.'])
  const tookMs = performance.now() - began
  await calls.hangUp('call')

  expect(tookMs).toBeGreaterThan(1_900)
  expect(tookMs).toBeLessThan(4_500)
  expect(store.cdrs[0]?.path.find(({ nodeId }) => nodeId === 'ask')?.reason).toBe('no answer within 2 seconds')
})

it('several slow URLs in one turn have three seconds together', async () => {
  const { calls } = await pivoting(() => undefined, {
    'callflow/main': {
      numbers: [did],
      root: 'a',
      nodes: Object.fromEntries(
        ['a', 'b', 'c', 'd'].map((id, n, ids) => [
          id,
          { id, type: 'pivot', params: { url: 'http://127.0.0.1:9/' }, exits: { failed: ids[n + 1] ?? 'bye' } },
        ]),
      ),
    },
  })
  const began = performance.now()

  await calls.arrive('call', { did }, '')

  expect(performance.now() - began).toBeLessThan(4_500)
})

it('a webhook is a record of the call and keeps it for nobody', async () => {
  const nodes = {
    tell: { id: 'tell', type: 'webhook', params: { url: 'https://crm.acme.example/calls' }, exits: { next: 'bye' } },
    bye: { id: 'bye', type: 'play-media', params: { mediaId: 'bye' } },
  }
  const underTest = handlerUnderTest(
    { ...smallAccount, 'callflow/main': { numbers: [did], root: 'tell', nodes } },
    {
      urls: { post: () => new Promise(() => {}) },
    },
  )
  const calls = new ToldCalls(underTest)

  expect(played(await calls.arrive('call', { did }, ''))).toEqual(['Good bye.'])

  const told = [...underTest.store.records.values()].filter(({ kind }) => kind === 'tell-url')
  expect(told).toMatchObject([{ id: 'call/1/0', url: 'https://crm.acme.example/calls', body: { event: 'webhook' } }])
  expect(JSON.stringify([...underTest.store.records.values()])).not.toContain(
    moduleSecret(trustKey, 'acme', { callflowId: 'main', nodeId: 'tell', keyVersion: 1 }),
  )
})
