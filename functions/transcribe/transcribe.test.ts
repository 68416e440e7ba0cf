import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { httpTranscribe } from './http.ts'
import { transcriptOf } from './transcript-of.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function transcriber(answer: RequestListener) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return httpTranscribe(`http://127.0.0.1:${(server.address() as AddressInfo).port}/text`)
}

/** What comes of a recording, and what was logged. */
async function heard(answer: RequestListener, withinMs = 2_000) {
  const lines: Readonly<Record<string, unknown>>[] = []
  const port = await transcriber(answer)
  const text = await transcriptOf(port, Buffer.from('RIFF'), 'fr-CA', (line) => lines.push(line), withinMs)
  return { text, lines }
}

it('the recording goes out as WAV with its language, and its text comes back', async () => {
  const seen: string[] = []

  const { text } = await heard((request, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers['content-type']} ${request.headers['accept-language']}`,
    )
    request.on('data', (chunk: Buffer) => seen.push(chunk.toString()))
    request.on('end', () => response.end(JSON.stringify({ text: ' Please call me back. ' })))
  })

  expect(text).toBe('Please call me back.')
  expect(seen).toEqual(['POST /text audio/wav fr-CA', 'RIFF'])
})

it.each<[string, RequestListener]>([
  ['that fails', (_, response) => void response.writeHead(500).end('no')],
  ['that answers something else', (_, response) => void response.end('{"words":[]}')],
  ['that answers no JSON', (_, response) => void response.end('hello')],
  [
    'that sends it on to somebody else',
    (_, response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(),
  ],
  ['that answers without end', (_, response) => void response.end(JSON.stringify({ text: 'x'.repeat(300_000) }))],
])('a transcriber %s gives no text, and is logged', async (_, answer) => {
  const { text, lines } = await heard(answer)

  expect(text).toBeUndefined()
  expect(lines).toMatchObject([{ level: 'WARN' }])
})

it('one that takes too long is not waited for', async () => {
  const { text, lines } = await heard(() => undefined, 50)

  expect(text).toBeUndefined()
  expect(lines).toEqual([{ level: 'WARN', transcript: 'no transcript in 50 ms' }])
})

it('silence has no text', async () => {
  expect(await heard((_, response) => void response.end('{"text":"  "}'))).toEqual({ text: undefined, lines: [] })
})
