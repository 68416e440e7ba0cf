/** A URL of a callflow is written by a customer and answered by a stranger: where it may lead, and what may come back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressPolicy, networksIn } from './address-policy.ts'
import { outsideUrls, type UrlAnswer } from './outside-url.ts'
import { json, webServer } from './testing/url-under-test.ts'

let server: Awaited<ReturnType<typeof webServer>>
beforeAll(async () => {
  server = await webServer(({ path }, response) => {
    if (path === '/never') return
    if (path === '/redirect') return response.writeHead(302, { location: '/fine' }).end()
    if (path === '/endless') {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = setInterval(() => response.write('x'.repeat(16_384)), 1)
      return response.on('close', () => clearInterval(more))
    }
    if (path === '/drip') {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = setInterval(() => response.write(' '), 20)
      return response.on('close', () => clearInterval(more))
    }
    if (path === '/cut') {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{')
      return setTimeout(() => response.destroy(), 20)
    }
    return json(response, { fine: true })
  })
})
afterAll(() => server.stop())

const own = addressPolicy(['127.0.0.0/8', '::1/128'])
const request = (url: string, limitMs = 2_000) => ({
  url,
  body: '{"a":1}',
  headers: { 'x-a': 'b' },
  limitMs,
  bytesMax: 65_536,
})
const ask = (path: string, limitMs?: number) =>
  outsideUrls({ policy: own }).post(request(path.startsWith('/') ? server.url + path : path, limitMs))
const problemOf = (answer: UrlAnswer) => ('problem' in answer ? answer.problem : `status ${answer.status}`)

describe('an answer', () => {
  it('comes with its status, type and bytes; the request has our headers and nobody else’s', async () => {
    const answer = await ask('/fine')

    expect(answer).toMatchObject({ status: 200, contentType: 'application/json', body: Buffer.from('{"fine":true}') })
    expect(server.heard.at(-1)).toMatchObject({ body: '{"a":1}' })
    expect(Object.keys(server.heard.at(-1)?.headers ?? {}).sort()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'content-length', 'content-type', 'host', 'user-agent', 'x-a'].sort(),
    )
  })

  it('that sends elsewhere is not followed', async () => {
    const before = server.heard.length

    expect(problemOf(await ask('/redirect'))).toBe('status 302')
    expect(server.heard).toHaveLength(before + 1)
  })

  it.each([
    ['/never', 'no answer within 0.3 seconds'],
    ['/drip', 'no answer within 0.3 seconds'],
    ['/endless', 'it answered with more than 65536 bytes'],
    ['/cut', 'no connection (ECONNRESET)'],
  ])('%s is none: %s', async (path, why) => {
    const began = performance.now()
    const answer = await ask(path, path === '/endless' ? 5_000 : 300)

    expect(problemOf(answer)).toBe(why)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('nobody there is none', async () => {
    expect(problemOf(await ask('http://127.0.0.1:1/'))).toBe('no connection (ECONNREFUSED)')
  })
})

describe('where a URL leads', () => {
  const strict = addressPolicy([])
  const named = (addresses: readonly string[]) => outsideUrls({ policy: strict, resolve: async () => addresses })

  it.each([
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://10.1.2.3/',
    'https://172.31.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
    'https://[fe80::1]/',
    'https://[ff02::1]/',
  ])('%s is no place for us', async (url) => {
    expect(await outsideUrls({ policy: strict }).post(request(url))).toMatchObject({ isFinal: true })
  })

  it('a name is where its addresses are, all of them', async () => {
    expect(problemOf(await named(['127.0.0.1']).post(request('https://inside.example/')))).toContain(
      'no public address',
    )
    expect(problemOf(await named(['8.8.8.8', '10.0.0.1']).post(request('https://both.example/')))).toContain(
      'no public',
    )
    expect(problemOf(await named([]).post(request('https://none.example/')))).toContain('has no address')
  })

  it('plain http is spoken in networks that were named, and nowhere else', async () => {
    expect(problemOf(await named(['8.8.8.8']).post(request('http://public.example/')))).toBe(
      'only https is spoken there',
    )
  })

  it('a name that changes between the check and the connection leads where it was checked', async () => {
    // The resolver says loopback once and something else ever after: what was checked is what is connected to.
    let asked = 0
    const urls = outsideUrls({ policy: own, resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['203.0.113.7']) })

    expect(await urls.post(request(`http://rebinding.example:${server.port}/fine`))).toMatchObject({ status: 200 })
    expect(asked).toBe(1)
    expect(server.heard.at(-1)?.headers.host).toBe(`rebinding.example:${server.port}`)
  })

  it('a resolver that says nothing is not waited for', async () => {
    const urls = outsideUrls({ policy: own, resolve: () => new Promise(() => {}) })

    expect(problemOf(await urls.post(request('https://slow.example/', 100)))).toBe('no answer within 0.1 seconds')
  })

  it.each(['https://user:secret@8.8.8.8/', 'ftp://8.8.8.8/', 'file:///etc/passwd', 'nonsense'])(
    '%s is no address',
    async (url) => {
      expect(await outsideUrls({ policy: strict }).post(request(url))).toMatchObject({ isFinal: true })
    },
  )

  it('a setting names networks, and a mistake in it is told', () => {
    expect(networksIn(' 10.1.2.0/24, ::1 ,')).toEqual(['10.1.2.0/24', '::1'])
    expect(addressPolicy(['10.1.2.0/24']).allows('10.1.2.9')).toBe(true)
    expect(addressPolicy(['10.1.2.0/24']).allows('10.1.3.9')).toBe(false)
    expect(addressPolicy([]).allows('8.8.8.8')).toBe(true)
    expect(addressPolicy([]).allows('2001:4860:4860::8888')).toBe(true)
    for (const wrong of ['10.1.2.0/33', 'localhost', '10.1'])
      expect(() => addressPolicy([wrong])).toThrow('is no network')
  })
})
