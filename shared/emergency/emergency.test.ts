import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { revisionOf } from '../callflow/account-revision.ts'
import { step } from '../callflow/engine.ts'
import type { CallCommand } from '../callflow/vocabulary.ts'
import { Account } from '../model/account.ts'
import { Device } from '../model/device.ts'
import { singletonId } from '../model/document.ts'
import { EmergencyAddress } from '../model/emergency-address.ts'
import { Routing } from '../model/number-route.ts'
import { User } from '../model/user.ts'
import { documentsOf } from '../testing/run-example.ts'
import {
  callToDropFor911,
  classifyEmergency,
  decideEmergency,
  EmergencyFacts,
  emergencyAddressId,
  emergencyFactsOf,
} from './emergency.ts'
import { emergencyReadiness } from './readiness.ts'

const runs = Number(process.env.OFFHOOK_RUNS ?? 200)
const [hq, branch, desk] = ['+16045550101', '+12505550101', '+16045550199']
const address = (id: string, city: string) =>
  EmergencyAddress.parse({
    id,
    name: 'Acme',
    street: '1 Main Street',
    city,
    region: 'BC',
    postalCode: 'V6B 1A1',
    country: 'CA',
    status: 'confirmed',
  })
const account = (input: Record<string, unknown> = {}) =>
  Account.parse({ id: 'acme', name: 'Acme', address: 'acme', ...input })
const device = (id: string, input: Record<string, unknown> = {}) =>
  Device.parse({ id, type: 'sip-phone', name: id, username: id, ...input })
const emergencyNumber = (number: string) => ({ callerId: { emergency: { number } } })
const alex = User.parse({ id: 'alex', firstName: 'Alex', lastName: 'Example', extension: '1001' })
const routing = (...numbers: string[]) =>
  Routing.parse({
    id: singletonId,
    emergencyNumbers: numbers.map((number, index) => ({ number, addressId: `a${index}` })),
  })
const addresses = [address('a0', 'Vancouver'), address('a1', 'Victoria')]
const help = (decided: ReturnType<typeof decideEmergency>) => decided?.plan.legs[0]?.target

describe('a number for help', () => {
  it.each([
    ['911', 'emergency'],
    ['9-1-1', 'emergency'],
    [' 911 ', 'emergency'],
    ['+911', 'emergency'],
    ['1911', 'emergency'],
    ['9911', 'emergency'],
    ['112', 'emergency'],
    ['933', 'test'],
    ['9933', undefined],
    ['8911', undefined],
    ['9110', undefined],
    ['1001', undefined],
    ['*911', undefined],
    ['', undefined],
  ])('R-278: %s is %s', (dialled, wanted) => {
    expect(classifyEmergency(dialled, '9')).toBe(wanted)
  })

  it('R-278: no prefix is needed, whatever the account says about one', () => {
    for (const prefix of ['', '9', '0', '99', '8']) {
      expect(classifyEmergency('911', prefix)).toBe('emergency')
      expect(classifyEmergency(`${prefix}911`, prefix)).toBe('emergency')
    }
  })
})

describe('a call for help', () => {
  const documents = {
    account: account({ ...emergencyNumber(hq), emergency: { notifyEmails: ['safety@acme.example'], prefix: '9' } }),
    device: device('desk', { ownerId: 'alex' }),
    user: alex,
    routing: routing(hq, branch),
    addresses,
  }

  it('R-273: shows the number that belongs to the registered address', () => {
    const decided = decideEmergency('911', emergencyFactsOf(documents), 'p')

    expect(help(decided)).toMatchObject({
      kind: 'trunk',
      number: '911',
      callerId: { number: hq },
      emergency: { addressId: 'a0' },
    })
    expect(decided?.address?.city).toBe('Vancouver')
    expect(decided?.alerts).toEqual([])
  })

  it('R-249: passes an unregistered number of the device over, and says so', () => {
    const decided = decideEmergency(
      '911',
      emergencyFactsOf({ ...documents, device: device('desk', emergencyNumber(desk)) }),
      'p',
    )

    expect(help(decided)).toMatchObject({ callerId: { number: hq } })
    expect(decided?.alerts).toEqual([
      `The device's emergency number ${desk} has no registered address and was passed over.`,
    ])
  })

  it('R-017: shows the emergency identity of the account, not the external one', () => {
    const both = account({ callerId: { emergency: { number: hq }, external: { number: branch } } })

    expect(help(decideEmergency('911', emergencyFactsOf({ ...documents, account: both }), 'p'))).toMatchObject({
      callerId: { number: hq },
    })
  })

  it('R-279: tells caller, location and call-back number, and whom to tell', () => {
    const facts = emergencyFactsOf(documents)

    expect(decideEmergency('911', facts, 'p')?.notice).toBe(
      '911 was called by Alex Example, 1001, desk; location: Acme, 1 Main Street, Vancouver, BC V6B 1A1, CA; call-back number: +16045550101.',
    )
    expect(facts.notifyEmails).toEqual(['safety@acme.example'])
  })

  it('R-280: the test number goes out with the same identity and address', () => {
    const decided = decideEmergency('933', emergencyFactsOf(documents), 'p')

    expect(decided?.kind).toBe('test')
    expect(help(decided)).toMatchObject({ number: '933', callerId: { number: hq }, emergency: { addressId: 'a0' } })
  })

  it("the device's location stands in where its number names none", () => {
    const facts = emergencyFactsOf({
      ...documents,
      account: account(),
      routing: routing(),
      device: device('desk', { location: 'a1' }),
    })

    expect(decideEmergency('911', facts, 'p')?.address?.city).toBe('Victoria')
    expect(decideEmergency('911', facts, 'p')?.alerts).toEqual([
      'No number of the account has a registered emergency address.',
    ])
  })

  it('names the one address it needs before any is fetched', () => {
    const { addresses: _addresses, ...known } = documents

    expect(emergencyAddressId(emergencyFactsOf(known))).toBe('a0')
    expect(emergencyAddressId(emergencyFactsOf({ ...known, routing: routing() }))).toBeUndefined()
  })

  it('survives the cache it is kept in', () => {
    const facts = emergencyFactsOf(documents)

    expect(EmergencyFacts.parse(JSON.parse(JSON.stringify(facts)))).toEqual(facts)
  })

  it('other numbers are none of its business', () => {
    expect(decideEmergency('1001', emergencyFactsOf(documents), 'p')).toBeUndefined()
  })

  it('makes room by dropping the newest call that is not one itself', () => {
    const calls = [
      { id: 'old', startedAtMs: 1, emergency: false },
      { id: 'new', startedAtMs: 3, emergency: false },
      { id: 'help', startedAtMs: 4, emergency: true },
    ]

    expect(callToDropFor911(calls)?.id).toBe('new')
    expect(callToDropFor911(calls.slice(2))).toBeUndefined()
  })
})

const number = fc.constantFrom(hq, branch, desk, '6045550101', '1001', '911')
const callerId = fc.record(
  { internal: fc.record({ number }), external: fc.record({ number }), emergency: fc.record({ number }) },
  { requiredKeys: [] },
)
const deny = {
  'toll-free': 'deny',
  national: 'deny',
  international: 'deny',
  premium: 'deny',
  caribbean: 'deny',
  unknown: 'deny',
}
const anyAccount = fc.record({
  callerId,
  enabled: fc.boolean(),
  blacklists: fc.constantFrom([], ['all']),
  restrictions: fc.constantFrom({}, deny),
  caps: fc.constantFrom({ callsMax: 1, outboundMax: 0, perDeviceMax: 1 }, {}),
  emergency: fc.record({ prefix: fc.constantFrom('9', '0', '91'), notifyEmails: fc.constant([]) }),
})
const anyRouting = fc.record({
  patterns: fc.constantFrom([], [{ pattern: '.*', callflowId: 'trap' }], [{ pattern: '^9', callflowId: 'trap' }]),
  featureCodes: fc.constantFrom(
    [],
    [{ id: 'f', enabled: false, digits: '', takesDigits: true, module: 'hang-up', params: {} }],
  ),
  emergencyNumbers: fc.constantFrom([], [{ number: hq, addressId: 'a0' }], [{ number: branch, addressId: 'gone' }]),
})

describe('through the engine', () => {
  /** Dials on a phone of an account and answers every look-up with facts in the way of any other call. */
  function dial(documents: Record<string, unknown>, dialled: string): CallCommand[] {
    const config = revisionOf(
      'acme',
      1,
      documentsOf({ [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' }, ...documents }),
      'absent',
    )
    const at = '2026-11-24T15:00:00Z'
    const arrived = {
      type: 'arrived',
      at,
      callId: 'c',
      accountId: 'acme',
      configRevision: 1,
      origin: { kind: 'device', deviceId: 'desk' },
      dialled,
      caller: { anonymous: true },
    } as const
    const turn = step(config, undefined, arrived)
    if ('needs' in turn) throw new Error('every document is at hand')
    const asked = turn.commands.find((command) => command.type === 'look-up')
    if (asked?.type !== 'look-up') return [...turn.commands]
    const facts = asked.facts.map((key) => ({ key, value: { callsUp: 99, outboundUp: 99, doNotDisturb: true } }))
    const next = step(config, turn.state, { type: 'looked-up', at, facts })
    return 'needs' in next ? [] : [...next.commands]
  }

  it('R-278: whatever an account saves, 911 yields an emergency leg at once', () => {
    fc.assert(
      fc.property(
        anyAccount,
        anyRouting,
        callerId,
        fc.boolean(),
        fc.constantFrom('911', '9-1-1', '112', 'prefixed'),
        (saved, routes, own, deviceEnabled, typed) => {
          const dialled = typed === 'prefixed' ? `${saved.emergency.prefix}911` : typed
          const commands = dial(
            {
              [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme', ...saved },
              [`routing/${singletonId}`]: routes,
              'device/desk': {
                type: 'sip-phone',
                name: 'Desk',
                username: 'desk',
                enabled: deviceEnabled,
                callerId: own,
                ownerId: 'alex',
                restrictions: deny,
              },
              'user/alex': { firstName: 'Alex', enabled: false, restrictions: deny, callerId: own },
              'blacklist/all': { name: 'All', blockAnonymous: true },
              'callflow/trap': { numbers: ['911', '112'], root: 'n', nodes: { n: { id: 'n', type: 'hang-up' } } },
              'number-route/n911': { number: '911', callflowId: 'trap' },
              'number-route/n112': { number: '112', callflowId: 'trap' },
            },
            dialled,
          )
          const ring = commands.find((command) => command.type === 'ring')
          const target = ring?.type === 'ring' ? ring.plan.legs[0]?.target : undefined
          return target?.kind === 'trunk' && target.number === '911' && target.emergency !== undefined
        },
      ),
      { numRuns: runs },
    )
  })

  it('R-282: without a carrier the caller is told aloud that no help is coming', () => {
    const config = revisionOf(
      'acme',
      1,
      documentsOf({
        [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme' },
        'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' },
      }),
      'absent',
    )
    const at = '2026-11-24T15:00:00Z'
    const first = step(config, undefined, {
      type: 'arrived',
      at,
      callId: 'c',
      accountId: 'acme',
      configRevision: 1,
      origin: { kind: 'device', deviceId: 'desk' },
      dialled: '911',
      caller: { anonymous: false },
    })
    if ('needs' in first) throw new Error('every document is at hand')

    const then = step(config, first.state, {
      type: 'rang',
      at,
      outcome: { planId: first.state.planId ?? '', reason: 'no-trunk', legs: [{ legId: '1', result: 'no-trunk' }] },
    })

    expect('commands' in then && then.commands).toEqual([
      { type: 'play', parts: [{ prompt: 'emergency-not-available' }], repeat: 2, stopOn: '' },
    ])
  })
})

describe('what must be registered', () => {
  const office = (id: string, callerIdOf: Record<string, unknown>) => device(id, callerIdOf)

  it('R-275: exactly the numbers that 911 calls would show', () => {
    const external = account({ callerId: { emergency: { number: hq }, external: { number: branch } } })
    const ready = emergencyReadiness([device('desk'), device('lobby')], [], external, [{ number: hq, addressId: 'a0' }])

    expect(ready.required.map(({ number }) => number)).toEqual([hq])
    expect(ready.errors).toEqual([])
  })

  it('R-276: one number of the account is one registration', () => {
    const ready = emergencyReadiness([device('desk'), device('lobby')], [alex], account(emergencyNumber(hq)), [])

    expect(ready.required).toHaveLength(1)
    expect(ready.required[0]).toMatchObject({ number: hq, registered: false })
  })

  it('R-277: two offices are two registrations, and a missing one names the devices it leaves without help', () => {
    const devices = [device('desk'), office('till', emergencyNumber(branch)), office('back', emergencyNumber(branch))]
    const ready = emergencyReadiness(devices, [], account(emergencyNumber(hq)), [{ number: hq, addressId: 'a0' }])

    expect(ready.required.map(({ number, registered }) => [number, registered])).toEqual([
      [hq, true],
      [branch, false],
    ])
    expect(ready.errors).toEqual([`${branch} has no registered address; 911 calls of till, back would show it.`])
  })

  it("R-277: a user's number counts for the devices they own", () => {
    const owner = { ...alex, callerId: { emergency: { number: branch } } }
    const ready = emergencyReadiness([device('desk', { ownerId: 'alex' })], [owner], account(emergencyNumber(hq)), [])

    expect(ready.required.map(({ number, devices }) => [number, devices.map(({ id }) => id)])).toEqual([
      [hq, []],
      [branch, ['desk']],
    ])
  })

  it('devices that would show no number are named; cell phones call for help by themselves', () => {
    const cell = Device.parse({ id: 'cell', type: 'cell', name: 'Cell', number: '6045550177' })
    const ready = emergencyReadiness([device('desk'), cell], [], account(), [])

    expect(ready.withoutNumber).toEqual([{ id: 'desk', name: 'desk' }])
    expect(ready.errors).toEqual(['911 calls of desk would show no number.'])
  })
})
