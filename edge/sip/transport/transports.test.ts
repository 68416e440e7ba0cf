import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createUserAgent, type SipUserAgent, type UserAgentOptions } from '../sip-user-agent.ts'
import { twoAgents, uriOf } from '../testing/two-agents.ts'
import { parseSipUri } from '../uri.ts'
import type { Flow } from '../user-agent.ts'
import { followCertificate, readCertificate } from './certificate.ts'

const host = '127.0.0.1'
const party = { from: { uri: 'sip:a@a.example' }, to: { uri: 'sip:b@b.example' } }
const certificates = join(import.meta.dirname, '..', 'testdata', 'tls')
const pair = (name: string) => ({
  certFile: join(certificates, `${name}.cert.pem`),
  keyFile: join(certificates, `${name}.key.pem`),
})
const options = (id: string) =>
  `OPTIONS sip:b@b.example SIP/2.0\r\nVia: SIP/2.0/TCP x.invalid;branch=z9hG4bK${id}\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: ${id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function agentWith(wanted: Partial<UserAgentOptions>): Promise<SipUserAgent> {
  const agent = await createUserAgent({ listen: { host, udpPort: 0, tcpPort: 0 }, ...wanted })
  undo.push(() => agent.close())
  agent.onRequest((incoming) => incoming.respond(200))
  return agent
}

function dial(port: number): { socket: Socket; closed: Promise<void>; first: Promise<string> } {
  const socket = connect(port, host)
  undo.push(() => socket.destroy())
  socket.on('error', () => {})
  return {
    socket,
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    first: new Promise((resolve) => socket.once('data', (bytes) => resolve(bytes.toString()))),
  }
}

describe('a TCP connection', () => {
  it('takes several messages at once and answers a ping with a pong', async () => {
    const agent = await agentWith({})
    const { socket } = dial(agent.addresses.tcp?.port ?? 0)
    let got = ''
    socket.on('data', (bytes) => {
      got += bytes.toString()
    })

    socket.write(`\r\n\r\n${options('1')}\r\n${options('2')}`)

    await expect.poll(() => got.match(/^SIP\/2.0 200/gm)?.length).toBe(2)
    expect(got).toContain('\r\n')
  })

  it.each([
    ['says nothing', ''],
    ['begins a message and stops', 'OPTIONS sip:b'],
    ['sends line breaks only', '\r\n\r\n'],
  ])('that %s is closed', async (_, sent) => {
    const agent = await agentWith({ limits: { streams: { firstMessageMs: 60, messageMs: 60 } } })
    const { socket, closed } = dial(agent.addresses.tcp?.port ?? 0)
    socket.write(sent)

    await closed
    await expect.poll(() => agent.counts().connections).toBe(0)
  })

  it('that sends a byte now and then is closed when its message does not come whole', async () => {
    const agent = await agentWith({ limits: { streams: { firstMessageMs: 10_000, messageMs: 80 } } })
    const { socket, closed } = dial(agent.addresses.tcp?.port ?? 0)
    const drip = setInterval(() => socket.writable && socket.write('a'), 10)
    undo.push(() => clearInterval(drip))

    await closed
  })

  it('that is one too many of its address is closed at once', async () => {
    const agent = await agentWith({ limits: { streams: { connectionsPerAddressMax: 2 } } })
    const port = agent.addresses.tcp?.port ?? 0
    const [one, two, three] = [dial(port), dial(port), dial(port)]

    await three?.closed
    expect([one?.socket.destroyed, two?.socket.destroyed]).toEqual([false, false])
  })

  it('serves all requests that go to the same place', async () => {
    const { a, b, close } = await twoAgents()
    undo.push(close)
    b.onRequest((incoming) => incoming.respond(200))
    const uri = uriOf(b, 'x', 'tcp')

    await Promise.all([1, 2, 3].map(() => a.request({ method: 'OPTIONS', uri, ...party })))

    expect([a.counts().connections, b.counts().connections]).toEqual([1, 1])
  })

  it('that breaks fails what waits for an answer on it at once', async () => {
    const { a, b, close } = await twoAgents()
    undo.push(close)
    b.onRequest(() => void b.close())

    const { status } = await a.request({ method: 'OPTIONS', uri: uriOf(b, 'x', 'tcp'), ...party })

    expect(status).toBe(503)
  })
})

describe('a request too large for UDP', () => {
  const large = [['X-Padding', 'x'.repeat(2_000)]] as const

  it.each([
    ['goes by TCP to whom takes it', { udpPort: 0, tcpPort: 0 }, 'tcp'],
    ['goes by UDP to whom does not', { udpPort: 0 }, 'udp'],
  ])('%s', async (_, ports, expected) => {
    const a = await agentWith({})
    const b = await agentWith({ listen: { host, ...ports } })
    const came = new Promise<string>((resolve) =>
      b.onRequest((incoming) => {
        incoming.respond(200)
        resolve(incoming.flow.transport)
      }),
    )
    const uri = parseSipUri(`sip:x@${host}:${b.addresses.udp?.port}`)
    if (uri === undefined) throw new Error('a URI')

    expect((await a.request({ method: 'OPTIONS', uri, ...party, headers: large })).status).toBe(200)
    expect(await came).toBe(expected)
  })
})

describe('IPv6', () => {
  it.each(['udp', 'tcp'] as const)('carries requests as IPv4 does, over %s', async (transport) => {
    const a = await agentWith({ listen: { host: '::1', udpPort: 0, tcpPort: 0 } })
    const b = await agentWith({ listen: { host: '::1', udpPort: 0, tcpPort: 0 } })
    const uri = parseSipUri(`sip:x@[::1]:${b.addresses.udp?.port};transport=${transport}`)
    if (uri === undefined) throw new Error('a URI')

    expect((await a.request({ method: 'OPTIONS', uri, ...party })).status).toBe(200)
  })
})

describe('TLS', () => {
  const authorities = readFileSync(pair('first').certFile, 'utf8')
  const secure = (trust: UserAgentOptions['listen']['trust'], name = 'first') =>
    agentWith({ listen: { host, tlsPort: 0, tls: pair(name), ...(trust === undefined ? {} : { trust }) } })

  it.each([
    ['goes to whom the authorities vouch for', { authorities }, 'first', 200],
    ['does not go to whom they do not', { authorities }, 'second', 503],
    ['does not go to a certificate that nobody signed', undefined, 'first', 503],
    ['goes to anybody when it was told to', { verify: false }, 'second', 200],
  ])('%s', async (_, trust, name, expected) => {
    const a = await secure(trust)
    const b = await secure(undefined, name)
    const uri = parseSipUri(`sip:x@${host}:${b.addresses.tls?.port};transport=tls`)
    if (uri === undefined) throw new Error('a URI')

    expect((await a.request({ method: 'OPTIONS', uri, ...party })).status).toBe(expected)
  })

  it('closes a connection that never shakes hands', async () => {
    const agent = await agentWith({
      listen: { host, tlsPort: 0, tls: pair('first') },
      limits: { streams: { firstMessageMs: 60 } },
    })
    const { closed } = dial(agent.addresses.tls?.port ?? 0)

    await closed
  })

  it('uses a renewed certificate without a restart, and waits for the second half of a renewal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-tls-'))
    undo.push(() => rmSync(folder, { recursive: true }))
    const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
    const install = (name: string, which: 'certFile' | 'keyFile') => copyFileSync(pair(name)[which], files[which])
    install('first', 'certFile')
    install('first', 'keyFile')
    const server = createTlsServer(readCertificate(files))
    undo.push(() => server.close())
    followCertificate(server, files, 20)
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const shown = () =>
      new Promise<string | undefined>((resolve, reject) => {
        const socket = connectTls({ port, host, rejectUnauthorized: false }, () => {
          const name = socket.getPeerCertificate().subject.CN
          socket.destroy()
          resolve(Array.isArray(name) ? name[0] : name)
        })
        socket.on('error', reject)
      })

    install('second', 'certFile')
    expect(await shown()).toBe('first.pbx.example')
    install('second', 'keyFile')

    await expect.poll(shown, { timeout: 5_000 }).toBe('second.pbx.example')
  })
})

describe('WebSocket', () => {
  async function webAgent(limits: UserAgentOptions['limits'] = {}) {
    const server: Server = createServer()
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    undo.push(() => server.close())
    const agent = await agentWith({ webSockets: [{ server, path: '/sip', secure: false }], limits })
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const open = (path = '/sip', protocol = 'sip') => {
      const socket = new WebSocket(`ws://${host}:${port}${path}`, protocol)
      undo.push(() => socket.terminate())
      const refused = new Promise<string>((resolve) => socket.once('error', (error) => resolve(error.message)))
      const opened = new Promise<void>((resolve) => socket.once('open', () => resolve()))
      const closed = new Promise<number>((resolve) => socket.once('close', resolve))
      const next = () =>
        new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))
      return { socket, refused, opened, closed, next }
    }
    return { agent, open, port }
  }

  it('carries requests both ways on one connection', async () => {
    const { agent, open } = await webAgent()
    const came = new Promise<Flow>((resolve) =>
      agent.onRequest((incoming) => {
        incoming.respond(200)
        resolve(incoming.flow)
      }),
    )
    const browser = open()
    await browser.opened
    const answered = browser.next()
    browser.socket.send(options('ws'))
    expect(await answered).toContain('SIP/2.0 200')

    const flow = await came
    const uri = parseSipUri('sip:x@browser.invalid;transport=ws')
    if (uri === undefined) throw new Error('a URI')
    const asked = browser.next()
    const response = agent.request({ method: 'OPTIONS', uri, flow, ...party })
    const text = await asked
    const copied = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line))
    browser.socket.send(['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '\r\n'].join('\r\n'))

    expect(text).toContain('Via: SIP/2.0/WS 127.0.0.1')
    expect((await response).status).toBe(200)
  })

  it.each([
    ['another path', '/other', 'sip', '404'],
    ['another protocol', '/sip', 'chat', '400'],
    ['a path that is none', '//', 'sip', '404'],
  ])('refuses %s', async (_, path, protocol, expected) => {
    const { open } = await webAgent()

    expect(await open(path, protocol).refused).toContain(expected)
  })

  it('closes on a frame larger than a message may be', async () => {
    const { open } = await webAgent()
    const browser = open()
    await browser.opened
    browser.socket.send('x'.repeat(70_000))

    expect(await browser.closed).toBe(1_009)
  })

  it('closes a connection that sends no message', async () => {
    const { agent, open } = await webAgent({ streams: { firstMessageMs: 60 } })
    const browser = open()

    await browser.closed
    await expect.poll(() => agent.counts().connections).toBe(0)
  })
})
