import type { RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { type Edge, type EdgeOptions, startEdge } from '../edge.ts'
import type { MediaStats } from '../media/media-engine.ts'
import { createMemoryMediaEngine } from '../media/testing/memory-media-engine.ts'
import type { DeviceCredential } from '../registrar/credentials.ts'
import { createMemoryBindings } from '../testing/memory-bindings.ts'
import { decideByNumber, planFor, type Routes } from '../testing/tiny-pbx.ts'
import { attemptsNotedMax, type EndedLeg, LegNotes, type LegReport } from './leg-notes.ts'
import { networkOf } from './network-kind.ts'
import { LoopbackPhone, onFreePorts } from './testing/loopback-phone.ts'

const domain = 'pbx.example'
const tone = { kind: 'tone', cadence: [{ frequenciesHz: [440], onMs: 100, offMs: 100 }] } as const

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function settled(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !isTrue(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isTrue()).toBe(true)
}

const device = (username: string): DeviceCredential => ({
  kind: 'device',
  username,
  password: 'secret',
  accountId: username.startsWith('2') ? 'bolt' : 'acme',
  deviceId: `device-${username}`,
  enabled: true,
})

/** An edge whose notes are kept, by call. */
async function start(more: Partial<EdgeOptions> = {}) {
  const media = createMemoryMediaEngine()
  const reports: LegReport[] = []
  const edge = await onFreePorts(() =>
    startEdge({
      sip: { listen: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 } },
      media,
      domains: [domain],
      credentials: { lookUp: async (username) => (/^[12]\d{3}$/.test(username) ? device(username) : undefined) },
      bindings: createMemoryBindings(),
      dids: { find: async (did) => (did === '+16045550100' ? { accountId: 'acme' } : undefined) },
      audio: { confirm: tone, emergencyWarning: tone, ringback: tone, hold: () => tone },
      onEmergency: () => undefined,
      onLegs: (some) => void reports.push(...some),
      onLockOut: () => undefined,
      onError: (error) => {
        throw error
      },
      ...more,
    }),
  )
  closers.push(() => edge.close())
  const notes = (callId?: string): EndedLeg[] =>
    reports.filter((report) => callId === undefined || report.callId === callId).flatMap(({ legs }) => legs)
  /** Waits for so many notes; callers first, then by whom they are about. */
  const noted = async (count: number, callId?: string) => {
    await settled(() => notes(callId).length >= count)
    const placeOf = ({ role, address }: EndedLeg) => `${role === 'caller' ? 0 : 1}${address}`
    return notes(callId).toSorted((a, b) => placeOf(a).localeCompare(placeOf(b)))
  }
  return { edge, media, reports, noted }
}

async function phone(edge: Edge, username: string): Promise<LoopbackPhone> {
  const address = edge.addresses.udp ?? { host: '127.0.0.1', port: 0 }
  const started = await LoopbackPhone.start({ username, edge: address, domain })
  closers.push(() => started.close())
  expect(await started.register()).toBe(200)
  return started
}

const poor: Partial<MediaStats> = {
  packetsSent: 500,
  packetsReceived: 475,
  packetsLost: 25,
  jitterMs: 31.5,
  roundTripMs: 120,
  mos: 3.1,
}

describe('what is noted of legs', () => {
  it('both legs of an answered call, with figures, dialog and how they ended', async () => {
    const { edge, media, reports, noted } = await start()
    const { seen } = decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const placed = one.call('1002')
    const invite = await two.incoming.next()
    two.answer(invite)
    const { call } = await placed.result
    await settled(() => media.heardTogether().length === 1)
    const [ofCaller, ofCallee] = media.heardTogether()[0] ?? []
    media.sessions.find(({ id }) => id === ofCaller)?.setStats(poor)
    media.sessions
      .find(({ id }) => id === ofCallee)
      ?.setStats({ packetsSent: 500, packetsReceived: 0, oneWay: true, mos: 1 })
    call?.hangUp()

    const [caller, callee] = await noted(2)

    expect(new Set(reports.map(({ callId, accountId }) => `${accountId} ${callId}`))).toEqual(
      new Set([`acme ${seen[0]?.leg.id}`]),
    )
    expect(caller).toMatchObject({
      role: 'caller',
      kind: 'device',
      deviceId: 'device-1001',
      address: '1001',
      sipCallId: call?.dialog.sipCallId,
      endedBy: 'far-end',
      sipStatus: 0,
      transport: 'udp',
      network: 'loopback',
    })
    expect(caller?.media).toEqual({
      codec: 'PCMU',
      seconds: expect.any(Number),
      packetsSent: 500,
      packetsReceived: 475,
      packetsLost: 25,
      lossPercent: 5,
      jitterMs: 31.5,
      roundTripMs: 120,
      mos: 3.1,
    })
    expect(callee).toMatchObject({
      role: 'callee',
      deviceId: 'device-1002',
      sipCallId: invite.request.headers.callId,
      endedBy: 'us',
      media: { oneWay: 'not-heard' },
    })
    expect((callee?.answeredAtMs ?? 0) >= (callee?.startedAtMs ?? Number.POSITIVE_INFINITY)).toBe(true)
    expect(JSON.stringify(reports)).not.toContain('127.0.0.1')
  })

  it('phones that rang, declined or are not there have no figures, and say why they did not answer', async () => {
    const { edge, media, noted } = await start()
    decideByNumber(edge.calls, (() => ['1002', '1003', '1004', '1005']) satisfies Routes)
    const one = await phone(edge, '1001')
    const [two, three, four] = [await phone(edge, '1002'), await phone(edge, '1003'), await phone(edge, '1004')]
    const placed = one.call('8000')
    const [first, second, third] = [await two.incoming.next(), await three.incoming.next(), await four.incoming.next()]
    second.respond(486, { headers: [['Reason', 'SIP;cause=486;text="On another call"']] })
    await third.progress(180)
    await placed.ringing.next()
    two.answer(first)
    const { call } = await placed.result
    await settled(() => media.heardTogether().length === 1)
    call?.hangUp()

    const [, winner, busy, slow, absent] = await noted(5)

    expect(winner).toMatchObject({ address: '1002', media: { codec: 'PCMU' } })
    expect(busy).toMatchObject({
      address: '1003',
      sipStatus: 486,
      endedBy: 'far-end',
      reason: 'Busy Here: SIP;cause=486;text="On another call"',
    })
    expect(slow).toMatchObject({
      address: '1004',
      sipStatus: 487,
      endedBy: 'us',
      reason: expect.stringContaining('completed elsewhere'),
      sipCallId: third.request.headers.callId,
    })
    expect(absent).toMatchObject({ address: '1005', deviceId: 'device-1005', sipStatus: 480, reason: 'unregistered' })
    expect([busy, slow, absent].map((leg) => leg?.media)).toEqual([undefined, undefined, undefined])
    expect(absent?.sipCallId).toBeUndefined()
  })

  it('a caller who gives up, and one who is refused, were never answered', async () => {
    const { edge, noted } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const placed = one.call('1002')
    const invite = await two.incoming.next()
    await invite.progress(180)
    await placed.ringing.next()
    placed.cancel()
    await placed.result

    expect(await noted(2)).toMatchObject([
      { role: 'caller', sipStatus: 487, endedBy: 'far-end' },
      { role: 'callee', sipStatus: 487, endedBy: 'us', reason: expect.stringContaining('Caller gave up') },
    ])
    expect((await one.call('1009').result).status).toBe(480)
    expect((await noted(4)).filter(({ role }) => role === 'caller')[1]).toMatchObject({ sipStatus: 480, endedBy: 'us' })
  })

  it('an answering machine that presses no key was answered, and let go', async () => {
    const { edge, noted } = await start()
    const plan: RingPlan = planFor(['1002'])
    edge.calls.onCall(({ leg }) => {
      const legs = plan.legs.map((one) => ({ ...one, keyPress: true }))
      const ringing = edge.calls.ring(leg, { ...plan, legs }, { accountId: 'acme', callId: 'the-call' })
      void ringing.done.then(() => leg.reject(480))
    })
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const placed = one.call('1002')
    const machine = two.answer(await two.incoming.next())
    await new Promise((resolve) => setTimeout(resolve, 50))
    machine.hangUp()
    await placed.result

    expect(await noted(2, 'the-call')).toMatchObject([
      { role: 'caller', sipStatus: 480 },
      { role: 'callee', address: '1002', endedBy: 'far-end', media: { codec: 'PCMU' } },
    ])
  })

  it('a transferred party is noted in the call it left and in the one it came to', async () => {
    const { edge, noted } = await start()
    const { seen } = decideByNumber(edge.calls)
    const [one, two, three] = [await phone(edge, '1001'), await phone(edge, '1002'), await phone(edge, '1003')]
    const placed = one.call('1002')
    const b = two.answer(await two.incoming.next())
    const { call } = await placed.result
    await settled(() => edge.counts().connections === 1)

    expect(await b.refer(`<sip:1003@${domain}>`)).toBe(202)
    three.answer(await three.incoming.next())
    await settled(() => seen.length === 2 && edge.counts().connections === 1)
    call?.hangUp()

    const before = await noted(2, seen[0]?.leg.id)
    const after = await noted(2, seen[1]?.leg.id)
    // Whoever decides the call hangs the caller's leg up when the other has left; its party goes on.
    expect(before).toMatchObject([
      { address: '1001', role: 'caller', sipCallId: call?.dialog.sipCallId, media: {} },
      { address: '1002', role: 'callee', reason: 'transferred' },
    ])
    expect(after).toMatchObject([
      { address: '1001', role: 'caller', sipCallId: call?.dialog.sipCallId, media: {} },
      { address: '1003', role: 'callee', media: {} },
    ])
  })

  it('a call for help is noted under its own id, with the trunk that carried it', async () => {
    const carrier = await LoopbackPhone.start({
      username: 'carrier',
      edge: { host: '127.0.0.1', port: 0 },
      domain: '127.0.0.1',
    })
    closers.push(() => carrier.close())
    const { edge, noted } = await start({
      trunks: [{ id: 'pstn', hosts: [{ host: '127.0.0.1', port: carrier.port }] }],
    })
    const placed = (await phone(edge, '1001')).call('911')
    carrier.answer(await carrier.incoming.next())
    const { call } = await placed.result
    await settled(() => edge.counts().connections === 1)
    call?.hangUp()

    expect(await noted(2)).toMatchObject([
      { role: 'caller', deviceId: 'device-1001' },
      { role: 'callee', kind: 'trunk', trunkId: 'pstn', address: '911' },
    ])
  })

  it('a caller who withholds the number is anonymous here too', async () => {
    const { edge, noted } = await start()
    decideByNumber(edge.calls)
    const one = await phone(edge, '1001')

    await one.call('1009', [['Privacy', 'id']]).result

    expect((await noted(2))[0]).toMatchObject({ role: 'caller', address: 'anonymous' })
  })
})

describe('the SIP messages of a call', () => {
  it('are of its own dialogs, of the account that asked, also where the call was up already', async () => {
    const { edge, media } = await start()
    const { seen } = decideByNumber(edge.calls)
    const phones = [
      await phone(edge, '1001'),
      await phone(edge, '1002'),
      await phone(edge, '2001'),
      await phone(edge, '2002'),
    ]
    const [one, two, other, another] = phones as [LoopbackPhone, LoopbackPhone, LoopbackPhone, LoopbackPhone]
    const begin = async (from: LoopbackPhone, to: LoopbackPhone, number: string) => {
      const placed = from.call(number)
      to.answer(await to.incoming.next())
      return (await placed.result).call
    }
    const early = await begin(one, two, '1002')
    await settled(() => media.heardTogether().length === 1)
    edge.ladder.record('acme', 60_000)
    await early?.info('5')
    early?.hangUp()
    await (await begin(one, two, '1002'))?.info('7')
    await begin(other, another, '2002')
    await settled(() => media.heardTogether().length === 2)
    const [first, second, foreign] = seen.map(({ leg }) => leg.id)
    const methods = (accountId: string, callId = '') =>
      edge.ladder
        .of(accountId, callId)
        .filter(({ text }) => !/^(?:SIP\/2\.0|ACK)/.test(text))
        .map(({ who, direction, text }) => `${who} ${direction} ${text.split(' ')[0]}`)

    expect(methods('acme', first)).toEqual(['1001 (caller) in INFO', '1001 (caller) in BYE', '1002 (callee) out BYE'])
    // Twice: the first INVITE is challenged.
    expect(methods('acme', second).filter((line) => line.endsWith('INVITE'))).toEqual([
      '1001 (caller) in INVITE',
      '1001 (caller) in INVITE',
      '1002 (callee) out INVITE',
    ])
    expect(edge.ladder.of('acme', second ?? '').some(({ text }) => /Signal=|response="/.test(text))).toBe(false)
    for (const call of [first, second, foreign]) expect(methods('bolt', call)).toEqual([])
    expect(methods('acme', foreign)).toEqual([])
  })
})

describe('bounds', () => {
  const identity = { kind: 'device', accountId: 'acme', deviceId: 'd', username: 'd' } as const
  const call = { accountId: 'acme', callId: () => 'call', address: 'd' }

  it('a call that rings for hours is noted as far as its first attempts go', async () => {
    const reports: LegReport[] = []
    const notes = new LegNotes({
      ladder: { link: () => undefined, onRecord: () => undefined },
      report: (some) => void reports.push(...some),
      nowMs: () => 0,
    })
    for (let round = 0; round < 200; round += 1) notes.unreachable(call, identity, 'unregistered')
    notes.unreachable({ ...call, callId: () => 'another' }, identity, 'unregistered')
    await notes.flush()

    expect(reports.map(({ callId, legs }) => [callId, legs.length])).toEqual([
      ['call', attemptsNotedMax],
      ['another', 1],
    ])
  })

  it.each([
    ['127.0.0.1', 'loopback'],
    ['[::1]', 'loopback'],
    ['192.168.1.7', 'private'],
    ['172.32.0.1', 'public'],
    ['100.64.9.9', 'shared'],
    ['fd00::1', 'private'],
    ['2001:db8::1', 'public'],
    ['carrier.example', 'name'],
  ])('%s is %s', (host, network) => {
    expect(networkOf(host)).toBe(network)
  })
})
