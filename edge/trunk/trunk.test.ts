import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SipHeaders } from '../sip/message.ts'
import type { Flow, UserAgent } from '../sip/user-agent.ts'
import { writtenFor } from './did-source.ts'
import { createTrunks, optionsEveryMs, type TrunkOptions } from './trunk.ts'

const flow = (remoteAddress: string, remotePort: number): Flow => ({
  id: '1',
  transport: 'udp',
  localAddress: '192.0.2.1',
  localPort: 5060,
  remoteAddress,
  remotePort,
  isOpen: true,
})

/** A stack that only answers OPTIONS, with whatever the test says of each host. */
function agentOf(statusOf: (host: string) => number): Pick<UserAgent, 'request'> {
  return {
    request: async ({ uri }) => ({
      kind: 'response',
      status: statusOf(uri.host),
      reason: '',
      headers: new SipHeaders(),
      body: new Uint8Array(),
    }),
  }
}

const start = (trunks: readonly TrunkOptions[], statusOf: (host: string) => number = () => 200) =>
  createTrunks(agentOf(statusOf), trunks)

const carrier: TrunkOptions = { id: 'carrier', hosts: [{ host: '198.51.100.1' }, { host: '198.51.100.2' }] }

describe('trunks', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('a call is a trunk’s when it comes from its address, and nobody else’s', () => {
    const trunks = start([carrier])

    expect(trunks.recognise(flow('198.51.100.2', 40_000))).toMatchObject([{ id: 'carrier' }])
    expect(trunks.recognise(flow('198.51.100.3', 5_060))).toEqual([])
  })

  it('on loopback, where everybody has one address, the port counts too', () => {
    const trunks = start([{ id: 'simulated', hosts: [{ host: '127.0.0.1', port: 5_080 }] }])

    expect(trunks.recognise(flow('127.0.0.1', 5_080))).toMatchObject([{ id: 'simulated' }])
    expect(trunks.recognise(flow('127.0.0.1', 5_081))).toEqual([])
  })

  it('an outbound trunk takes no calls in, an inbound one none out', () => {
    const trunks = start([
      { ...carrier, direction: 'outbound' },
      { ...carrier, id: 'in', direction: 'inbound', sources: [{ address: '203.0.113.1' }] },
    ])

    expect(trunks.recognise(flow('198.51.100.1', 5_060))).toEqual([])
    expect(trunks.routes('acme').every(({ trunk }) => trunk.id === 'carrier')).toBe(true)
  })

  it('an account’s own trunk comes before shared ones, and nobody calls over another’s', () => {
    const trunks = start([carrier, { id: 'own', accountId: 'acme', priority: 99, hosts: [{ host: '203.0.113.1' }] }])

    expect(trunks.routes('acme').map(({ trunk, host }) => `${trunk.id} ${host.host}`)).toEqual([
      'own 203.0.113.1',
      'carrier 198.51.100.1',
      'carrier 198.51.100.2',
    ])
    expect(trunks.routes('other').map(({ trunk }) => trunk.id)).toEqual(['carrier', 'carrier'])
  })

  it('a call leaves by the trunks that were chosen for it, and by no others', () => {
    const own: TrunkOptions = { id: 'own', accountId: 'acme', hosts: [{ host: '203.0.113.1' }] }
    const trunks = start([carrier, own])
    const by = (choice: 'account' | 'installation', account = 'acme') =>
      trunks.routes(account, { carrier: choice }).map(({ trunk }) => trunk.id)

    expect(by('account')).toEqual(['own'])
    expect(by('account', 'other')).toEqual([])
    expect(by('installation')).toEqual(['carrier', 'carrier'])
  })

  it('trunks that accounts have by now take the place of those they had, and calls over them still count', () => {
    const own = (id: string, accountId: string): TrunkOptions => ({
      id,
      accountId,
      callsMax: 1,
      hosts: [{ host: '203.0.113.1' }],
    })
    const trunks = start([carrier])
    trunks.use([own('main', 'acme'), own('main', 'bolt')])
    const [first] = trunks.routes('acme')
    const release = trunks.hold(first?.trunk ?? carrier)
    trunks.use([own('main', 'acme'), own('other', 'bolt')])

    // One address, two accounts: whose call it is, the number says.
    expect(trunks.recognise(flow('203.0.113.1', 5_060)).map(({ accountId }) => accountId)).toEqual(['acme', 'bolt'])
    expect(trunks.routes('acme', { carrier: 'account' })).toEqual([])
    expect(trunks.routes('bolt', { carrier: 'account' }).map(({ trunk }) => trunk.id)).toEqual(['other'])
    release()
    expect(trunks.routes('acme', { carrier: 'account' }).map(({ trunk }) => trunk.id)).toEqual(['main'])
    trunks.close()
  })

  it('calls of a carrier that is known by a name come from where the name leads, also when it cannot be asked for once', async () => {
    let answer: () => Promise<string[]> = async () => ['198.51.100.9']
    const trunks = createTrunks(
      agentOf(() => 200),
      [{ id: 'named', hosts: [{ host: 'sip.carrier.example' }] }],
      () => answer(),
    )
    await vi.advanceTimersByTimeAsync(0)
    answer = () => Promise.reject(new Error('no name server'))
    await vi.advanceTimersByTimeAsync(optionsEveryMs)

    expect(trunks.recognise(flow('198.51.100.9', 5_060))).toMatchObject([{ id: 'named' }])
    trunks.close()
  })

  it('a host that does not answer OPTIONS goes last until it does', async () => {
    let firstIs = 408
    const trunks = start([carrier], (host) => (host === '198.51.100.1' ? firstIs : 405))
    await vi.advanceTimersByTimeAsync(0)
    expect(trunks.routes('acme').map(({ host }) => host.host)).toEqual(['198.51.100.2', '198.51.100.1'])

    firstIs = 200
    await vi.advanceTimersByTimeAsync(optionsEveryMs)

    expect(trunks.routes('acme').map(({ host }) => host.host)).toEqual(['198.51.100.1', '198.51.100.2'])
    trunks.close()
  })

  it('R-278: a full trunk carries emergencies all the same', () => {
    const trunks = start([{ ...carrier, callsMax: 1 }])
    const release = trunks.hold({ ...carrier, callsMax: 1 })

    expect(trunks.routes('acme')).toEqual([])
    expect(trunks.routes('acme', { emergency: true })).toHaveLength(2)
    release()
    release()
    expect(trunks.health()[0]).toMatchObject({ callsUp: 0 })
    expect(trunks.routes('acme')).toHaveLength(2)
  })

  it.each([
    ['e164', '+16045550100', '+16045550100'],
    ['national', '+16045550100', '6045550100'],
    ['national', '+442071838750', '+442071838750'],
    [undefined, '911', '911'],
  ] as const)('written as %s, %s is %s', (format, number, written) => {
    expect(writtenFor(format, number)).toBe(written)
  })
})
