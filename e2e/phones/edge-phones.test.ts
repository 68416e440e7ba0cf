import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoopbackPhone, onFreePorts, PhoneCall } from '@offhook/edge/call/testing/loopback-phone.ts'
import { type Edge, startEdge } from '@offhook/edge/edge.ts'
import { createMediaEngine } from '@offhook/edge/media/worker-media-engine.ts'
import type { DeviceCredential } from '@offhook/edge/registrar/credentials.ts'
import { createMemoryBindings } from '@offhook/edge/testing/memory-bindings.ts'
import { decideByNumber } from '@offhook/edge/testing/tiny-pbx.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Baresip, type BaresipOptions } from './baresip.ts'
import { longestGapMs, millisecondsOf } from './tones.ts'

const tones = { '1001': 440, '1002': 1_000, '1003': 1_400 } as const
const holdMusicHz = 620
type Name = keyof typeof tones

let folder = ''
let edge: Edge
const phones: { stop(): Promise<void> }[] = []
const digits: string[] = []

const device = (username: string, more: Partial<DeviceCredential> = {}): DeviceCredential => ({
  kind: 'device',
  username,
  password: 'secret',
  accountId: 'acme',
  deviceId: `device-${username}`,
  enabled: true,
  ...more,
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-phones-'))
  digits.length = 0
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  const certificate = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -keyout ${tls.keyFile} -out ${tls.certFile}`
  execFileSync('openssl', certificate.split(' '), { stdio: 'ignore' })
  const tone = (frequencyHz: number) =>
    ({ kind: 'tone', cadence: [{ frequenciesHz: [frequencyHz], onMs: 1_000, offMs: 0 }] }) as const
  const media = await createMediaEngine({ listen: '127.0.0.1', rtpPorts: { from: 41_000, to: 41_998 } })
  edge = await onFreePorts(() =>
    startEdge({
      sip: { listen: { host: '127.0.0.1', udpPort: 0, tcpPort: 0, tlsPort: 0, tls } },
      media,
      domains: ['127.0.0.1'],
      credentials: { lookUp: async (username) => (username in tones ? device(username) : undefined) },
      bindings: createMemoryBindings(),
      dids: { find: async () => undefined },
      audio: { confirm: tone(800), emergencyWarning: tone(900), ringback: tone(480), hold: () => tone(holdMusicHz) },
      onEmergency: () => undefined,
      onLockOut: () => undefined,
      onError: (error) => {
        throw error
      },
    }),
  )
  decideByNumber(edge.calls)
})

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
  await edge.close()
  await rm(folder, { recursive: true, force: true })
})

async function phone(name: Name, more: Partial<BaresipOptions> = {}): Promise<Baresip> {
  const transport = more.registrar?.transport ?? 'udp'
  const address =
    transport === 'udp' ? edge.addresses.udp : transport === 'tcp' ? edge.addresses.tcp : edge.addresses.tls
  const started = await Baresip.start({
    username: name,
    toneHz: tones[name],
    folder: join(folder, `${name}-${phones.length}`),
    ...more,
    registrar: { host: '127.0.0.1', port: address?.port ?? 0, transport },
  })
  phones.push(started)
  return started
}

async function registered(name: Name, more: Partial<BaresipOptions> = {}): Promise<Baresip> {
  const started = await phone(name, more)
  await started.registered()
  return started
}

const by = (transport: 'udp' | 'tcp' | 'tls'): Partial<BaresipOptions> => ({
  registrar: { host: '', port: 0, transport },
})

async function settled(isTrue: () => boolean, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!isTrue() && Date.now() < deadline) await sleep(20)
  expect(isTrue()).toBe(true)
}

async function talking(caller: Baresip, callee: Baresip, number: Name): Promise<void> {
  caller.command('dial', number)
  await callee.event('CALL_INCOMING')
  callee.command('accept')
  await Promise.all([caller.event('CALL_ESTABLISHED'), callee.event('CALL_ESTABLISHED')])
}

describe('two real phones', () => {
  it.each([
    ['udp', 'udp'],
    ['tcp', 'udp'],
    ['tls', 'tcp'],
    ['udp', 'tls'],
  ] as const)('R-132: registered over %s and %s they hear each other, without a gap', async (first, second) => {
    const [one, two] = [await registered('1001', by(first)), await registered('1002', by(second))]

    await talking(one, two, '1002')
    await sleep(3_000)
    one.command('hangup')
    await two.event('CALL_CLOSED')

    for (const [listener, hz] of [
      [one, tones['1002']],
      [two, tones['1001']],
    ] as const) {
      const heard = await listener.heard()
      expect(millisecondsOf(heard, hz)).toBeGreaterThan(2_400)
      expect(longestGapMs(heard, hz)).toBeLessThanOrEqual(40)
    }
    await settled(() => edge.counts().legs === 0)
  })

  it('a wrong password is refused', async () => {
    const stranger = await phone('1001', { password: 'wrong' })

    await stranger.event('REGISTER_FAIL')
    expect(edge.registrar.size).toBe(0)
  })

  it('CANCEL stops the ringing', async () => {
    const [one, two] = [await registered('1001'), await registered('1002')]
    one.command('dial', '1002')
    await two.event('CALL_INCOMING')
    await one.event('CALL_RINGING')

    one.command('hangup')

    await two.event('CALL_CLOSED', 1_000)
    await settled(() => edge.counts().legs === 0)
  })

  it('R-030: a declined call ends for the caller at once', async () => {
    const [one, two] = [await registered('1001'), await registered('1002')]
    one.command('dial', '1002')
    await two.event('CALL_INCOMING')

    two.command('hangup')

    expect((await one.event('CALL_CLOSED', 2_000)).param).toMatch(/^486/)
  })

  it('hold plays music to the other, resume brings the voice back', async () => {
    const [one, two] = [await registered('1001'), await registered('1002')]
    await talking(one, two, '1002')

    one.command('hold')
    await sleep(2_000)
    one.command('resume')
    await sleep(2_000)
    one.command('hangup')
    await two.event('CALL_CLOSED')

    const heard = await two.heard()
    expect(millisecondsOf(heard, holdMusicHz)).toBeGreaterThan(1_200)
    expect(millisecondsOf(heard.subarray(-8_000), tones['1001'])).toBeGreaterThan(700)
  })

  it('R-156: both phones of one device ring', async () => {
    const one = await registered('1001')
    const both = [await registered('1002'), await registered('1002')]
    expect(edge.registrar.find('1002')).toHaveLength(2)

    one.command('dial', '1002')

    await Promise.all(both.map((each) => each.event('CALL_INCOMING')))
    both[0]?.command('accept')
    await one.event('CALL_ESTABLISHED')
    await both[1]?.event('CALL_CLOSED', 1_000)
  })

  it('a blind transfer joins the other two, who hear each other', async () => {
    const [one, two, three] = [
      await registered('1001'),
      await registered('1002'),
      await registered('1003', { answers: true }),
    ]
    await talking(one, two, '1002')

    two.command('transfer', `sip:1003@127.0.0.1:${edge.addresses.udp?.port}`)

    await three.event('CALL_ESTABLISHED')
    await two.event('CALL_CLOSED')
    await sleep(2_500)
    one.command('hangup')
    await three.event('CALL_CLOSED')
    expect(millisecondsOf(await three.heard(), tones['1001'])).toBeGreaterThan(1_500)
    expect(millisecondsOf(await one.heard(), tones['1003'])).toBeGreaterThan(1_500)
  })

  it('an attended transfer joins the other two, who hear each other', async () => {
    const [one, three] = [await registered('1001', { answers: true }), await registered('1003', { answers: true })]
    // baresip 1.0.0 has no attended transfer of its own, so the transferor is scripted.
    const scripted = await LoopbackPhone.start({
      username: '1002',
      edge: edge.addresses.udp ?? { host: '', port: 0 },
      domain: '127.0.0.1',
    })
    phones.push({ stop: () => scripted.close() })
    const first = (await scripted.call('1001').result).call
    const second = (await scripted.call('1003').result).call
    if (!(first instanceof PhoneCall) || !(second instanceof PhoneCall)) expect.fail('not answered')
    await Promise.all([one.event('CALL_ESTABLISHED'), three.event('CALL_ESTABLISHED')])
    const replaces = encodeURIComponent(
      `${second.dialog.sipCallId};to-tag=${second.dialog.remoteTag};from-tag=${second.dialog.localTag}`,
    )

    expect(await first.refer(`<sip:1003@127.0.0.1?Replaces=${replaces}>`)).toBe(202)

    expect(await first.news.next()).toBe('SIP/2.0 200 OK')
    await sleep(2_500)
    one.command('hangup')
    await three.event('CALL_CLOSED')
    expect(millisecondsOf(await three.heard(), tones['1001'])).toBeGreaterThan(1_500)
    expect(millisecondsOf(await one.heard(), tones['1003'])).toBeGreaterThan(1_500)
  })

  it('keys 1590*# arrive complete, once and in order', async () => {
    edge.calls.onCall(({ leg }) => {
      leg.onDigit((digit) => digits.push(digit))
      void leg.answer()
    })
    const one = await registered('1001')
    one.command('dial', '8000')
    await one.event('CALL_ESTABLISHED')

    for (const digit of '1590*#') {
      one.command('sndcode', digit)
      await sleep(250)
    }

    await settled(() => digits.length >= 6)
    await sleep(300)
    expect(digits.join('')).toBe('1590*#')
  })

  it('audio is encrypted by SDES-SRTP when the phone wants it', async () => {
    const [one, two] = [await registered('1001', { encryption: 'srtp-mand' }), await registered('1002')]

    await talking(one, two, '1002')
    await sleep(2_000)
    one.command('hangup')
    await two.event('CALL_CLOSED')

    expect(millisecondsOf(await two.heard(), tones['1001'])).toBeGreaterThan(1_400)
    expect(millisecondsOf(await one.heard(), tones['1002'])).toBeGreaterThan(1_400)
  })
})
