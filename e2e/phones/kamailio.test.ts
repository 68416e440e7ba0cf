/** Somebody else's proxy on the way: Debian's Kamailio in front of the PBX and behind its trunk. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallControl, IncomingCall } from '@offhook/edge/call/call-control.ts'
import { onFreePorts } from '@offhook/edge/call/testing/loopback-phone.ts'
import { type Edge, startEdge } from '@offhook/edge/edge.ts'
import { createMediaEngine } from '@offhook/edge/media/worker-media-engine.ts'
import { createMemoryBindings } from '@offhook/edge/testing/memory-bindings.ts'
import { planFor } from '@offhook/edge/testing/tiny-pbx.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { AccountApi } from '../testing/account-api.ts'
import { type Kamailio, startKamailio } from '../testing/kamailio.ts'
import { reservePorts, systemPorts } from '../testing/ports.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import { Baresip } from './baresip.ts'
import { PhoneShelf } from './phone-shelf.ts'

const configuration = join(import.meta.dirname, 'testdata', 'kamailio.cfg')

/** One dials, the other picks up, they hear each other, and one of them hangs up. */
async function converse(
  [caller, callerHz]: readonly [Baresip, number],
  number: string,
  [callee, calleeHz]: readonly [Baresip, number],
  hangsUp: 'caller' | 'callee',
): Promise<string> {
  caller.command('dial', number)
  const ringing = await callee.event('CALL_INCOMING', 10_000)
  callee.command('accept')
  await Promise.all([caller.event('CALL_ESTABLISHED'), callee.event('CALL_ESTABLISHED')])
  await Promise.all([caller.hearsTone(calleeHz, 1_000, 8_000), callee.hearsTone(callerHz, 1_000, 8_000)])
  const [first, second] = hangsUp === 'caller' ? [caller, callee] : [callee, caller]
  first.command('hangup')
  await second.event('CALL_CLOSED', 2_000)
  return ringing.peeruri ?? ''
}

describe('Kamailio in front of the PBX', () => {
  let system: RunningSystem
  let kamailio: Kamailio
  let phones: PhoneShelf
  let front: number

  beforeAll(async () => {
    system = await startSystem()
    phones = new PhoneShelf(system)
    front = await reservePorts(systemPorts)
    const words = { EDGE: front, TRUNK: front + 1, PBX: system.ready.sip.udpPort, OUTSIDE: 9 }
    kamailio = await startKamailio(configuration, words, join(system.folder, 'kamailio'))
  })
  afterAll(async () => {
    await phones.clear()
    await kamailio.stop()
    await system.stop()
    rmSync(system.folder, { recursive: true, force: true })
  })

  it('passes a registration on with its Path, and calls both ways through it, until either side hangs up', async () => {
    const behind = await phones.inside('1001', 440, { outbound: `sip:127.0.0.1:${front}` })
    const direct = await phones.inside('1002', 1_000)
    await vi.waitFor(async () => {
      const online = await new AccountApi(system).all<{ deviceId: string }>('registrations')
      expect(online.map(({ deviceId }) => deviceId)).toEqual(expect.arrayContaining(['desk-1001', 'desk-1002']))
    }, 5_000)

    expect(await converse([direct, 1_000], '1001', [behind, 440], 'caller')).toContain('1002')
    expect(await converse([behind, 440], '1002', [direct, 1_000], 'caller')).toContain('1001')
    expect(await converse([direct, 1_000], '1001', [behind, 440], 'callee')).toContain('1002')
    // On loopback a way around the proxy would work as well: without it there is none.
    await kamailio.stop()
    direct.command('dial', '1001')
    await sleep(2_500)
    expect(behind.count('CALL_INCOMING')).toBe(0)
    direct.command('hangup')
  })
})

/** The least that can decide calls of a trunk: from it to a phone, from a phone to it. */
function decideByTrunk(calls: CallControl, phone: string, number: string): IncomingCall[] {
  const seen: IncomingCall[] = []
  calls.onCall((call) => {
    seen.push(call)
    const { leg } = call
    const plan = planFor([phone], { display: { number: leg.from } })
    const outward = {
      ...plan,
      legs: plan.legs.map((one) => ({
        ...one,
        target: { kind: 'trunk' as const, number, callerId: { number: '+16045550100' } },
      })),
    }
    const chosen = leg.identity.kind === 'trunk' ? plan : outward
    void calls.ring(leg, chosen, { accountId: 'acme', callId: leg.id }).done.then(async ({ leg: answered }) => {
      if (answered === undefined) return leg.reject(480)
      leg.onEnd(() => answered.hangUp())
      answered.onEnd(() => leg.hangUp())
      await calls.connect(leg, answered)
    })
  })
  return seen
}

describe('Kamailio behind the trunk', () => {
  const number = '+12065550123'
  const did = '+16045550100'
  let folder: string
  let edge: Edge
  let kamailio: Kamailio
  let phone: Baresip
  let outside: Baresip
  let seen: IncomingCall[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'offhook-kamailio-'))
    const trunkPort = await reservePorts(systemPorts)
    const tone = (frequencyHz: number) =>
      ({ kind: 'tone', cadence: [{ frequenciesHz: [frequencyHz], onMs: 1_000, offMs: 0 }] }) as const
    const media = await createMediaEngine({ listen: '127.0.0.1', rtpPorts: { from: 20_000, to: 20_998 } })
    edge = await onFreePorts(() =>
      startEdge({
        sip: { listen: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 } },
        media,
        domains: ['127.0.0.1'],
        trunks: [
          {
            id: 'kamailio',
            hosts: [{ host: '127.0.0.1', port: trunkPort }],
            credentials: { username: 'pbx', password: 'trunk-secret' },
          },
        ],
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
        dids: { find: async (dialled) => (dialled === did ? { accountId: 'acme' } : undefined) },
        audio: { confirm: tone(800), emergencyWarning: tone(900), ringback: tone(480), hold: () => tone(620) },
        onEmergency: () => undefined,
        onLockOut: () => undefined,
        onError: (error) => {
          throw error
        },
      }),
    )
    const pbx = edge.addresses.udp?.port ?? 0
    seen = decideByTrunk(edge.calls, '1001', number)
    outside = await Baresip.start({
      username: number,
      registrar: { host: '127.0.0.1', port: trunkPort },
      registers: false,
      folder: join(folder, 'outside'),
      toneHz: 700,
    })
    const words = { EDGE: trunkPort + 1, TRUNK: trunkPort, PBX: pbx, OUTSIDE: outside.port }
    kamailio = await startKamailio(configuration, words, join(folder, 'kamailio'))
    phone = await Baresip.start({
      username: '1001',
      registrar: { host: '127.0.0.1', port: pbx },
      folder: join(folder, 'phone'),
      toneHz: 440,
    })
    await phone.registered()
  })
  afterAll(async () => {
    await Promise.all([phone.stop(), outside.stop()])
    await kamailio.stop()
    await edge.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is told the password it asks for, and takes a call to the outside', async () => {
    const shown = await converse([phone, 440], '2065550123', [outside, 700], 'callee')

    expect(shown).toContain(did)
  })

  it('brings a call from the outside, known by where it comes from', async () => {
    expect(await converse([outside, 700], did, [phone, 440], 'caller')).toContain(number)
    expect(seen.at(-1)?.leg.identity).toMatchObject({ kind: 'trunk', trunkId: 'kamailio', accountId: 'acme' })
  })

  it('answers for its health', async () => {
    await vi.waitFor(() => expect(edge.trunks.health()).toMatchObject([{ trunkId: 'kamailio', isUp: true }]))
  })
})
