/** Where calls go instead of a person's own phones: call forward and hot desks, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { deviceId, userId } from '../testing/acme.ts'
import { callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import type { DrivenCall } from '../testing/drive.ts'

const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
const targets = (call: DrivenCall) => call.rang.map(({ target }) => target).toSorted()
const group = (members: readonly object[], more: object = {}) => ({
  ...callflowOf('7000', [{ type: 'ring-group', params: { ringGroupId: 'g' } }, { type: 'hang-up' }]),
  'ring-group/g': { name: 'G', members, ...more },
})

describe('call forward (R-128)', () => {
  const forward = (more: object = {}, user: object = {}) => ({
    'user/user-1003': { callForward: { enabled: true, number: '+12065550177', ...more }, ...user },
  })
  const leg = (call: DrivenCall) =>
    call
      .given('ring')
      .flatMap(({ plan }) => plan.legs)
      .find(({ target }) => target.kind === 'trunk')
  const identity = (call: DrivenCall) => {
    const target = leg(call)?.target
    return target?.kind === 'trunk' ? target.callerId : undefined
  }

  it('R-128: bypass on: only the target rings; off: the phones ring too', () => {
    expect(targets(dial('1003', forward()))).toEqual(['+12065550177'])
    expect(targets(dial('1003', forward({ bypassPhones: false })))).toEqual(['+12065550177', deviceId('1003')])
  })

  it('R-128: require key press holds the call back until the key', () => {
    expect(leg(dial('1003', forward()))?.keyPress).toBe(true)
    expect(leg(dial('1003', forward({ requireKeyPress: false })))?.keyPress).toBe(false)
  })

  it('R-128: keep caller ID shows who calls, else who forwards', () => {
    const outside = { outside: '+14255550163' }

    expect(identity(dial('1003', forward(), {}, outside))).toEqual({ number: '+14255550163' })
    expect(identity(dial('1003', forward({ keepCallerId: false }), {}, outside))).toEqual({
      number: '+16045550100',
      name: 'Acme',
    })
  })

  it('R-128: direct calls only: calls through a ring group do not follow', () => {
    const members = [{ kind: 'user', id: userId('1003') }]

    expect(targets(dial('7000', { ...group(members), ...forward() }))).toEqual(['+12065550177'])
    expect(targets(dial('7000', { ...group(members), ...forward({ directCallsOnly: true }) }))).toEqual([
      deviceId('1003'),
    ])
  })

  it('R-128: a target set by phone stands over the saved one, and switches it off', () => {
    const facts = (value: object) => ({ facts: { 'user/user-1003': { forward: value } } })

    expect(targets(dial('1003', {}, facts({ enabled: true, number: '2065550188' })))).toEqual(['+12065550188'])
    expect(targets(dial('1003', forward(), facts({ enabled: false })))).toEqual([deviceId('1003')])
  })

  it("a device's own forward comes before its user's", () => {
    const facts = { 'device/desk-1003': { forward: { enabled: true, number: '2065550188' } } }
    const direct = callflowOf('7001', [{ type: 'device', params: { deviceId: deviceId('1003') } }])

    expect(targets(dial('7001', { ...direct, ...forward() }, { facts }))).toEqual(['+12065550188'])
    expect(targets(dial('7001', { ...direct, ...forward() }))).toEqual(['+12065550177'])
  })

  it('the forwarded leg is under the rights of who forwards', () => {
    const abroad = forward({ number: '+442079460000' })
    const call = dial('1003', abroad)

    expect(call.rang).toEqual([])
    expect(call.reasons.join()).toContain('international numbers are denied')
  })

  it('R-278: a forward to 911 is no call for help and rings nobody, with the reason', () => {
    const call = dial('1003', forward({ number: '911' }), {}, stranger)

    expect(call.rang).toEqual([])
    expect(call.reasons.join()).toContain('911 is an emergency number')
  })

  it("a forward to an extension rings that person's phones, one to oneself is none, one out and in again is refused", () => {
    expect(targets(dial('1003', forward({ number: '1004' })))).toEqual([deviceId('1004')])
    expect(targets(dial('1003', forward({ number: '1003' }, { extension: '1003' })))).toEqual([deviceId('1003')])
    expect(dial('1003', forward({ number: '+16045550100', bypassPhones: false })).reasons.join()).toContain(
      'is a number of this account',
    )
  })

  it('a user who forwards everything to a callflow of the account hands the call on to it', () => {
    for (const number of ['8000', '+16045550100', '604-555-0100'])
      expect(dial('1003', forward({ number }), {}, stranger).path.slice(0, 2)).toEqual([
        'flow-1003.ring>jump',
        'flow-8000.hours>open',
      ])
  })

  it('people who forward to each other keep nobody for ever', () => {
    const changes = {
      ...forward({ number: '7001' }),
      ...callflowOf('7001', [{ type: 'user', params: { userId: userId('1003') } }]),
    }

    expect(dial('1003', changes).cdr.reason).toBe('too many jumps between callflows')
  })

  it('do not disturb stops forwarding too', () => {
    expect(dial('1003', forward({}, { doNotDisturb: true })).rang).toEqual([])
  })
})

describe('a hot desk', () => {
  const facts = {
    'user/user-1003': { hotDeskDeviceIds: [deviceId('1009')] },
    'device/desk-1009': { hotDeskUserIds: [userId('1003')] },
  }

  it('rings for who is logged in, and no longer for its owner', () => {
    expect(targets(dial('1003', {}, { facts }))).toEqual([deviceId('1003'), deviceId('1009')])
    expect(dial('1009', {}, { facts }).rang).toEqual([])
  })

  it('calls in the name of who is logged in', () => {
    const call = dial('1004', {}, { facts }, { device: deviceId('1009') })

    expect(call.rang[0]?.name).toBe("Sam O'Neil")
    expect(dial('1003', {}, { facts }, { device: deviceId('1009') }).reasons).toContain('the caller is the user')
  })
})
