import type { Binding } from '@offhook/shared/model/registration.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDigestServer } from '../sip/digest.ts'
import { createAuthenticator } from './authenticator.ts'
import type { BindingStore } from './binding-keeper.ts'
import type { DeviceCredential } from './credentials.ts'
import { attemptsMax, createLockOut, type LockOutEvent } from './lock-out.ts'
import { createRefusals, refusalMs } from './refusals.ts'
import { createRegistrar, type Registrar, type RegistrationEvent } from './registrar.ts'
import {
  type Answer,
  answerTo,
  flowFrom,
  headerOf,
  type RegisterParts,
  register,
  registerRequest,
} from './testing/scripted-phone.ts'

const device = (username: string, more: Partial<DeviceCredential> = {}): DeviceCredential => ({
  kind: 'device',
  username,
  password: 'secret',
  accountId: 'acme',
  deviceId: `device-${username}`,
  enabled: true,
  ...more,
})

function start(options: { stored?: Binding[]; devices?: DeviceCredential[] } = {}) {
  const stored = new Map((options.stored ?? []).map((binding) => [binding.id, binding]))
  const devices = new Map(
    (options.devices ?? [device('1001'), device('1002'), device('disabled', { enabled: false })]).map((each) => [
      each.username,
      each,
    ]),
  )
  const lockOuts: LockOutEvent[] = []
  const events: RegistrationEvent[] = []
  const store: BindingStore = {
    saveBatch: async (bindings) => {
      for (const binding of bindings) stored.set(binding.id, binding)
    },
    removeBatch: async (bindings) => {
      for (const binding of bindings) stored.delete(binding.id)
    },
    loadAll: async () => [...stored.values()],
  }
  const nowMs = () => Date.now()
  const credentials = { lookUp: async (username: string) => devices.get(username) }
  const authenticator = createAuthenticator({
    realm: 'pbx.example',
    digest: createDigestServer('pbx.example', nowMs),
    credentials,
    lockOut: createLockOut((event) => lockOuts.push(event)),
    nowMs,
  })
  const registrar = createRegistrar({
    authenticator,
    credentials,
    refuse: createRefusals(nowMs),
    store,
    isOurDomain: (host) => host === 'pbx.example',
    sourceOf: ({ flow }) => flow.remoteAddress,
    edgeId: 'local',
    nowMs,
    onError: (error) => {
      throw error
    },
  })
  registrar.onChange((event) => events.push(event))
  return { registrar, stored, lockOuts, events, devices }
}

/** A refusal waits its fixed time; the clock of the test has to pass it. */
async function tryToRegister(registrar: Registrar, parts: RegisterParts): Promise<Answer> {
  const answer = register((incoming) => registrar.handle(incoming), parts)
  await vi.advanceTimersByTimeAsync(refusalMs)
  return answer
}

const contacts = ['<sip:1001@10.0.0.5:5060>']

describe('the registrar', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-23T09:00:00Z') }))
  afterEach(() => void vi.useRealTimers())

  it('R-132: a phone with the right password is registered and told until when', async () => {
    const { registrar } = start()

    const answer = await tryToRegister(registrar, { username: '1001', contacts })

    expect(answer.status).toBe(200)
    expect(headerOf(answer, 'Contact')).toEqual(['<sip:1001@10.0.0.5:5060>;expires=300'])
    expect(registrar.find('1001')).toMatchObject([
      { binding: { deviceId: 'device-1001', remoteAddress: '198.51.100.7' } },
    ])
  })

  it('R-156: two phones of one device are two bindings', async () => {
    const { registrar } = start()

    await tryToRegister(registrar, { username: '1001', contacts })
    await tryToRegister(registrar, { username: '1001', contacts: ['<sip:1001@10.0.0.6>'], sipCallId: 'other' })

    expect(registrar.find('1001')).toHaveLength(2)
  })

  it('R-131: the live view hears of a registration, its end and its expiry', async () => {
    const { registrar, events } = start()
    await tryToRegister(registrar, { username: '1001', contacts, expires: 60 })
    await tryToRegister(registrar, { username: '1001', contacts, expires: 60, cseq: 2 })
    await tryToRegister(registrar, { username: '1002', contacts: ['<sip:1002@10.0.0.7>'] })
    await tryToRegister(registrar, { username: '1002', contacts: ['*'], expires: 0, cseq: 2 })

    await vi.advanceTimersByTimeAsync(62_000)

    expect(events.map(({ kind, binding }) => `${binding.username} ${kind}`)).toEqual([
      '1001 registered',
      '1001 refreshed',
      '1002 registered',
      '1002 removed',
      '1001 expired',
    ])
    expect(registrar.size).toBe(0)
  })

  it('R-144: a disabled device gets 403', async () => {
    expect((await tryToRegister(start().registrar, { username: 'disabled', contacts })).status).toBe(403)
  })

  it('R-145: a rotated password is refused at the next refresh', async () => {
    const { registrar, devices } = start()
    await tryToRegister(registrar, { username: '1001', contacts })
    devices.set('1001', device('1001', { password: 'another' }))

    expect((await tryToRegister(registrar, { username: '1001', contacts, cseq: 2 })).status).toBe(401)
  })

  it('nobody registers as another', async () => {
    const { registrar } = start()

    expect((await tryToRegister(registrar, { username: '1002', aor: '1001', contacts })).status).toBe(403)
    expect(registrar.find('1001')).toEqual([])
  })

  it('R-146: an unknown name and a wrong password look the same and take the same time', async () => {
    const { registrar } = start()
    const observe = async (username: string) => {
      const before = Date.now()
      const answer = await tryToRegister(registrar, { username, password: 'wrong', contacts })
      const names = (answer.headers ?? []).map(([name, value]) => `${name}: ${value.replace(/nonce="[^"]*"/, '')}`)
      return { status: answer.status, reason: answer.reason, names, tookMs: Date.now() - before }
    }

    expect(await observe('1001')).toEqual(await observe('nobody'))
  })

  it('R-146: after 20 bad passwords the right one is refused too, from there; the owner elsewhere is not harmed', async () => {
    const { registrar, lockOuts } = start()
    await tryToRegister(registrar, { username: '1001', contacts, flow: flowFrom('203.0.113.9', 5060) })
    for (let index = 0; index < attemptsMax; index += 1)
      await tryToRegister(registrar, {
        username: '1001',
        password: `guess${index}`,
        contacts,
        flow: flowFrom('203.0.113.9', 7777),
      })

    const guesser = await tryToRegister(registrar, {
      username: '1001',
      contacts: ['<sip:x@10.6.6.6>'],
      sipCallId: 'g',
      flow: flowFrom('203.0.113.9', 7777),
    })
    const ownerThere = await tryToRegister(registrar, {
      username: '1001',
      contacts,
      cseq: 2,
      flow: flowFrom('203.0.113.9', 5060),
    })
    const ownerElsewhere = await tryToRegister(registrar, {
      username: '1001',
      contacts: ['<sip:1001@10.0.0.9>'],
      sipCallId: 'e',
    })

    expect([guesser.status, ownerThere.status, ownerElsewhere.status]).toEqual([401, 200, 200])
    expect(lockOuts).toMatchObject([{ address: '203.0.113.9', username: '1001' }])
  })

  it.each([
    ['a foreign domain', { domain: 'elsewhere.example' }, 404],
    ['an unknown requirement', { headers: [['Require', 'teleport']] }, 420],
    ['"*" beside another contact', { contacts: ['*', '<sip:1001@10.0.0.5>'], expires: 0 }, 400],
    ['an expiry of five seconds', { expires: 5 }, 423],
  ] as const)('%s is answered as the RFC says', async (_, parts, status) => {
    expect((await tryToRegister(start().registrar, { username: '1001', contacts, ...parts })).status).toBe(status)
  })

  it('a used nonce count is not good a second time', async () => {
    const { registrar } = start()
    const flow = flowFrom('198.51.100.7', 5060)
    const seen: string[] = []
    const spy = async (incoming: Parameters<Registrar['handle']>[0]) => {
      const authorization = incoming.request.headers.get('authorization')
      if (authorization !== undefined) seen.push(authorization)
      await registrar.handle(incoming)
    }
    await register(spy, { username: '1001', contacts, flow })

    const again = await answerTo(
      (incoming) => registrar.handle(incoming),
      registerRequest({ username: '1001', contacts, cseq: 9 }, seen[0]),
      flow,
    )

    expect(again.status).toBe(401)
    expect(headerOf(again, 'WWW-Authenticate')[0]).toContain('stale=true')
  })

  it('a restart forgets none, but connections that are gone', async () => {
    const before = start()
    await tryToRegister(before.registrar, { username: '1001', contacts })
    await tryToRegister(before.registrar, {
      username: '1002',
      contacts: ['<sip:1002@10.0.0.7>'],
      flow: flowFrom('198.51.100.8', 40_000, 'tcp'),
    })
    await before.registrar.close()
    const after = start({ stored: [...before.stored.values()] })

    await after.registrar.load()
    await after.registrar.close()

    expect(after.registrar.find('1001')).toHaveLength(1)
    expect(after.registrar.find('1002')).toEqual([])
    expect([...after.stored.values()].map(({ username }) => username)).toEqual(['1001'])
  })

  it('a binding is in the store within a second', async () => {
    const { registrar, stored } = start()
    await tryToRegister(registrar, { username: '1001', contacts })

    await vi.advanceTimersByTimeAsync(1_000)

    expect(stored.size).toBe(1)
  })

  it('a binding goes with its connection', async () => {
    const { registrar, events } = start()
    const flow = flowFrom('198.51.100.8', 40_000, 'tls')
    await tryToRegister(registrar, { username: '1001', contacts, flow })

    flow.isOpen = false

    expect(registrar.find('1001')).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(events.at(-1)).toMatchObject({ kind: 'disconnected' })
  })

  it('R-155: what a phone says of itself is kept, and Path is used again', async () => {
    const { registrar } = start()

    const answer = await tryToRegister(registrar, {
      username: '1001',
      contacts,
      headers: [
        ['User-Agent', 'Yealink SIP-T46U 108.86.0.20'],
        ['Supported', 'path'],
        ['Path', '<sip:edge.example;lr>'],
      ],
    })

    expect(headerOf(answer, 'Path')).toEqual(['<sip:edge.example;lr>'])
    expect(registrar.find('1001')).toMatchObject([
      { binding: { userAgent: 'Yealink SIP-T46U 108.86.0.20', path: ['<sip:edge.example;lr>'] } },
    ])
  })
})
