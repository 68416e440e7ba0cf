import { afterEach, describe, expect, it } from 'vitest'
import { startEdge } from '../edge.ts'
import { createMemoryBindings } from '../testing/memory-bindings.ts'
import { planFor } from '../testing/tiny-pbx.ts'
import type { Leg } from './call-control.ts'
import { LoopbackPhone, onFreePorts } from './testing/loopback-phone.ts'
import { createQuietMedia } from './testing/quiet-media.ts'

const tone = { kind: 'tone', cadence: [{ frequenciesHz: [440], onMs: 100, offMs: 100 }] } as const
const echoPlan = planFor([], {
  legs: [{ id: '1', target: { kind: 'echo' }, delaySeconds: 0, timeoutSeconds: 10, keyPress: false }],
})

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** An edge where every call is an echo test, with a phone; `decided` is what the plan came to. */
async function echoing() {
  const media = createQuietMedia()
  const echoes: [session: string, on: boolean][] = []
  const edge = await onFreePorts(() =>
    startEdge({
      sip: { listen: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 } },
      media: { ...media, echo: (session, on) => void echoes.push([session.id, on]) },
      domains: ['pbx.example'],
      credentials: {
        lookUp: async (username) => ({
          kind: 'device',
          username,
          password: 'secret',
          accountId: 'acme',
          deviceId: username,
          enabled: true,
        }),
      },
      bindings: createMemoryBindings(),
      dids: { find: async () => undefined },
      audio: { confirm: tone, emergencyWarning: tone, ringback: tone, hold: () => tone },
      onEmergency: () => undefined,
      onLockOut: () => undefined,
      onError: (error) => {
        throw error
      },
    }),
  )
  closers.push(() => edge.close())
  const decided = Promise.withResolvers<{ caller: Leg; far: Leg; reason: string; release: () => void }>()
  edge.calls.onCall(({ leg: caller }) => {
    const decide = async () => {
      const { outcome, leg } = await edge.calls.ring(caller, echoPlan, { accountId: 'acme', callId: caller.id }).done
      if (leg === undefined) throw new Error(`nobody answered: ${outcome.reason}`)
      const connection = await edge.calls.connect(caller, leg)
      decided.resolve({ caller, far: leg, reason: outcome.reason, release: () => connection.release() })
    }
    decide().catch(decided.reject)
  })
  const address = edge.addresses.udp ?? { host: '127.0.0.1', port: 0 }
  const phone = await LoopbackPhone.start({ username: '1001', edge: address, domain: 'pbx.example' })
  closers.push(() => phone.close())
  expect(await phone.register()).toBe(200)
  return { phone, media, echoes, decided: decided.promise }
}

describe('an echo test', () => {
  it('answers the caller and sends their own sound back, until it is released', async () => {
    const { phone, media, echoes, decided } = await echoing()

    const { call } = await phone.call('*43').result
    const { far, reason, release } = await decided
    const session = media.sessions[0]?.id ?? ''
    expect(call).toBeDefined()
    expect(reason).toBe('answered')
    expect(far.status).toBe('connected')
    expect(echoes).toEqual([[session, true]])

    release()
    expect(echoes).toEqual([
      [session, true],
      [session, false],
    ])
  })

  it('has a far end that plays and records nothing, and ends when it is told to, once', async () => {
    const { phone, decided } = await echoing()
    await phone.call('*43').result
    const { far } = await decided

    expect(await far.play(tone).done).toEqual({ ended: 'stopped' })
    expect(await far.record({ path: 'x.wav', maxSeconds: 1 }).done).toMatchObject({ ended: 'closed', durationMs: 0 })
    const ends: string[] = []
    far.onEnd(({ reason }) => ends.push(reason))
    far.hangUp('the caller is gone')
    far.hangUp('again')
    far.onEnd(({ reason }) => ends.push(`told late: ${reason}`))

    expect(far.status).toBe('disconnected')
    expect(ends).toEqual(['the caller is gone', 'told late: the caller is gone'])
  })
})
