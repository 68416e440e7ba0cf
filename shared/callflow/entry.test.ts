/** What an arrived call does: rows of sections B, C, L, N, V and X, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { acmeFaxDid, acmeMainDid, callflowId } from '../testing/acme.ts'
import { type Changes, callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import type { DrivenCall, From, World } from '../testing/drive.ts'

const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
const from = (caller: From, changes: Changes = {}, more: Partial<World> = {}) =>
  dial(acmeMainDid, changes, more, caller)
const trunkLeg = (call: DrivenCall) => {
  const target = call.given('ring').at(-1)?.plan.legs[0]?.target
  return target?.kind === 'trunk' ? target : undefined
}

describe('numbers', () => {
  it('R-032: the extension from inside and its DID from outside take the same way', () => {
    const did = {
      [`callflow/${callflowId('1003')}`]: { numbers: ['1003', '+16045550103'] },
      'number-route/p16045550103': { number: '+16045550103', callflowId: callflowId('1003') },
    }

    expect(dial('1003', did).path).toEqual(dial('+16045550103', did, {}, stranger).path)
  })

  it('a number that nobody has is said to be out of service', () => {
    const call = dial('1999')

    expect(call.heard).toEqual(['number-not-in-service'])
    expect(call.cdr).toMatchObject({ disposition: 'failed', direction: 'internal', endedBy: 'us' })
  })

  it('an outside caller of a number nobody answers is refused without an answer', () => {
    const call = dial('+16045550111', {}, {}, stranger)

    expect(call.types).toEqual(['hang-up'])
    expect(call.given('hang-up')[0]?.cause).toBe('unavailable')
  })

  it('an empty callflow says so instead of leaving the caller in silence', () => {
    expect(dial('7000', callflowOf('7000', [])).heard).toEqual(['number-not-in-service'])
  })

  it.each([['*97'], ['1'], ['+12065550199']])(
    'an outside caller reaches no %s: no codes, no way back out',
    (number) => {
      expect(dial(number, {}, {}, stranger).types).toEqual(['hang-up'])
    },
  )

  it('R-158: a code that is switched off says so, and works again when switched on', () => {
    const code = { digits: '97', takesDigits: true, module: 'check-voicemail', params: {} }
    const off = { 'routing/account': { featureCodes: [{ ...code, id: 'voicemail-check', enabled: false }] } }

    expect(dial('*97', off).heard).toEqual(['feature-not-available'])
    expect(dial('*97').state.position?.module).toBe('check-voicemail')
  })

  it('R-278: help is help in every form and before everything: a disabled account, a full one, a callflow of that number', () => {
    const changes = {
      'account/account': { enabled: false, caps: { callsMax: 1, outboundMax: 0, perDeviceMax: 1 } },
      'number-route/n911': { number: '911', callflowId: 'flow-8000' },
      'routing/account': { patterns: [{ pattern: '.*', callflowId: 'flow-8000' }] },
    }
    const full = { facts: { 'account/account': { callsUp: 99, outboundUp: 99 } } }

    for (const number of ['911', '9911', '112', '+911'])
      expect(trunkLeg(dial(number, changes, full))).toMatchObject({ number: '911', emergency: {} })
    expect(dial('911', changes, full).lookUps).toEqual([])
    expect(trunkLeg(dial('933', changes, full))).toMatchObject({ number: '933', emergency: {} })
  })

  it('R-062: a catch-all pattern never captures a call for help', () => {
    const changes = { 'routing/account': { patterns: [{ pattern: '^\\d+$', callflowId: 'flow-8000' }] } }

    for (const number of ['911', '933', '112']) expect(trunkLeg(dial(number, changes))?.emergency).toBeDefined()
    expect(dial('1234', changes).path[0]).toBe('flow-8000.hours>open')
  })
})

describe('outside calls', () => {
  it('R-016: an extension that calls out shows the name and number of the account', () => {
    const call = dial('2065550199')

    expect(trunkLeg(call)).toMatchObject({
      number: '+12065550199',
      callerId: { name: 'Acme', number: acmeMainDid },
    })
    expect(call.state.direction).toBe('outbound')
  })

  it('R-247: a user may present a direct number', () => {
    const changes = { 'user/user-1002': { callerId: { external: { number: '+16045550101' } } } }

    expect(trunkLeg(dial('2065550199', changes))?.callerId).toEqual({ name: 'Acme', number: '+16045550101' })
  })

  it.each([
    ['the account', {}, '011442079460000'],
    ['the user', { 'user/user-1002': { restrictions: { national: 'deny' } } }, '2065550199'],
    ['the device', { 'device/desk-1002': { restrictions: { national: 'deny' } } }, '2065550199'],
    ['the account (premium)', {}, '19005550199'],
  ])('a call that %s forbids is refused in words', (_, changes, number) => {
    const call = dial(number, changes)

    expect(call.heard).toEqual(['call-not-allowed'])
    expect(call.cdr.disposition).toBe('refused')
  })

  it.each([
    ['disabled', { 'device/desk-1002': { enabled: false } }, 'the calling device is disabled'],
    ['gone', { 'device/desk-1002': null }, 'the calling device is gone'],
  ])('R-144: a device that is %s places no calls but those for help', (_, changes, reason) => {
    for (const number of ['2065550199', '1003', '*97'])
      expect(dial(number, changes).cdr).toMatchObject({ disposition: 'refused', reason })
    expect(trunkLeg(dial('911', changes))?.emergency).toBeDefined()
  })

  it('R-273, R-278, R-279: 911 keyed in a menu carries the address of the caller ID it shows', () => {
    const menu = { type: 'menu', params: { menuId: 'menu-open' } }
    const changes = { ...callflowOf('7000', [menu]), 'menu/menu-open': { dialExtensions: true } }

    const call = dial('7000', changes).press('911')
    const leg = trunkLeg(call)

    expect(leg).toMatchObject({ number: '911', callerId: { number: acmeMainDid } })
    expect(leg?.emergency).toMatchObject({ addressId: 'office-west', address: { street: '500 Example Ave' } })
    // designated people are told, as when a phone dials it.
    expect(call.given('notify')[0]).toMatchObject({ what: 'emergency-call', to: ['safety@acme.example'] })
  })

  it('a number of the account dialled in full stays inside', () => {
    expect(dial('16045550100').path[0]).toBe('flow-8000.hours>open')
  })

  it.each([
    ['calls of the account', { 'account/account': { callsUp: 100 } }, '1003'],
    ['outside calls', { 'account/account': { outboundUp: 20 } }, '2065550199'],
    ['calls of the device', { 'device/desk-1002': { callsUp: 6 } }, '1003'],
  ])('the cap on %s refuses the next one as busy', (_, facts, number) => {
    const call = dial(number, {}, { facts })

    expect(call.types).toEqual(['look-up', 'hang-up'])
    expect(call.given('hang-up')[0]?.cause).toBe('busy')
    expect(call.cdr).toMatchObject({ disposition: 'refused', endedBy: 'us' })
  })
})

describe('blacklists', () => {
  const listing = (entry: object, active = true): Changes => ({
    'blacklist/b': { name: 'Unwanted', ...entry },
    'account/account': { blacklists: active ? ['b'] : [] },
  })

  it('R-018: a list blocks only while it is active in the account', () => {
    const list = { numbers: [{ number: '+14255550163' }] }

    expect(from(stranger, listing(list, false)).state.phase).toBe('deciding')
    expect(from(stranger, listing(list)).cdr).toMatchObject({ disposition: 'blocked' })
    expect(from(stranger, listing(list, false)).state.phase).toBe('deciding')
  })

  it('R-174: however it was written, the number blocks the same caller', () => {
    for (const number of ['604-123-4567', '+16041234567', '6041234567'])
      expect(from({ outside: '+16041234567' }, listing({ numbers: [{ number }] })).cdr.disposition).toBe('blocked')
  })

  it('R-175: an entry "anonymous" blocks callers who hide their number', () => {
    expect(from({ anonymous: true }, listing({ numbers: [{ number: 'anonymous' }] })).cdr.disposition).toBe('blocked')
    expect(from({ anonymous: true }, listing({ numbers: [] })).state.phase).toBe('deciding')
  })

  it('R-176: emergency services call back for 30 minutes whatever is listed; extensions are never blocked', () => {
    const list = listing({ numbers: [{ number: '+14255550163' }, { number: '1002' }] })
    const minutesAfter = (minutes: number) => ({
      facts: { 'account/account': { emergencyAt: '2026-11-24T15:00:00.000Z' } },
      at: new Date(Date.parse('2026-11-24T15:00:00.000Z') + minutes * 60_000).toISOString(),
    })

    expect(from(stranger, list, minutesAfter(29)).state.phase).toBe('deciding')
    expect(from(stranger, list, minutesAfter(31)).cdr.disposition).toBe('blocked')
    expect(dial('1003', list).rang.length).toBeGreaterThan(0)
  })

  it('R-176: the 911 call itself opens the door for the call back', () => {
    expect(dial('911').given('change')).toMatchObject([
      { fact: { kind: 'account' }, set: { emergencyAt: expect.any(String) } },
    ])
  })

  describe('the phone that called for help', () => {
    /** What is remembered after 1002 has dialled 911, showing the number of the main line. */
    const helped = {
      'account/account': { ...dial('911').given('change')[0]?.set, emergencyAt: '2026-11-24T15:00:00.000Z' },
    }
    const back = (minutes: number, changes: Changes = {}, more: Partial<World> = {}, number = acmeMainDid) => {
      const at = new Date(Date.parse('2026-11-24T15:00:00.000Z') + minutes * 60_000).toISOString()
      return dial(number, changes, { facts: helped, at, ...more }, stranger)
    }
    const rang = (call: DrivenCall) => call.rang.map(({ target }) => target)

    it('R-176: rings first when emergency services call back, whatever it is set to, with no cap in the way', () => {
      const quiet: Changes = {
        'device/desk-1002': { doNotDisturb: true, followMe: false },
        'account/account': { caps: { callsMax: 1, outboundMax: 1, perDeviceMax: 1 } },
      }
      const facts = { 'account/account': { ...helped['account/account'], callsUp: 5 } }
      const call = back(5, quiet, { facts, phones: { 'desk-1002': { does: 'answer' } } })

      expect(rang(call)).toEqual(['desk-1002'])
      expect(call.cdr).toMatchObject({ direction: 'inbound', answeredBy: { deviceId: 'desk-1002' } })
    })

    it('R-176: where nobody picks it up the number leads where it always does', () => {
      const call = back(5)

      expect(rang(call)).toEqual(['desk-1002'])
      expect(call.path).toContain('flow-8000.hours>open')
    })

    it.each([
      ['half an hour later', () => back(31)],
      ['called at another number', () => back(5, {}, {}, acmeFaxDid)],
      ['switched off in the account', () => back(5, { 'account/account': { emergency: { callBackFirst: false } } })],
      ['of an account nobody called for help in', () => back(5, {}, { facts: {} })],
    ])('R-176: %s, it does not', (_, call) => {
      expect(rang(call())).toEqual([])
    })

    it('R-176: one that is gone holds nobody up', () => {
      expect(back(5, { 'device/desk-1002': null }).path).toContain('flow-8000.hours>open')
    })
  })

  it('R-177: a blocked call is recorded as blocked, with the name of the list', () => {
    expect(from(stranger, listing({ numbers: [{ number: '+14255550163' }] })).cdr).toMatchObject({
      disposition: 'blocked',
      reason: 'blocked by Unwanted',
      direction: 'inbound',
    })
  })
})

describe('caller names', () => {
  const did = (inboundNames: boolean) => ({ 'phone-number/16045550100': { inboundNames } })
  const facts = { 'caller-name/+14255550163': { name: 'PAT EXAMPLE' } }
  const nameless = { outside: '+14255550163' } as const

  it('R-268: a missing name is looked up where the number asks for it, and shown', () => {
    const call = from(nameless, did(true), { facts }).press('2')

    expect(call.rang[0]?.name).toBe('PAT EXAMPLE')
    expect(call.cdr.fromName).toBe('PAT EXAMPLE')
  })

  it('R-268: it is not where the number does not, nor when there is a name or none to find', () => {
    const asked = (call: DrivenCall) => call.lookUps.flat().some(({ kind }) => kind === 'caller-name')

    expect(asked(from(nameless, did(false), { facts }))).toBe(false)
    expect(asked(from(stranger, did(true), { facts }))).toBe(false)
    expect(asked(from({ anonymous: true }, did(true), { facts }))).toBe(false)
  })

  it('R-269: a look-up that brings nothing holds nobody up', () => {
    expect(from(nameless, did(true)).path[0]).toBe('flow-8000.hours>open')
  })
})

describe('identity inside', () => {
  it('R-015: without one of their own, callers show the internal identity of the account', () => {
    const changes = { 'account/account': { callerId: { internal: { name: 'Acme inside', number: '8000' } } } }
    const call = dial('1003', changes)

    expect(call.given('ring')[0]?.plan.display).toEqual({ name: 'Acme inside', number: '8000' })
  })

  it('R-143, R-246: the device comes before the user, the user before the account', () => {
    const device = { 'device/desk-1002': { callerId: { internal: { name: 'Front desk' } } } }
    const user = { 'user/user-1002': { callerId: { internal: { name: 'Dana D.', number: '5555' } } } }

    expect(dial('1003', { ...user, ...device }).given('ring')[0]?.plan.display).toEqual({
      name: 'Front desk',
      number: '5555',
    })
    expect(dial('1003', user).rang[0]?.name).toBe('Dana D.')
    expect(dial('1003').rang[0]?.name).toBe('Dana Dogwood')
  })
})
