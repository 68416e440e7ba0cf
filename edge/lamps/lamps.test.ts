/** Lamps as a phone sees them: packets over UDP, none of our own stack on its side. */
import { afterEach, describe, expect, it } from 'vitest'
import { onFreePorts } from '../call/testing/loopback-phone.ts'
import { createQuietMedia } from '../call/testing/quiet-media.ts'
import { type Edge, startEdge } from '../edge.ts'
import type { DeviceCredential } from '../registrar/credentials.ts'
import { bodyText, type SipRequest } from '../sip/message.ts'
import { TestPhone } from '../sip/testing/test-phone.ts'
import { createMemoryBindings } from '../testing/memory-bindings.ts'
import { perNameMax } from './subscriptions.ts'

const domain = 'pbx.example'
const music = { kind: 'file', path: 'music.wav' } as const

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const device = (username: string, accountId: string): DeviceCredential => ({
  kind: 'device',
  username,
  password: 'secret',
  accountId,
  deviceId: `device-${username}`,
  enabled: true,
})

async function start() {
  const waiting = new Map([
    ['acme device-1001', 0],
    ['bolt device-2001', 7],
  ])
  const asked: string[] = []
  const clock = { shiftMs: 0 }
  const known = new Map(
    [device('1001', 'acme'), device('1002', 'acme'), device('2001', 'bolt')].map((one) => [one.username, one]),
  )
  const edge = await onFreePorts(() =>
    startEdge({
      sip: { listen: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 } },
      media: createQuietMedia(),
      domains: [domain],
      credentials: { lookUp: async (username) => known.get(username) },
      bindings: createMemoryBindings(),
      dids: { find: async () => undefined },
      audio: { confirm: music, emergencyWarning: music, ringback: music, hold: () => music },
      mail: {
        async countsOf(accountId, deviceId) {
          asked.push(`${accountId} ${deviceId}`)
          const newCount = waiting.get(`${accountId} ${deviceId}`)
          return newCount === undefined ? undefined : { newCount, savedCount: 3, dial: '*97' }
        },
      },
      onEmergency: () => undefined,
      onLockOut: () => undefined,
      onError: (error) => {
        throw error
      },
      nowMs: () => Date.now() + clock.shiftMs,
    }),
  )
  closers.push(() => edge.close())
  const set = (count: number, [accountId, name] = ['acme', '1001']) => {
    waiting.set(`${accountId} device-${name}`, count)
    edge.mailChanged(accountId, [name])
  }
  return { edge, set, asked, clock, known, waiting }
}

async function phone(edge: Edge, username = '1001', password = 'secret'): Promise<TestPhone> {
  const server = edge.addresses.udp ?? { host: '', port: 0 }
  const opened = await TestPhone.open({ server, domain, username, password })
  closers.push(() => opened.close())
  return opened
}

/** The next NOTIFY, answered. */
async function notified(phone: TestPhone, status = 200): Promise<SipRequest> {
  const request = await phone.nextRequest('NOTIFY')
  phone.respond(request, status)
  return request
}
const countsIn = (request: SipRequest) => /Voice-Message: (\S+)/.exec(bodyText(request))?.[1]
const stateOf = ({ headers }: SipRequest) => headers.get('subscription-state')

describe('a phone that subscribes to its messages', () => {
  it('proves itself, is told at once within the dialog, and again when the count changes', async () => {
    const { edge, set } = await start()
    const alex = await phone(edge)

    const { response, call } = await alex.subscribe(600)
    const first = await notified(alex)
    set(2)
    const second = await notified(alex)

    expect([response.status, response.headers.get('expires')]).toEqual([200, '600'])
    expect(response.headers.contact?.uri.port).toBe(edge.addresses.udp?.port)
    expect(bodyText(first)).toBe(
      `Messages-Waiting: no\r\nMessage-Account: sip:*97@${domain}\r\nVoice-Message: 0/3 (0/0)\r\n`,
    )
    expect(first.headers.get('content-type')).toBe('application/simple-message-summary')
    expect([first.headers.get('event'), stateOf(first)]).toEqual(['message-summary', 'active;expires=600'])
    expect([first.headers.callId, first.headers.to.params.get('tag')]).toEqual([call.sipCallId, call.localTag])
    expect(first.headers.from.params.get('tag')).toBe(response.headers.to.params.get('tag'))
    expect([first, second].map(({ headers }) => headers.cseq.number)).toEqual([1, 2])
    expect(bodyText(second)).toMatch(/^Messages-Waiting: yes\r\n/)
  })

  it('is not told what it knows', async () => {
    const { edge, set } = await start()
    const alex = await phone(edge)
    await alex.subscribe(600)
    await notified(alex)

    set(0)
    set(4)

    const next = await notified(alex)
    expect([countsIn(next), next.headers.cseq.number]).toEqual(['4/3', 2])
  })

  it('stays subscribed while it refreshes, and is told that it is the last when it leaves', async () => {
    const { edge, set } = await start()
    const alex = await phone(edge)
    const { call } = await alex.subscribe(600)
    await notified(alex)

    const again = await alex.subscribe(300, { before: call })
    const refreshed = await notified(alex)
    const left = await alex.subscribe(0, { before: call })
    const last = await notified(alex)
    set(5)

    expect([again.response.status, stateOf(refreshed)]).toEqual([200, 'active;expires=300'])
    expect([left.response.status, stateOf(last), countsIn(last)]).toEqual([200, 'terminated;reason=timeout', '0/3'])
    expect(edge.counts().subscriptions).toBe(0)
  })

  it('that asks once is answered once', async () => {
    const { edge } = await start()
    const alex = await phone(edge)

    await alex.subscribe(0)

    expect(stateOf(await notified(alex))).toBe('terminated;reason=timeout')
    expect(edge.counts().subscriptions).toBe(0)
  })

  it('and forgets it is told when its time is over', async () => {
    const { edge, clock } = await start()
    const alex = await phone(edge)
    await alex.subscribe(60)
    await notified(alex)

    clock.shiftMs = 61_000

    expect(stateOf(await notified(alex))).toBe('terminated;reason=timeout')
    expect(edge.counts().subscriptions).toBe(0)
  })

  it('and does not know of it any more, is not told again', async () => {
    const { edge, set } = await start()
    const alex = await phone(edge)
    await alex.subscribe(600)

    await notified(alex, 481)
    await expect.poll(() => edge.counts().subscriptions).toBe(0)
    set(5)

    await alex.subscribe(600)
    expect(countsIn(await notified(alex))).toBe('5/3')
  })

  it('and asks who tells it, is answered with its own password', async () => {
    const { edge } = await start()
    const alex = await phone(edge)
    await alex.subscribe(600)
    const first = await alex.nextRequest('NOTIFY')

    alex.respond(first, 401, { headers: [['WWW-Authenticate', 'Digest realm="phone", nonce="n", algorithm=MD5']] })
    const proven = await notified(alex)

    expect([first, proven].map(({ headers }) => headers.cseq.number)).toEqual([1, 2])
    expect(proven.headers.get('authorization')).toContain('username="1001"')
    expect(edge.counts().subscriptions).toBe(1)
  })

  it('whose device was removed is told that there is nothing', async () => {
    const { edge, waiting } = await start()
    const alex = await phone(edge)
    await alex.subscribe(600)
    await notified(alex)

    waiting.clear()
    edge.mailChanged('acme', ['1001'])

    expect(stateOf(await notified(alex))).toBe('terminated;reason=noresource')
  })

  it(`has ${perNameMax} subscriptions at most: the oldest makes room`, async () => {
    const { edge } = await start()
    const alex = await phone(edge)
    const { call } = await alex.subscribe(600)
    await notified(alex)

    for (let more = 0; more < perNameMax; more += 1) {
      await alex.subscribe(600)
      const told = await notified(alex)
      if (more === perNameMax - 1) {
        const other = await notified(alex)
        const ended = [told, other].find((request) => stateOf(request)?.startsWith('terminated') === true)
        expect([stateOf(ended ?? told), ended?.headers.callId]).toEqual(['terminated;reason=rejected', call.sipCallId])
      }
    }

    expect(edge.counts().subscriptions).toBe(perNameMax)
  })
})

describe('a subscription that is refused', () => {
  const event = ['Event', 'message-summary'] as const
  it.each([
    ['to what another phone hears', { to: `sip:1002@${domain}` }, 600, 403],
    ['to another domain', { to: 'sip:1001@elsewhere.example' }, 600, 404],
    ['to presence', { headers: [['Event', 'presence']] }, 600, 489],
    ['without an event', { headers: [] }, 600, 489],
    ['by a phone that cannot read the answer', { headers: [event, ['Accept', 'application/pidf+xml']] }, 600, 406],
    ['for too short a time', {}, 30, 423],
    ['for a time that is none', {}, 'soon', 400],
  ] as const)('%s', async (_, options, expires, status) => {
    const { edge } = await start()
    const alex = await phone(edge)

    const { response } = await alex.subscribe(expires, options)

    expect(response.status).toBe(status)
    if (status === 489) expect(response.headers.get('allow-events')).toBe('message-summary')
    if (status === 423) expect(response.headers.get('min-expires')).toBe('60')
  })

  it('to the number that is called to hear messages is one to its own', async () => {
    const { edge, asked } = await start()
    const alex = await phone(edge)

    const { response } = await alex.subscribe(600, { to: `sip:*97@${domain}` })
    await notified(alex)

    expect(response.status).toBe(200)
    expect(asked).toEqual(['acme device-1001'])
  })

  it('by whoever does not know the password, and nothing is said', async () => {
    const { edge, asked } = await start()
    const thief = await phone(edge, '1001', 'guess')

    expect((await thief.subscribe(600)).response.status).toBe(401)
    expect([asked, edge.counts().subscriptions]).toEqual([[], 0])
  })

  it("in a dialog that is not there, or is another phone's", async () => {
    const { edge } = await start()
    const [alex, other] = [await phone(edge), await phone(edge, '2001')]
    const { call } = await alex.subscribe(600)
    await notified(alex)

    const stolen = await other.subscribe(0, { before: { ...call } })
    const unknown = await alex.subscribe(600, { before: { ...call, sipCallId: 'no-such-call' } })

    expect([stolen.response.status, unknown.response.status]).toEqual([403, 481])
    expect(edge.counts().subscriptions).toBe(1)
  })
})

describe('a phone that never subscribes', () => {
  it('is told when it registers and when the count changes, by a request that is the last of none', async () => {
    const { edge, set } = await start()
    set(1)
    const alex = await phone(edge)
    await alex.register()

    const first = await notified(alex)
    set(2)
    const second = await notified(alex)

    expect([countsIn(first), countsIn(second)]).toEqual(['1/3', '2/3'])
    expect(stateOf(first)).toMatch(/^terminated/)
    expect(first.headers.to.params.has('tag')).toBe(false)
    expect(first.headers.callId).not.toBe(second.headers.callId)
  })

  it('and does not want to be told is left alone until it registers anew', async () => {
    const { edge, set, asked } = await start()
    const alex = await phone(edge)
    await alex.register()
    await notified(alex, 489)

    set(2)
    await expect.poll(() => asked.length).toBe(2)
    await alex.register(0)
    await alex.register()

    const next = await notified(alex)
    expect(countsIn(next)).toBe('2/3')
  })

  it('and has subscribed, is told in its subscription only', async () => {
    const { edge, set, asked } = await start()
    const alex = await phone(edge)
    await alex.register()
    const { call } = await alex.subscribe(600)
    await notified(alex)

    await new Promise((resolve) => setTimeout(resolve, 700))
    set(2)
    await expect.poll(() => asked.length).toBeGreaterThan(1)
    set(3)

    const told = [await notified(alex), await notified(alex)]
    expect(told.map(({ headers }) => [headers.callId, headers.cseq.number])).toEqual([
      [call.sipCallId, 2],
      [call.sipCallId, 3],
    ])
  })
})

it("a change in one account lights no lamp of another's, and no device learns of another's boxes", async () => {
  const { edge, set, asked } = await start()
  const [alex, other] = [await phone(edge), await phone(edge, '2001')]
  await alex.register()
  await notified(alex)
  await other.register()
  expect(countsIn(await notified(other))).toBe('7/3')
  const before = asked.length

  edge.mailChanged('bolt', ['1001'])
  set(1)

  expect(countsIn(await notified(alex))).toBe('1/3')
  expect(asked.slice(before)).toEqual(['acme device-1001'])
})
