/** Calling in from a cell phone to call out as if from inside: kazoo semantics §1.2 (disa), with defaults that fraud does not like. */
import { describe, expect, it } from 'vitest'
import { deviceId } from '../../testing/acme.ts'
import { type Changes, callflowOf, dialAcme } from '../../testing/acme-with.ts'
import type { DrivenCall, From, World } from '../../testing/drive.ts'
import { Callflow } from '../callflow.ts'
import { withoutSecrets } from '../cdr.ts'
import { checkCallflow } from '../check-callflow.ts'
import { disaFailuresMax, disaLockMinutes } from './disa.ts'

const pin = '738291'
const cell = { outside: '+14255550163', name: 'Pat Caller' } as const
const sam = { userId: 'user-1003', featureCodes: true }
const withDisa = (params: object, changes: Changes = {}): Changes => ({
  ...callflowOf('7700', [{ type: 'disa', params: { pin, ...params } }]),
  ...changes,
})
const dial = (params: object = {}, changes: Changes = {}, world: Partial<World> = {}, from: From = cell) =>
  dialAcme('7700', withDisa(params, changes), world, from)
const through = (digits: string, ...more: Parameters<typeof dial>) =>
  dial(...more)
    .press(pin)
    .press(digits)
const trunkTarget = (call: DrivenCall) => {
  const target = call.given('ring').at(-1)?.plan.legs[0]?.target
  return target?.kind === 'trunk' ? target : undefined
}
const factsSet = (call: DrivenCall) =>
  Object.fromEntries(call.given('change').map(({ fact, set }) => [`${fact.kind}/${fact.id}`, set]))

describe('DISA as it is saved', () => {
  const problems = (params: object) =>
    checkCallflow(
      Callflow.parse({ id: 'a', name: 'A', root: 'n', nodes: { n: { id: 'n', type: 'disa', params, exits: {} } } }),
    )

  it.each([
    ['no PIN', {}, 'nodes.n.params.pin'],
    ['an empty PIN', { pin: '' }, 'nodes.n.params.pin'],
    ['a short PIN', { pin: '73829' }, 'nodes.n.params.pin'],
    ['one digit over and over', { pin: '777777' }, 'nodes.n.params.pin'],
    ['a run upwards', { pin: '123456' }, 'nodes.n.params.pin'],
    ['a run downwards', { pin: '987654' }, 'nodes.n.params.pin'],
    ['feature codes that act on nobody', { pin, featureCodes: true }, 'nodes.n.params.userId'],
  ])('%s is refused, with the field', (_, params, field) => {
    expect(problems(params)).toMatchObject([{ severity: 'error', field, message: expect.stringMatching(/\.$/) }])
  })

  it('is fit with a PIN, and warns of what feature codes open', () => {
    expect(problems({ pin })).toEqual([])
    expect(problems({ pin, ...sam })).toMatchObject([{ severity: 'warning', field: 'nodes.n.params.featureCodes' }])
  })
})

describe('a caller with the PIN', () => {
  it('hears a dial tone and reaches an extension, shown as the account or as the user named', () => {
    const shown = (params: object, changes: Changes = {}) =>
      through('1004', params, changes).given('ring')[0]?.plan.display
    const external = { 'account/account': { callerId: { external: { name: 'Acme', number: '+16045550100' } } } }

    expect(through('1004').heard.slice(0, 2)).toEqual(['disa-enter-pin', 'dial'])
    expect(through('1004').rang.map(({ target }) => target)).toEqual([deviceId('1004')])
    expect(shown({}, external)).toEqual({ name: 'Acme', number: '+16045550100' })
    expect(shown({ userId: 'user-1003' })).toEqual({ name: "Sam O'Neil", number: '1003' })
    expect(shown({ shows: 'caller' })).toEqual({ name: 'Pat Caller', number: '+14255550163' })
  })

  it("calls outside showing the account's number, the user's, or the caller's own", () => {
    const ids: Changes = {
      'account/account': { callerId: { external: { number: '+16045550100' } } },
      'user/user-1003': { callerId: { external: { number: '+16045550101' } } },
    }
    const shown = (params: object) => trunkTarget(through('2065550104', params, ids))

    expect(shown({})).toMatchObject({ number: '+12065550104', callerId: { number: '+16045550100' } })
    expect(shown({ userId: 'user-1003' })).toMatchObject({ callerId: { number: '+16045550101' } })
    expect(shown({ shows: 'caller' })).toMatchObject({ callerId: { number: '+14255550163' } })
    // Callers who hide their number, and phones inside that have none to show, show the account's.
    for (const from of [{ anonymous: true }, { device: deviceId('1002') }] as const)
      expect(trunkTarget(through('2065550104', { shows: 'caller' }, ids, {}, from))).toMatchObject({
        callerId: { number: '+16045550100' },
      })
  })

  it('is an outside call that goes on outside in the history, of the user whose name it has', () => {
    const call = through('2065550104', { userId: 'user-1003' })

    expect(call.state.outside).toBe(true)
    expect(call.hangUp().cdr).toMatchObject({ direction: 'inbound', ownerId: 'user-1003', to: '7700' })
    expect(call.reasons).toContain('dials 2065550104')
  })

  it.each([
    ['abroad', '01144205550101', {}, {}],
    ['premium numbers', '19005550199', {}, {}],
    ['what the account denies', '2065550104', { 'account/account': { restrictions: { national: 'deny' } } }, {}],
    ['what the user may not', '2065550104', { 'user/user-1003': { restrictions: { national: 'deny' } } }, sam],
  ])('calls nobody %s: the restrictions hold, and another number can be dialled', (_, number, changes, params) => {
    const call = through(number, params, changes as Changes)

    expect(call.heard.slice(-2)).toEqual(['call-not-allowed', 'dial'])
    expect(call.types).not.toContain('ring')
    expect(call.press('1004').rang.map(({ target }) => target)).toEqual([deviceId('1004')])
  })

  it('is refused outside while the account has as many outside calls as it may', () => {
    const caps = { 'account/account': { caps: { callsMax: 10, outboundMax: 1, perDeviceMax: 1 } } }

    expect(through('2065550104', {}, caps, { facts: { 'account/account': { outboundUp: 1 } } }).cdr).toMatchObject({
      disposition: 'refused',
      reason: 'outside call cap of the account reached',
    })
  })

  it('R-278: reaches help whatever is denied, with the identity of the account', () => {
    const denied: Changes = { 'account/account': { restrictions: { national: 'deny', unknown: 'deny' } } }
    const call = through('911', {}, denied)

    expect(trunkTarget(call)).toMatchObject({ number: '911', callerId: { number: '+16045550100' }, emergency: {} })
    expect(call.state.traits.emergency).toBe(true)
    expect(call.types).toContain('notify')
  })

  it('hears of a number nobody has, too many digits and too few, and may try again, three times in all', () => {
    for (const digits of ['1999', '2'.repeat(40), '5', '*', '#'])
      expect([digits, through(digits).heard.slice(-2)]).toEqual([digits, ['number-not-in-service', 'dial']])

    const call = through('1999').press('1998').press('1997')
    expect(call.heard.at(-1)).toBe('disa-goodbye')
    expect(call.state.phase).toBe('ended')
    expect(through('').press('').press('').heard.at(-1)).toBe('disa-goodbye')
  })

  it('waits as long, and takes as many digits, as was set', () => {
    const asked = dial({ digitsMax: 11, firstDigitMs: 7_000, nextDigitMs: 1_500 }).press(pin).given('gather')

    expect(asked[0]).toMatchObject({ firstDigitMs: 7_000, nextDigitMs: 1_500, secret: true })
    expect(asked[1]).toMatchObject({
      firstDigitMs: 7_000,
      nextDigitMs: 1_500,
      digitsMax: 11,
      parts: [{ tone: 'dial' }],
    })
    expect(asked[1]?.secret).toBeUndefined()
  })

  it('comes to the end of it when DISA leads to itself', () => {
    let call = dial()
    for (let n = 0; n < 40 && call.state.phase !== 'ended'; n += 1) call = call.press(pin).press('7700')

    expect(call.cdr.reason).toBe('too many jumps between callflows')
  })
})

describe('feature codes', () => {
  it('R-159: are not available unless the node says for whom', () => {
    const call = through('*78')

    expect(call.heard.slice(-2)).toEqual(['feature-not-available', 'dial'])
    expect(factsSet(call)).toEqual({})
  })

  it('R-159: act on the user the node names, and on nobody else', () => {
    expect(factsSet(through('*78', sam))).toEqual({ 'user/user-1003': { doNotDisturb: true } })
    expect(factsSet(through('*722065550104', sam))).toEqual({
      'user/user-1003': { forward: { enabled: true, number: '2065550104' } },
    })
    expect(factsSet(through('*72', sam).press('2065550104'))).toHaveProperty('user/user-1003')
    expect(through('*97', sam).heard).toContain('vm-main-menu')
    expect(through('*971004', sam).heard.at(-1)).toBe('vm-enter-pin')
  })

  it('R-159: that need a phone find none, whatever phone called', () => {
    const inside: From = { device: deviceId('1002') }
    for (const from of [cell, inside] as const)
      for (const code of ['*77', '*11', '*12', '*13'])
        expect([code, through(code, sam, {}, {}, from).heard.at(-1)]).toEqual([code, 'feature-not-available'])
  })

  it('R-158: that are switched off say so and another can be dialled', () => {
    const call = through('*411', sam)

    expect(call.heard.slice(-2)).toEqual(['feature-not-available', 'dial'])
  })

  it('a user who is disabled or gone is called as by nobody', () => {
    expect(dial(sam, { 'user/user-1003': { enabled: false } }).heard).toEqual(['feature-not-available'])
    expect(dial(sam, { 'user/user-1003': null }).heard).toEqual(['feature-not-available'])
  })
})

describe('from a phone inside', () => {
  const lobby: From = { device: deviceId('1002') }
  const denied: Changes = { 'device/desk-1002': { restrictions: { national: 'deny' } } }

  it('the PIN opens what the phone itself may not', () => {
    expect(dialAcme('2065550104', denied, {}, lobby).heard).toEqual(['call-not-allowed'])
    expect(trunkTarget(through('2065550104', {}, denied, {}, lobby))?.number).toBe('+12065550104')
  })

  it('R-278: help is sent to where the phone is', () => {
    const there: Changes = { 'device/desk-1002': { callerId: { emergency: { number: '+16045550101' } } } }

    expect(trunkTarget(through('911', {}, there, {}, lobby))).toMatchObject({ callerId: { number: '+16045550101' } })
  })
})

describe('guessing the PIN', () => {
  /** Calls that each try some PINs, one after the other, over the same facts. */
  function calls(pins: readonly (readonly string[])[], world: Partial<World> = {}) {
    let facts: Record<string, Record<string, unknown>> = { 'account/account': {} }
    const made = pins.map((tried) => {
      const call = tried.reduce((one, digits) => one.press(digits), dial({}, {}, { facts, ...world }))
      for (const { set, add = {} } of call.given('change')) {
        const before = facts['account/account'] ?? {}
        const counted = Object.entries(add).map(([name, by]) => [name, Number(before[name] ?? 0) + by])
        facts = { 'account/account': { ...before, ...set, ...Object.fromEntries(counted) } }
      }
      return call
    })
    return { made, facts }
  }
  const wrong = ['111222', '333444', '555666']

  it('ends after three, is counted over calls, and locks with an alert', () => {
    const { made, facts } = calls([wrong, wrong, wrong, [pin]])

    expect(made[0]?.heard).toEqual([
      'disa-enter-pin',
      'disa-wrong-pin',
      'disa-enter-pin',
      'disa-wrong-pin',
      'disa-enter-pin',
      'disa-goodbye',
    ])
    expect(made.flatMap((call) => call.given('notify'))).toMatchObject([
      { what: 'alert', text: expect.stringMatching(/DISA is locked for 30 minutes after 9 wrong PINs.*14255550163/) },
    ])
    expect(made[3]?.heard).toEqual(['disa-locked'])
    expect(facts['account/account']).toEqual({
      disaFailures: 0,
      disaLockedUntil: expect.stringMatching(/^2026-11-24T15:30/),
    })
    expect([disaFailuresMax, disaLockMinutes]).toEqual([9, 30])
  })

  it('a lock ends by itself, and one that comes while the PIN is asked for holds', () => {
    const locked = { facts: { 'account/account': { disaLockedUntil: '2026-11-24T14:59:59.000Z' } } }
    const during: Partial<World> = {
      live: ((asked) => (key) => {
        if (key.kind !== 'account') return undefined
        asked += 1
        return asked > 1 ? { disaLockedUntil: '2026-11-24T15:30:00.000Z' } : {}
      })(0) as NonNullable<World['live']>,
    }

    expect(dial({}, {}, locked).press(pin).heard).toEqual(['disa-enter-pin', 'dial'])
    expect(dial({}, {}, during).press(pin).heard).toEqual(['disa-enter-pin', 'disa-locked'])
  })

  it('the right PIN forgets what went wrong; silence is no guess', () => {
    expect(calls([wrong.slice(0, 2), [pin]]).facts).toEqual({ 'account/account': { disaFailures: 0 } })
    expect(calls([['', '', '']]).facts).toEqual({ 'account/account': {} })
  })

  it('PINs are in no record of the call', () => {
    const call = dial().press('111222').press(pin).press('1004').hangUp()
    const shown = withoutSecrets(call.cdr.eventLog ?? '[]')

    expect(call.state.secretAt).toHaveLength(2)
    expect(shown + JSON.stringify(call.cdr.path)).not.toMatch(/738291|111222/)
    expect(shown).toContain('1004')
  })
})

describe('hanging up', () => {
  const told = [pin, '1999', '1998']

  it.each([0, 1, 2, 3])('after %s entries ends the call at once', (keyed) => {
    const call = told
      .slice(0, keyed)
      .reduce((one, digits) => one.press(digits), dial())
      .hangUp()

    expect(call.cdr).toMatchObject({ endedBy: 'caller', disposition: 'completed' })
    expect(call.state.phase).toBe('ended')
    expect(call.types.slice(-1)).toEqual(['hang-up'])
  })

  it('in the middle of a wrong PIN counts nothing, after it counts it', () => {
    expect(dial().hangUp().given('change')).toEqual([])
    expect(dial().press('111222').hangUp().given('change')).toMatchObject([{ add: { disaFailures: 1 } }])
  })
})
