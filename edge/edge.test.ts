import { createSocket } from 'node:dgram'
import type { RingPlan } from '@offhook/shared/callflow/ring-plan.ts'
import { EmergencyFacts, emergencyDecision } from '@offhook/shared/emergency/emergency.ts'
import { afterEach, describe, expect, it } from 'vitest'
import type { EmergencyReport } from './call/emergency-calls.ts'
import { Happenings, LoopbackPhone, onFreePorts, type PhoneCall, phoneSdp } from './call/testing/loopback-phone.ts'
import { createQuietMedia } from './call/testing/quiet-media.ts'
import { type Edge, type EdgeOptions, startEdge } from './edge.ts'
import type { DeviceCredential } from './registrar/credentials.ts'
import { createMemoryBindings } from './testing/memory-bindings.ts'
import { decideByNumber, planFor, type Routes } from './testing/tiny-pbx.ts'

const domain = 'pbx.example'
const music = { kind: 'file', path: 'music.wav' } as const
const warning = { kind: 'file', path: 'warning.wav' } as const
const confirm = { kind: 'tone', cadence: [{ frequenciesHz: [800], onMs: 100, offMs: 100 }] } as const
const ringback = { kind: 'tone', cadence: [{ frequenciesHz: [440, 480], onMs: 2_000, offMs: 4_000 }] } as const

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const device = (username: string, more: Partial<DeviceCredential> = {}): DeviceCredential => ({
  kind: 'device',
  username,
  password: 'secret',
  accountId: 'acme',
  deviceId: `device-${username}`,
  enabled: true,
  ...more,
})

async function start(more: Partial<EdgeOptions> = {}, devices: DeviceCredential[] = []) {
  const media = createQuietMedia()
  const reports: EmergencyReport[] = []
  const known = new Map(['1001', '1002', '1003'].map((name) => [name, device(name)]))
  for (const each of devices) known.set(each.username, each)
  const edge = await onFreePorts(() =>
    startEdge({
      sip: { listen: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 } },
      media,
      domains: [domain],
      credentials: { lookUp: async (username) => known.get(username) },
      bindings: createMemoryBindings(),
      dids: { find: async (did) => (did === '+16045550100' ? { accountId: 'acme' } : undefined) },
      audio: { confirm, emergencyWarning: warning, ringback, hold: () => music },
      onEmergency: (report) => reports.push(report),
      onLockOut: () => undefined,
      onError: (error) => {
        throw error
      },
      ...more,
    }),
  )
  closers.push(() => edge.close())
  return { edge, media, reports }
}

async function phone(
  edge: Edge,
  username: string,
  more: { password?: string; transport?: 'udp' | 'tcp'; isSilent?: boolean } = {},
): Promise<LoopbackPhone> {
  const address = edge.addresses.udp ?? { host: '127.0.0.1', port: 0 }
  const started = await LoopbackPhone.start({ username, edge: address, domain, ...more })
  closers.push(() => started.close())
  if (more.isSilent !== true) expect(await started.register()).toBe(200)
  return started
}

/** 1001 and 1002 in a call with each other. */
async function talking(
  edge: Edge,
  from: LoopbackPhone,
  to: LoopbackPhone,
  number: string,
): Promise<{ a: PhoneCall; b: PhoneCall }> {
  const placed = from.call(number)
  const b = to.answer(await to.incoming.next())
  const { call } = await placed.result
  if (call === undefined) throw new Error('not answered')
  await settled(() => edge.counts().connections > 0)
  return { a: call, b }
}

async function settled(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !isTrue(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isTrue()).toBe(true)
}

describe('two phones', () => {
  it.each(['udp', 'tcp'] as const)('R-132: register over %s, call each other and hang up', async (transport) => {
    const { edge, media } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001', { transport }), await phone(edge, '1002')]

    const placed = one.call('1002')
    const invite = await two.incoming.next()
    await invite.progress(180)
    expect(await placed.ringing.next()).toBe(180)
    const b = two.answer(invite)
    const { call: a } = await placed.result
    await settled(() => media.heardTogether().length === 1)
    a?.hangUp()

    expect(await b.ended.next()).toBe('remote: BYE')
    await settled(() => edge.counts().legs === 0)
    expect(media.sessions.every(({ isClosed }) => isClosed)).toBe(true)
  })

  it('the caller is who proved himself, whatever From says', async () => {
    const { edge } = await start()
    const { seen } = decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]

    one.call('1002', [
      ['X-Pbx-Call', 'forged'],
      ['X-Colour', 'green'],
      ['Diversion', '<sip:x@y>'],
      ['User-to-User', 'abc'],
    ])
    const invite = await two.incoming.next()

    expect(seen[0]?.leg).toMatchObject({
      from: '1001',
      to: '1002',
      identity: { kind: 'device', deviceId: 'device-1001' },
      headers: { 'X-Colour': 'green' },
    })
    expect(Object.keys(seen[0]?.leg.headers ?? {})).toEqual(['X-Colour'])
    expect(invite.request.headers.from.uri).toBe(`sip:1001@${domain}`)
    expect(invite.request.headers.get('p-asserted-identity')).toContain('<sip:1001@')
  })

  it('a wrong password calls nobody', async () => {
    const { edge } = await start()
    const { seen } = decideByNumber(edge.calls)
    const stranger = await phone(edge, '1001', { password: 'wrong', isSilent: true })

    expect(await stranger.register()).toBe(401)
    expect((await stranger.call('1002').result).status).toBe(401)
    expect(seen).toEqual([])
  })

  it('CANCEL stops the ringing', async () => {
    const { edge } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const placed = one.call('1002')
    const invite = await two.incoming.next()
    const cancelled = new Promise<void>((resolve) => invite.onCancel(resolve))
    await invite.progress(180)
    await placed.ringing.next()

    placed.cancel()

    await cancelled
    expect((await placed.result).status).toBe(487)
    await settled(() => edge.counts().legs === 0)
  })

  it.each([
    [486, 486],
    [603, 486],
    [480, 480],
  ])('R-030: a phone that answers %s is told apart: the caller gets %s', async (answer, expected) => {
    const { edge } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]

    const placed = one.call('1002')
    ;(await two.incoming.next()).respond(answer)

    expect((await placed.result).status).toBe(expected)
  })

  it('a number nobody registered for is unavailable at once', async () => {
    const { edge } = await start()
    decideByNumber(edge.calls)

    expect((await (await phone(edge, '1001')).call('1003').result).status).toBe(480)
  })

  it('R-068: three phones ring together, the first to answer wins and the others stop', async () => {
    const { edge } = await start({}, [device('1004')])
    decideByNumber(edge.calls, (() => ['1002', '1003', '1004']) satisfies Routes)
    const one = await phone(edge, '1001')
    const others = [await phone(edge, '1002'), await phone(edge, '1003'), await phone(edge, '1004')]

    const placed = one.call('8000')
    const invites = await Promise.all(others.map((each) => each.incoming.next()))
    const stopped = invites.slice(1).map((invite) => new Promise<void>((resolve) => invite.onCancel(resolve)))
    await Promise.all(invites.map((invite) => invite.progress(180)))
    await placed.ringing.next()
    const before = Date.now()
    others[0]?.answer(invites[0] ?? expect.fail())

    expect((await placed.result).status).toBe(200)
    await Promise.all(stopped)
    expect(Date.now() - before).toBeLessThan(1_000)
  })

  it('R-156: two bindings of one device both ring', async () => {
    const { edge } = await start()
    decideByNumber(edge.calls)
    const [one, first, second] = [await phone(edge, '1001'), await phone(edge, '1002'), await phone(edge, '1002')]

    one.call('1002')

    await Promise.all([first.incoming.next(), second.incoming.next()])
  })

  it('R-139: a leg answered without a key press does not win; with the key it does', async () => {
    const { edge, media } = await start()
    edge.calls.onCall(({ leg }) => {
      const plan: RingPlan = planFor(['1002'])
      const [only] = plan.legs
      void edge.calls
        .ring(
          leg,
          { ...plan, legs: only === undefined ? [] : [{ ...only, keyPress: true }] },
          { accountId: 'acme', callId: 'c' },
        )
        .done.then(async ({ leg: winner }) => winner !== undefined && void (await edge.calls.connect(leg, winner)))
    })
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const placed = one.call('1002')
    two.answer(await two.incoming.next())
    await settled(() => media.sessions.some(({ playing }) => playing.includes(confirm)))
    expect(edge.counts().connections).toBe(0)

    media.sessions.find(({ playing }) => playing.includes(confirm))?.press('1')

    expect((await placed.result).status).toBe(200)
  })

  it('hold plays music to the other party, resume joins both again', async () => {
    const { edge, media } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const { a } = await talking(edge, one, two, '1002')

    expect(await a.hold(true)).toBe(200)
    await settled(() => media.sessions.some(({ playing }) => playing.includes(music)))
    expect(media.heardTogether()).toEqual([])

    expect(await a.hold(false)).toBe(200)
    await settled(() => media.heardTogether().length === 1)
    expect(media.sessions.some(({ playing }) => playing.includes(music))).toBe(false)
  })

  it('a key sent by INFO reaches the other party as a tone', async () => {
    const { edge, media } = await start()
    decideByNumber(edge.calls)
    const { a } = await talking(edge, await phone(edge, '1001'), await phone(edge, '1002'), '1002')

    for (const digit of '1590*#') expect(await a.info(digit)).toBe(200)

    await settled(() => media.sessions.some(({ sentDigits }) => sentDigits === '1590*#'))
  })

  it('a device cannot have more calls than it may', async () => {
    const { edge } = await start({}, [device('1001', { callsMax: 1 })])
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    await talking(edge, one, two, '1002')

    expect((await one.call('1003').result).status).toBe(486)
  })

  it('after 200 calls over TCP, answered, refused and cancelled, nothing is left', async () => {
    const { edge, media } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [
      await phone(edge, '1001', { transport: 'tcp' }),
      await phone(edge, '1002', { transport: 'tcp' }),
    ]
    const idle = edge.counts()

    for (let index = 0; index < 200; index += 1) {
      const placed = one.call('1002')
      const invite = await two.incoming.next()
      if (index % 4 === 1) invite.respond(486)
      else if (index % 4 === 2) {
        await invite.progress(180)
        await placed.ringing.next()
        placed.cancel()
      } else two.answer(invite)
      const { call } = await placed.result
      call?.hangUp()
    }

    await settled(() => edge.counts().legs === 0 && edge.counts().dialogs === 0)
    // Answered INVITEs wait 32 s for a late 2xx or ACK on every transport (RFC 6026 §7.1); nothing else may.
    expect(edge.counts()).toMatchObject({ connections: 0, ringing: 0, sockets: idle.sockets })
    expect(edge.counts().transactions).toBeLessThanOrEqual(200)
    expect(media.sessions.filter(({ isClosed }) => !isClosed)).toEqual([])
    expect(edge.trunks.health()).toEqual([])
  })

  it('a draining edge takes no new calls and ends when the last one does', async () => {
    const { edge } = await start()
    decideByNumber(edge.calls)
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    const { a } = await talking(edge, one, two, '1002')

    const drained = edge.drain()
    expect((await two.call('1001').result).status).toBe(503)
    a.hangUp()

    await drained
  })
})

describe('transfers', () => {
  it('blind: the transferor is told, the remaining party rings the target and talks to it', async () => {
    const { edge, media } = await start()
    const { seen } = decideByNumber(edge.calls)
    const [one, two, three] = [await phone(edge, '1001'), await phone(edge, '1002'), await phone(edge, '1003')]
    const { a, b } = await talking(edge, one, two, '1002')

    expect(await b.refer(`<sip:1003@${domain}>`)).toBe(202)
    expect(await b.news.next()).toBe('SIP/2.0 100 Trying')
    const invite = await three.incoming.next()
    await invite.progress(180)
    expect(await b.news.next()).toBe('SIP/2.0 180 Ringing')
    expect(media.sessions.some(({ playing }) => playing.includes(ringback))).toBe(true)
    const c = three.answer(invite)

    expect(await b.news.next()).toBe('SIP/2.0 200 OK')
    await settled(() => media.heardTogether().length === 1)
    expect(seen[1]).toMatchObject({
      linkedTransactionId: seen[0]?.leg.id,
      leg: { to: '1003', from: '1002', identity: { kind: 'system', deviceId: 'device-1002' } },
    })
    c.hangUp()
    expect(await a.ended.next()).toBe('remote: BYE')
    await settled(() => edge.counts().legs === 0 && edge.counts().dialogs === 0)
  })

  it('blind to somebody who is busy: the transferor is told, and the party rings back instead of being lost', async () => {
    const { edge, media } = await start()
    decideByNumber(edge.calls)
    const [one, two, three] = [await phone(edge, '1001'), await phone(edge, '1002'), await phone(edge, '1003')]
    const { a, b } = await talking(edge, one, two, '1002')
    await b.refer(`<sip:1003@${domain}>`)
    expect(await b.news.next()).toBe('SIP/2.0 100 Trying')

    const invite = await three.incoming.next()
    invite.respond(486)

    expect(await b.news.next()).toMatch(/^SIP\/2\.0 4\d\d /)
    const back = two.answer(await two.incoming.next())
    expect(await b.ended.next()).toBe('remote: BYE')
    await settled(() => media.heardTogether().length === 1)
    expect(edge.counts()).toMatchObject({ legs: 2, connections: 1 })
    back.hangUp()
    expect(await a.ended.next()).toBe('remote: BYE')
    await settled(() => edge.counts().legs === 0 && edge.counts().dialogs === 0)
  })

  it('attended: the two parties talk, both calls of the transferor end', async () => {
    const { edge, media } = await start()
    decideByNumber(edge.calls)
    const [one, two, three] = [await phone(edge, '1001'), await phone(edge, '1002'), await phone(edge, '1003')]
    const { a: first, b } = await talking(edge, one, two, '1002')
    await first.hold(true)
    const { a: second, b: c } = await talking(edge, one, three, '1003')
    const replaces = encodeURIComponent(
      `${second.dialog.sipCallId};to-tag=${second.dialog.remoteTag};from-tag=${second.dialog.localTag}`,
    )

    expect(await first.refer(`<sip:1003@${domain}?Replaces=${replaces}>`)).toBe(202)

    expect(await first.news.next()).toBe('SIP/2.0 200 OK')
    expect(await second.ended.next()).toBe('remote: BYE')
    await settled(() => media.heardTogether().length === 1)
    expect(edge.counts()).toMatchObject({ legs: 2, connections: 1 })
    b.hangUp()
    expect(await c.ended.next()).toBe('remote: BYE')
    await settled(() => edge.counts().legs === 0)
  })

  it('to a foreign domain or in no call at all is declined', async () => {
    const { edge } = await start()
    decideByNumber(edge.calls)
    const { a } = await talking(edge, await phone(edge, '1001'), await phone(edge, '1002'), '1002')

    expect(await a.refer('<sip:900123@elsewhere.example>')).toBe(603)
    expect(await a.refer('nonsense')).toBe(400)
  })

  it('INVITE with Replaces takes the place of a party', async () => {
    const { edge, media } = await start()
    decideByNumber(edge.calls)
    const [one, two, three] = [await phone(edge, '1001'), await phone(edge, '1002'), await phone(edge, '1003')]
    const { a, b } = await talking(edge, one, two, '1002')

    const placed = three.call('1002', [
      ['Replaces', `${b.dialog.sipCallId};to-tag=${b.dialog.remoteTag};from-tag=${b.dialog.localTag}`],
    ])

    expect((await placed.result).status).toBe(200)
    expect(await b.ended.next()).toBe('remote: BYE')
    await settled(() => media.heardTogether().length === 1)
    a.hangUp()
    expect(await (await placed.result).call?.ended.next()).toBe('remote: BYE')
  })
})

describe('trunks and emergencies', () => {
  const withCarrier = async (more: Partial<EdgeOptions> = {}, devices: DeviceCredential[] = []) => {
    const carrier = await LoopbackPhone.start({
      username: 'carrier',
      edge: { host: '127.0.0.1', port: 0 },
      domain: '127.0.0.1',
    })
    closers.push(() => carrier.close())
    const started = await start(
      { trunks: [{ id: 'pstn', hosts: [{ host: '127.0.0.1', port: carrier.port }] }], ...more },
      devices,
    )
    return { carrier, ...started }
  }
  const address = {
    id: 'hq',
    name: 'Acme Corp',
    street: '500 Example Ave',
    city: 'Seattle',
    region: 'WA',
    postalCode: '98101',
    country: 'US',
    status: 'confirmed',
  } as const
  const emergency = {
    accountId: 'acme',
    deviceName: 'Desk',
    userName: 'Alex',
    extension: '1001',
    prefix: '9',
    account: { callerId: { emergency: { number: '+12065550142' } } },
    registered: [{ number: '+12065550142', addressId: 'hq' }],
    addresses: [address],
    notifyEmails: ['safety@acme.example'],
  }

  it('a call from the carrier is for the account that owns the number; other numbers are nobody’s', async () => {
    const { carrier, edge } = await withCarrier()
    const { seen } = decideByNumber(edge.calls, () => ['1002'])
    const two = await phone(edge, '1002')
    const outside = { host: '127.0.0.1', port: edge.addresses.udp?.port ?? 0 }
    const caller = carrier.at(outside)

    const placed = caller.call('16045550100', [['Diversion', '<sip:+16045550999@carrier>;reason=no-answer']])
    two.answer(await two.incoming.next())

    expect((await placed.result).status).toBe(200)
    expect(seen[0]?.leg).toMatchObject({
      to: '+16045550100',
      identity: { kind: 'trunk', accountId: 'acme', trunkId: 'pstn' },
      headers: { Diversion: '<sip:+16045550999@carrier>;reason=no-answer' },
    })
    expect((await caller.call('16045550101').result).status).toBe(404)
  })

  it('a caller without an offer gets ours and answers it in the ACK', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => socket.close(() => resolve())))
    const { edge, media } = await start({
      trunks: [{ id: 'pstn', hosts: [{ host: '127.0.0.1', port: socket.address().port }], options: false }],
    })
    decideByNumber(edge.calls, () => ['1002'])
    const two = await phone(edge, '1002')
    const received = new Happenings<string>()
    socket.on('message', (bytes) => received.push(bytes.toString()))
    const send = (method: string, toTag: string, body: string) =>
      socket.send(
        `${method} sip:16045550100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK${method}\r\nFrom: <sip:+12065550142@carrier.example>;tag=f\r\nTo: <sip:16045550100@127.0.0.1>${toTag}\r\nCall-ID: late\r\nCSeq: 1 ${method}\r\nContact: <sip:127.0.0.1:${socket.address().port}>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        edge.addresses.udp?.port ?? 0,
        '127.0.0.1',
      )

    send('INVITE', '', '')
    two.answer(await two.incoming.next())
    let answer = await received.next()
    while (!answer.startsWith('SIP/2.0 200')) answer = await received.next()
    expect(answer).toContain('m=audio')
    expect(media.heardTogether()).toEqual([])
    send('ACK', /^To:.*(;tag=\S+)/im.exec(answer)?.[1] ?? '', phoneSdp())

    await settled(() => media.heardTogether().length === 1)
  })

  it('R-160: a plan that says so asks phones to answer by themselves, others do not', async () => {
    const { edge } = await start()
    const [one, two] = [await phone(edge, '1001'), await phone(edge, '1002')]
    let answersItself = true
    edge.calls.onCall(({ leg }) => {
      const plan = planFor(['1002'], answersItself ? { answersItself } : {})
      void edge.calls.ring(leg, plan, { accountId: 'acme', callId: 'c' })
    })
    const headersOf = async () => {
      one.call('1002')
      const { headers } = (await two.incoming.next()).request
      return ['answer-mode', 'call-info', 'alert-info'].map((name) => headers.get(name))
    }

    expect(await headersOf()).toEqual([
      'Auto',
      `<sip:${domain}>;answer-after=0`,
      `<http://${domain}>;info=alert-autoanswer`,
    ])
    answersItself = false
    expect(await headersOf()).toEqual([undefined, undefined, undefined])
  })

  it('a call over a trunk shows the caller ID it was given', async () => {
    const { carrier, edge } = await withCarrier()
    edge.calls.onCall(({ leg }) => {
      const target = {
        kind: 'trunk',
        number: '+12065550101',
        callerId: { number: '+16045550100', name: 'Acme' },
      } as const
      void edge.calls.ring(
        leg,
        planFor([], { legs: [{ id: '1', target, delaySeconds: 0, timeoutSeconds: 20, keyPress: false }] }),
        { accountId: 'acme', callId: 'c' },
      )
    })

    void (await phone(edge, '1001')).call('12065550101')
    const invite = await carrier.incoming.next()

    expect(invite.request.uri).toContain('sip:+12065550101@127.0.0.1')
    expect(invite.request.headers.from).toMatchObject({ displayName: 'Acme', uri: `sip:+16045550100@${domain}` })
  })

  it.each(['911', '9911', '112'])(
    'R-278: %s reaches the carrier with its address, though nobody decides calls',
    async (dialled) => {
      const { carrier, edge, reports } = await withCarrier({}, [device('1001', { emergency })])
      const one = await phone(edge, '1001')

      const placed = one.call(dialled)
      const invite = await carrier.incoming.next()
      carrier.answer(invite)

      expect((await placed.result).status).toBe(200)
      expect(invite.request.uri).toContain('sip:911@')
      expect(invite.request.headers.from.uri).toBe(`sip:+12065550142@${domain}`)
      const body = new TextDecoder().decode(invite.request.body)
      const contentId = /<cid:(.*)>/.exec(invite.request.headers.get('geolocation') ?? '')?.[1] ?? 'none'
      expect(body).toContain(`Content-ID: <${contentId}>`)
      expect(body).toContain('<ca:HNO>500</ca:HNO><ca:RD>Example</ca:RD><ca:STS>Ave</ca:STS>')
      await settled(() => reports.length >= 2)
      expect(reports.map(({ phase }) => phase)).toEqual(['started', 'answered'])
      expect(reports[0]).toMatchObject({
        deviceId: 'device-1001',
        notifyEmails: ['safety@acme.example'],
        callBackNumber: '+12065550142',
      })
    },
  )

  it('R-278, R-273: 911 dialled inside a callflow reaches the carrier with its address too', async () => {
    const { carrier, edge } = await withCarrier()
    edge.calls.onCall(({ leg }) => {
      const { plan } = emergencyDecision('emergency', EmergencyFacts.parse(emergency), 'help')
      void edge.calls.ring(leg, plan, { accountId: 'acme', callId: 'c' })
    })

    void (await phone(edge, '1001')).call('8000')
    const invite = await carrier.incoming.next()

    expect(invite.request.uri).toContain('sip:911@')
    expect(invite.request.headers.from.uri).toBe(`sip:+12065550142@${domain}`)
    const body = new TextDecoder().decode(invite.request.body)
    const contentId = /<cid:(.*)>/.exec(invite.request.headers.get('geolocation') ?? '')?.[1] ?? 'none'
    expect(body).toContain(`Content-ID: <${contentId}>`)
    expect(body).toContain('<ca:HNO>500</ca:HNO><ca:RD>Example</ca:RD><ca:STS>Ave</ca:STS>')
  })

  it('R-278: 911 dialled inside a callflow makes room on a full trunk, but not by dropping another call for help', async () => {
    const carrier = await LoopbackPhone.start({
      username: 'carrier',
      edge: { host: '127.0.0.1', port: 0 },
      domain: '127.0.0.1',
    })
    closers.push(() => carrier.close())
    const trunk = { id: 'pstn', hosts: [{ host: '127.0.0.1', port: carrier.port }], callsMax: 1 }
    const { edge } = await start({ trunks: [trunk] })
    decideByNumber(edge.calls, () => ['1002'])
    const two = await phone(edge, '1002')
    const outside = carrier.at({ host: '127.0.0.1', port: edge.addresses.udp?.port ?? 0 })
    const placed = outside.call('16045550100')
    two.answer(await two.incoming.next())
    const { call } = await placed.result
    edge.calls.onCall(({ leg }) => {
      const { plan } = emergencyDecision('emergency', EmergencyFacts.parse(emergency), 'help')
      const ringing = edge.calls.ring(leg, plan, { accountId: 'acme', callId: 'c' })
      void ringing.done.then(({ leg: helper }): unknown =>
        helper === undefined ? leg.hangUp() : edge.calls.connect(leg, helper),
      )
    })

    const first = (await phone(edge, '1001')).call('8000')
    expect(await call?.ended.next()).toBe('remote: BYE')
    carrier.answer(await outside.incoming.next())
    const helped = await first.result
    expect(helped.status).toBe(200)

    await settled(() => edge.counts().connections === 1)

    two.call('8000')
    carrier.answer(await outside.incoming.next())
    await settled(() => edge.counts().connections === 2)
  })

  it('R-282: without a carrier 911 is answered with a spoken warning, never with silence', async () => {
    const { edge, media, reports } = await start()
    const one = await phone(edge, '1001')

    const placed = one.call('911')
    const { call, status } = await placed.result

    expect(status).toBe(200)
    expect(await call?.ended.next()).toBe('remote: BYE')
    expect(media.sessions).toHaveLength(1)
    expect(reports.map(({ phase }) => phase)).toEqual(['started', 'not-carried', 'ended'])
  })

  it('R-278: a draining edge, a disabled device and a full one still call for help', async () => {
    const { carrier, edge } = await withCarrier({}, [device('1001', { enabled: false, callsMax: 0 })])
    const one = await phone(edge, '1001', { isSilent: true })
    void edge.drain()

    const placed = one.call('911')
    carrier.answer(await carrier.incoming.next())

    expect((await placed.result).status).toBe(200)
  })

  it('R-278: where the trunk is full the newest other call on it makes room', async () => {
    const carrier = await LoopbackPhone.start({
      username: 'carrier',
      edge: { host: '127.0.0.1', port: 0 },
      domain: '127.0.0.1',
    })
    closers.push(() => carrier.close())
    const trunk = { id: 'pstn', hosts: [{ host: '127.0.0.1', port: carrier.port }], callsMax: 1 }
    const { edge } = await start({ trunks: [trunk] })
    decideByNumber(edge.calls, () => ['1002'])
    const two = await phone(edge, '1002')
    const outside = carrier.at({ host: '127.0.0.1', port: edge.addresses.udp?.port ?? 0 })
    const placed = outside.call('16045550100')
    two.answer(await two.incoming.next())
    const { call } = await placed.result

    void (await phone(edge, '1001')).call('911')

    expect(await call?.ended.next()).toBe('remote: BYE')
    await outside.incoming.next()
  })

  it('a dead host is passed over for the next one', async () => {
    const carrier = await LoopbackPhone.start({
      username: 'carrier',
      edge: { host: '127.0.0.1', port: 0 },
      domain: '127.0.0.1',
    })
    closers.push(() => carrier.close())
    const { edge } = await start({
      trunks: [
        {
          id: 'pstn',
          hosts: [
            { host: '127.0.0.1', port: 1, transport: 'tcp' },
            { host: '127.0.0.1', port: carrier.port },
          ],
        },
      ],
    })

    void (await phone(edge, '1001')).call('911')

    await carrier.incoming.next()
  })
})
