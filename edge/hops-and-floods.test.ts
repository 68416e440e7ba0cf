import { createSocket, type Socket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { LoopbackPhone, onFreePorts } from './call/testing/loopback-phone.ts'
import { createQuietMedia } from './call/testing/quiet-media.ts'
import { type Edge, type EdgeOptions, startEdge } from './edge.ts'
import { attemptsMax, type LockOutEvent } from './registrar/lock-out.ts'
import { createMemoryBindings } from './testing/memory-bindings.ts'
import { decideByNumber, planFor } from './testing/tiny-pbx.ts'

const domain = 'pbx.example'
const tone = { kind: 'tone', cadence: [{ frequenciesHz: [440], onMs: 100, offMs: 100 }] } as const
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start(more: Partial<EdgeOptions> = {}, limits: NonNullable<EdgeOptions['sip']['limits']> = {}) {
  const [errors, lockOuts]: [unknown[], LockOutEvent[]] = [[], []]
  const edge = await onFreePorts(() =>
    startEdge({
      sip: { listen: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 }, limits },
      media: createQuietMedia(),
      domains: [domain],
      credentials: {
        lookUp: async (username) => ({
          kind: 'device',
          username,
          password: 'secret',
          accountId: 'acme',
          deviceId: `device-${username}`,
          enabled: true,
        }),
      },
      bindings: createMemoryBindings(),
      dids: { find: async () => ({ accountId: 'acme' }) },
      audio: { confirm: tone, emergencyWarning: tone, ringback: tone, hold: () => tone },
      onEmergency: () => undefined,
      onLockOut: (event) => lockOuts.push(event),
      onError: (error) => errors.push(error),
      ...more,
    }),
  )
  closers.push(() => edge.close())
  return { edge, errors, lockOuts }
}

const addressOf = (edge: Edge) => edge.addresses.udp ?? { host: '127.0.0.1', port: 0 }

async function phone(edge: Edge, username: string, host = '127.0.0.1', password = 'secret'): Promise<LoopbackPhone> {
  const started = await LoopbackPhone.start({ username, password, host, edge: addressOf(edge), domain })
  closers.push(() => started.close())
  return started
}

describe('hops', () => {
  it('a call that goes on has one hop less, and one without any is refused with 483', async () => {
    const { edge } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    await two.register()

    const placed = one.call('1002', [['Max-Forwards', '5']])
    const invite = await two.incoming.next()
    const refused = await one.call('1002', [['Max-Forwards', '0']]).result

    expect(invite.request.headers.getAll('max-forwards')).toEqual(['4'])
    expect(refused.status).toBe(483)
    placed.cancel()
  })

  it('two systems that send a call to each other for ever stop when its hops are used up', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    await new Promise<void>((resolve) => socket.close(() => resolve()))
    const trunkTo = (to: number) => ({ id: 'other', hosts: [{ host: '127.0.0.1', port: to }], options: false })
    const { edge: b } = await start({ trunks: [trunkTo(port)] })
    const { edge: a } = await start({
      sip: { listen: { host: '127.0.0.1', udpPort: port } },
      trunks: [trunkTo(addressOf(b).port)],
    })
    let seen = 0
    for (const edge of [a, b])
      edge.calls.onCall(({ leg }) => {
        seen += 1
        const plan = planFor([], {
          legs: [
            {
              id: '1',
              target: { kind: 'trunk', number: '+16045550100', callerId: {} },
              delaySeconds: 0,
              timeoutSeconds: 20,
              keyPress: false,
            },
          ],
        })
        void edge.calls.ring(leg, plan, { accountId: 'acme', callId: leg.id }).done.then(() => leg.reject(480))
      })
    const caller = await phone(a, '1001')

    const { status } = await caller.call('+16045550100', [['Max-Forwards', '9']]).result

    expect(status).toBe(480)
    // Nine hops, of which the last is refused by whoever gets it.
    expect(seen).toBe(9)
    expect([a.counts().legs, b.counts().legs]).toEqual([0, 0])
  })
})

it('a mistake in whoever decides calls is told, and the caller hears 500', async () => {
  const { edge, errors } = await start()
  const mistake = new Error('a mistake of ours')
  edge.calls.onCall(() => {
    throw mistake
  })

  const { status } = await (await phone(edge, '1001')).call('1002').result

  expect(status).toBe(500)
  expect(errors).toEqual([mistake])
})

it('a failure of the source of passwords is told, for registrations and for calls', async () => {
  const away = new Error('the table is away')
  const { edge, errors } = await start({ credentials: { lookUp: () => Promise.reject(away) } })
  const one = await phone(edge, '1001')

  expect([await one.register(), (await one.call('1002').result).status]).toEqual([500, 500])
  expect(errors).toEqual([away, away])
})

/** A socket of somebody who sends what they like; how often each status came back. */
async function stranger(host: string): Promise<{ socket: Socket; statuses: Map<string, number> }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  await new Promise<void>((resolve) => socket.bind(0, host, resolve))
  const statuses = new Map<string, number>()
  socket.on('message', (bytes) => {
    const status = bytes.toString('latin1', 8, 11)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  })
  closers.push(() => socket.close())
  return { socket, statuses }
}

const floodOf = 3_000

describe('one address that sends what it likes', () => {
  it('a flood of INVITEs keeps nobody else from registering and calling', async () => {
    const { edge } = await start({}, { perSourcePerSecond: 100, perSourceBurst: 200 })
    decideByNumber(edge.calls)
    const { socket, statuses } = await stranger('127.0.0.2')
    const { host, port } = addressOf(edge)
    const own = socket.address().port
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const invite = (n: number) =>
      `INVITE sip:1002@${domain} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:${own};branch=z9hG4bKflood${n}\r\nFrom: <sip:x@y.example>;tag=${n}\r\nTo: <sip:1002@${domain}>\r\nCall-ID: flood${n}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@127.0.0.2:${own}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`
    for (let n = 0; n < floodOf; n += 1) socket.send(invite(n), port, host)

    const statusesOfOthers = [await one.register(), await two.register()]
    const placed = one.call('1002')
    const b = two.answer(await two.incoming.next())
    const { call } = await placed.result
    call?.hangUp()

    expect(statusesOfOthers).toEqual([200, 200])
    expect(await b.ended.next()).toBe('remote: BYE')
    // Challenged while there was room, then told to come again, then not answered at all.
    expect(statuses.get('503') ?? 0).toBeGreaterThan(0)
    const answered = [...statuses].reduce((sum, [status, count]) => (status === '100' ? sum : sum + count), 0)
    expect(answered).toBeLessThan(floodOf / 2)
  })

  it('R-146: within 20 guesses an address is locked out of a name, and the owner elsewhere notices nothing', async () => {
    const { edge, lockOuts } = await start()
    decideByNumber(edge.calls)
    const guesser = await phone(edge, '1001', '127.0.0.2', 'guess')
    const guesses = await Promise.all(Array.from({ length: attemptsMax }, () => guesser.register()))
    const withRightOne = await phone(edge, '1001', '127.0.0.2')
    const [owner, two] = [await phone(edge, '1001'), await phone(edge, '1002')]

    expect(new Set(guesses)).toEqual(new Set([401]))
    expect(lockOuts).toMatchObject([{ address: '127.0.0.2', username: '1001' }])
    expect(attemptsMax).toBeLessThanOrEqual(20)
    expect(await withRightOne.register()).toBe(401)
    expect([await owner.register(), await two.register()]).toEqual([200, 200])
    const placed = owner.call('1002')
    two.answer(await two.incoming.next())
    expect((await placed.result).status).toBe(200)
  })
})
