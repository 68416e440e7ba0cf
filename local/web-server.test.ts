import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ApiUnderTest, apiUnderTest } from '@offhook/functions/api/testing/api-under-test.ts'
import { audioBytesMax } from '@offhook/shared/api/media-audio.ts'
import { groups, media } from '@offhook/shared/api/nouns.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveWeb } from './web-server.ts'

let api: ApiUnderTest
let server: Server
let token: string
beforeAll(async () => {
  api = await apiUnderTest()
  token = await api.tokenFor('admin@acme', 'acme')
  server = createServer()
  const nothing = () => undefined
  serveWeb(server, {
    api: api.app,
    identity: nothing,
    control: nothing,
    objects: folderObjects({ folder: '/nowhere', secret: 's'.repeat(32), baseUrl: 'http://localhost/objects' }),
    consoleFolder: '/nowhere',
    consoleConfig: async () => undefined,
    elsewhere: nothing,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await api.stop()
})

/** A request over a real connection, its body in chunks of unsaid length. */
const send = (method: string, path: string, type?: string, chunks: readonly Uint8Array[] = []) =>
  new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(type === undefined ? {} : { 'content-type': type }) }
    const { port } = server.address() as AddressInfo
    const asked = request({ port, host: '127.0.0.1', method, path: `/v1/accounts/acme/${path}`, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += String(chunk)
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    // A server that has refused the body need not read it.
    asked.on('error', reject)
    for (const chunk of chunks) asked.write(chunk)
    asked.end()
  })

// Every deletion in the console was a 500: the limit of bodies could not be put on a request without a length.
describe('requests that do not say how long they are', () => {
  it('a deletion has no body at all', async () => {
    const { id } = await api.ask('admin@acme', groups.create, { body: { name: 'Short-lived' } })

    expect((await send('DELETE', `groups/${id}`)).status).toBe(204)
    expect((await send('DELETE', `groups/${id}`)).status).toBe(404)
  })

  it('a body in chunks is read, and refused when it is too long', async () => {
    const { id } = await api.ask('admin@acme', media.create, { body: { name: 'Streamed' } })
    const json = Buffer.from(JSON.stringify({ name: 'In pieces' }))
    const created = await send('POST', 'groups', 'application/json', [json.subarray(0, 5), json.subarray(5)])
    const tooLong = await send('PUT', `media/${id}/audio`, 'audio/wav', [
      new Uint8Array(audioBytesMax),
      new Uint8Array(1_000),
    ])

    expect([created.status, created.text]).toEqual([201, expect.stringContaining('In pieces')])
    expect([tooLong.status, tooLong.text]).toEqual([413, expect.stringContaining('body-too-large')])
  })
})
