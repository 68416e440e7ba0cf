/** What people change by phone for themselves, and how it shows at the next call: rows of section L, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { deviceId } from '../testing/acme.ts'
import { type Changes, dialAcme as dial } from '../testing/acme-with.ts'
import type { DrivenCall, From } from '../testing/drive.ts'
import { defaultFeatureCodes } from './feature-codes.ts'

const dana: From = { device: deviceId('1002') }
const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const

/** Live facts a call has set, by `kind/id`. */
const factsSet = (call: DrivenCall) =>
  Object.fromEntries(call.given('change').map(({ fact, set }) => [`${fact.kind}/${fact.id}`, set]))
const trunkTargets = (call: DrivenCall) =>
  call.given('ring').flatMap(({ plan }) => plan.legs.flatMap(({ target }) => (target.kind === 'trunk' ? [target] : [])))

describe('codes of the person who dials them', () => {
  const forwarded = { enabled: true, number: '2065550104' }
  const stopped = { ...forwarded, enabled: false }
  it.each([
    ['*78', {}, { doNotDisturb: true }, 'dnd-on'],
    ['*79', { doNotDisturb: true }, { doNotDisturb: false }, 'dnd-off'],
    ['*76', {}, { doNotDisturb: true }, 'dnd-on'],
    ['*76', { doNotDisturb: true }, { doNotDisturb: false }, 'dnd-off'],
    ['*722065550104', {}, { forward: forwarded }, 'forward-on'],
    ['*73', { forward: forwarded }, { forward: stopped }, 'forward-off'],
    ['*74', { forward: forwarded }, { forward: stopped }, 'forward-off'],
    ['*74', { forward: stopped }, { forward: forwarded }, 'forward-on'],
    ['*902065550104', {}, { forwardBusy: forwarded }, 'forward-on-busy'],
    ['*91', { forwardBusy: forwarded }, { forwardBusy: stopped }, 'forward-off-busy'],
    ['*532065550104', {}, { forwardUnanswered: forwarded }, 'forward-on-unanswered'],
    ['*52', { forwardUnanswered: forwarded }, { forwardUnanswered: stopped }, 'forward-off-unanswered'],
    ['*562065550177', { forward: stopped }, { forward: { ...stopped, number: '2065550177' } }, 'forward-saved'],
  ])('R-160: %s where %j sets %j and says %s', (code, before, after, said) => {
    const call = dial(code, {}, { facts: { 'user/user-1002': before } }, dana)

    expect(factsSet(call)).toEqual({ 'user/user-1002': after })
    expect(call.heard[0]).toBe(said)
    expect(call.cdr.disposition).toBe('completed')
  })

  it('R-160: *72 alone asks for the number, and repeats it', () => {
    const call = dial('*72', {}, {}, dana).press('2065550104')

    expect(call.heard).toEqual(['forward-enter-number', 'forward-on', '2065550104'])
    expect(factsSet(call)).toEqual({ 'user/user-1002': { forward: forwarded } })
  })

  it.each(['911', '9911', '*97', '1999', '19005550199'])('*72 takes %s for no place to forward to', (number) => {
    const call = dial('*72', {}, {}, dana).press(number).press(number).press(number)

    expect(call.heard.filter((one) => one === 'forward-not-allowed')).toHaveLength(3)
    expect(factsSet(call)).toEqual({})
  })

  it('R-160: a busy user is reached where busy calls go, one who does not answer where unanswered ones go', () => {
    const set = {
      'user/user-1002': { forwardBusy: forwarded, forwardUnanswered: { enabled: true, number: '1003' } },
    }
    const when = (does: 'be-busy' | 'decline' | 'nothing' | 'be-off-line') =>
      dial('1002', {}, { facts: set, phones: { [deviceId('1002')]: { does } } }, stranger).rang.map(
        ({ target }) => target,
      )

    expect(when('be-busy').at(-1)).toBe('+12065550104')
    expect(when('decline').at(-1)).toBe('+12065550104')
    expect(when('nothing')).toEqual([deviceId('1002'), deviceId('1003')])
    expect(when('be-off-line').at(-1)).toBe(deviceId('1003'))
  })

  it('calls that come while no phone is on line go where those should, else where unanswered ones go', () => {
    const code = (digits: string, params: object) => ({
      featureCodes: [
        { id: `code-${digits}`, enabled: true, digits, takesDigits: true, module: 'call-forward', params },
      ],
    })
    const set = factsSet(
      dial('*501003', { 'routing/account': code('50', { action: 'on', when: 'unregistered' }) }, {}, dana),
    ) as Record<string, Record<string, unknown>>
    const when = (does: 'nothing' | 'be-off-line', facts = set) =>
      dial('1002', {}, { facts, phones: { [deviceId('1002')]: { does } } }, stranger).rang.map(({ target }) => target)
    const unanswered = { 'user/user-1002': { forwardUnanswered: { enabled: true, number: '1004' } } }

    expect(set).toEqual({ 'user/user-1002': { forwardUnregistered: { enabled: true, number: '1003' } } })
    expect(when('be-off-line').at(-1)).toBe(deviceId('1003'))
    expect(when('nothing')).toEqual([deviceId('1002')])
    expect(when('be-off-line', unanswered).at(-1)).toBe(deviceId('1004'))
  })

  it('R-160: where nobody answers there either, the callflow goes on; a callflow is jumped to', () => {
    const facts = (number: string) => ({
      facts: { 'user/user-1002': { forwardUnanswered: { enabled: true, number } } },
    })
    const unanswered = dial('1002', {}, facts('1003'), stranger)
    const mainLine = dial('1002', {}, facts('8000'), stranger)
    const nowhere = dial('1002', {}, facts('911'), stranger)

    expect(unanswered.path).toEqual(['flow-1002.ring>no-answer'])
    expect(unanswered.state.position?.nodeId).toBe('message')
    expect(mainLine.path).toContain('flow-8000.hours>open')
    expect(nowhere.path).toEqual(['flow-1002.ring>no-answer'])
  })

  it('R-162: what a code has set counts for the next call', () => {
    const facts = (code: string) => ({
      facts: factsSet(dial(code, {}, {}, dana)) as Record<string, Record<string, unknown>>,
    })
    const call = (code: string) => dial('1002', {}, facts(code), stranger)

    expect(call('*78').rang).toEqual([])
    expect(trunkTargets(call('*722065550104')).map(({ number }) => number)).toEqual(['+12065550104'])
  })

  it('somebody logged in at another phone changes their own settings, not those of its owner', () => {
    const guest = { facts: { 'device/desk-1002': { hotDeskUserIds: ['user-1003'] } } }

    expect(factsSet(dial('*78', {}, guest, dana))).toEqual({ 'user/user-1003': { doNotDisturb: true } })
  })

  it('a phone of nobody is set by itself', () => {
    const lobby: Changes = { 'device/desk-1002': { ownerId: undefined } }

    expect(factsSet(dial('*78', lobby, {}, dana))).toEqual({ 'device/desk-1002': { doNotDisturb: true } })
    expect(factsSet(dial('*722065550104', lobby, {}, dana))).toEqual({ 'device/desk-1002': { forward: forwarded } })
    expect(dial('*902065550104', lobby, {}, dana).heard).toEqual(['feature-not-available'])
  })
})

describe('Follow-Me of the phone at hand', () => {
  const factsOf = (call: DrivenCall) => ({ facts: factsSet(call) as Record<string, Record<string, unknown>> })

  it('R-141: *77 keeps calls from the phone, which still places them; its owner rings elsewhere, and *77 brings it back', () => {
    const off = dial('*77', {}, {}, dana)
    const browser: Changes = {
      'device/soft-1002': { type: 'softphone', name: 'Soft', ownerId: 'user-1002', username: 'soft-1002' },
      'ownership/user-1002': { deviceIds: ['desk-1002', 'soft-1002'] },
    }
    const on = dial('*77', {}, factsOf(off), dana)

    expect(off.heard).toEqual(['follow-me-off'])
    expect(factsSet(off)).toEqual({ 'device/desk-1002': { followMe: false } })
    expect(dial('1002', browser, factsOf(off), stranger).rang.map(({ target }) => target)).toEqual(['soft-1002'])
    expect(dial('1003', {}, factsOf(off), dana).rang.map(({ target }) => target)).toEqual([deviceId('1003')])
    expect(on.heard).toEqual(['follow-me-on'])
    expect(factsSet(on)).toEqual({ 'device/desk-1002': { followMe: true } })
  })
})

describe('calling back who called last', () => {
  const withCodes = (enabled: boolean): Changes => ({
    'routing/account': {
      featureCodes: defaultFeatureCodes.map((code) => (code.id === 'call-return' ? { ...code, enabled } : code)),
    },
  })
  const on = withCodes(true)
  const noted = (from: From, changes: Changes = on, number = '1002') =>
    (factsSet(dial(number, changes, {}, from)) as Record<string, { lastCaller?: string }>)['user/user-1002']?.lastCaller

  it('R-160: *69 says who that was, and calls back at 1', () => {
    const facts = (lastCaller: string) => ({ facts: { 'user/user-1002': { lastCaller } } })
    const call = dial('*69', on, facts('+14255550163'), dana)
    const outside = dial('*69', on, facts('+14255550163'), dana).press('1')

    expect(call.heard).toEqual(['call-return-last', '+14255550163', 'call-return-press-1'])
    expect(trunkTargets(outside).map(({ number }) => number)).toEqual(['+14255550163'])
    expect(
      dial('*69', on, facts('1003'), dana)
        .press('1')
        .rang.map(({ target }) => target),
    ).toEqual([deviceId('1003')])
    expect(dial('*69', on, {}, dana).heard).toEqual(['call-return-nobody'])
    expect(dial('*69', on, facts('+442079460000'), dana).press('1').heard.at(-1)).toBe('call-not-allowed')
  })

  it('whoever calls is noted, from outside and inside, also where nothing rings', () => {
    const quiet: Changes = { ...on, 'user/user-1002': { doNotDisturb: true } }

    expect(noted(stranger)).toBe('+14255550163')
    expect(noted({ device: deviceId('1003') })).toBe('1003')
    expect(noted(stranger, quiet)).toBe('+14255550163')
  })

  it('nothing is noted where the code is off, of callers who hide, of numbers nobody can dial, nor of oneself', () => {
    expect(noted(stranger, withCodes(false))).toBeUndefined()
    expect(noted(stranger, {})).toBeUndefined()
    expect(noted({ anonymous: true })).toBeUndefined()
    expect(noted({ outside: 'sales@example.com' })).toBeUndefined()
    expect(noted({ outside: '1'.repeat(40) })).toBeUndefined()
    expect(noted({ device: deviceId('1003') }, on, '*671002')).toBeUndefined()
    expect(noted(dana)).toBeUndefined()
  })
})

describe('calling without being seen', () => {
  it('R-160: *67 and a number shows neither name nor number, inside and outside', () => {
    expect(dial('*671003', {}, {}, dana).given('ring')[0]?.plan.display).toEqual({ name: 'Anonymous' })
    const outside = dial('*672065550199', {}, {}, dana)

    expect(trunkTargets(outside)[0]).toMatchObject({ number: '+12065550199', callerId: {} })
    expect(outside.given('ring')[0]?.callerId).toEqual({})
    // The account's own record knows who called.
    expect(outside.cdr).toMatchObject({ deviceId: 'desk-1002', ownerId: 'user-1002' })
  })

  it('a call for help is never hidden', () => {
    const call = dial('*67911', {}, {}, dana)

    expect(trunkTargets(call)[0]).toMatchObject({ number: '911', callerId: { number: '+16045550100' } })
    expect(call.state.traits.emergency).toBe(true)
  })

  it('*67 alone calls nobody, and *67 upon itself comes to an end', () => {
    expect(dial('*67', {}, {}, dana).heard).toEqual(['number-not-in-service'])
    expect(dial(`${'*67'.repeat(12)}`, {}, {}, dana).state.phase).toBe('ended')
  })
})

describe('intercom', () => {
  const call = (number: string, changes: Changes = {}, more: Parameters<typeof dial>[2] = {}) =>
    dial(number, changes, more, dana)

  it('R-160: *0 and an extension asks the phones of that person, and no others, to answer by themselves', () => {
    const facts = { 'user/user-1001': { forward: { enabled: true, number: '2065550104' } } }
    const [ring] = call('*01001', { 'device/cell-1001': { followMe: true } }, { facts }).given('ring')

    expect(ring?.plan.answersItself).toBe(true)
    expect(ring?.plan.legs.map(({ target }) => target.kind)).not.toContain('trunk')
    expect(call('1003').given('ring')[0]?.plan.answersItself).toBeUndefined()
  })

  it('a person on do not disturb is not broken in on, and an extension nobody has is said to be none', () => {
    const quiet = { facts: { 'user/user-1003': { doNotDisturb: true } } }

    expect(call('*01003', {}, quiet).rang).toEqual([])
    expect(call('*01003', {}, quiet).state.phase).toBe('ended')
    expect(call('*01999').heard).toEqual(['number-not-in-service'])
    expect(call('*0').heard).toEqual(['number-not-in-service'])
  })
})

describe('hot desks', () => {
  const sam: Changes = { 'user/user-1003': { hotDesk: { enabled: true, pin: '2468' } } }
  const at = (facts: Record<string, Record<string, unknown>> = {}) => ({ facts })

  it('R-160: *11, extension and PIN take the phone: the person rings there, and calls from there are theirs', () => {
    const taken = dial('*11', sam, at(), dana).press('1003').press('2468')
    const facts = factsSet(taken) as Record<string, Record<string, unknown>>

    expect(taken.heard).toEqual(['hotdesk-enter-extension', 'hotdesk-enter-pin', 'hotdesk-logged-in'])
    expect(facts).toEqual({
      'device/desk-1002': { hotDeskUserIds: ['user-1003'] },
      'user/user-1003': { hotDeskDeviceIds: ['desk-1002'] },
    })
    expect(
      dial('1003', sam, { facts }, stranger)
        .rang.map(({ target }) => target)
        .toSorted(),
    ).toEqual([deviceId('1002'), deviceId('1003')])
    expect(dial('1004', sam, { facts }, dana).given('ring')[0]?.plan.display.number).toBe('1003')
    expect(dial('*12', sam, { facts }, dana).heard).toEqual(['hotdesk-logged-out'])
  })

  it('R-160: *13 logs in where nobody is, and out where somebody is', () => {
    const guest = at({
      'device/desk-1002': { hotDeskUserIds: ['user-1003'] },
      'user/user-1003': { hotDeskDeviceIds: ['desk-1002'] },
    })

    expect(dial('*13', sam, at(), dana).heard).toEqual(['hotdesk-enter-extension'])
    expect(factsSet(dial('*13', sam, guest, dana))).toEqual({
      'device/desk-1002': { hotDeskUserIds: [] },
      'user/user-1003': { hotDeskDeviceIds: [] },
    })
  })

  it('whoever was logged in leaves, and the person leaves the phone they were at before, unless they stay', () => {
    const facts = at({
      'device/desk-1002': { hotDeskUserIds: ['user-1004'] },
      'user/user-1004': { hotDeskDeviceIds: ['desk-1002'] },
      'user/user-1003': { hotDeskDeviceIds: ['desk-1005'] },
      'device/desk-1005': { hotDeskUserIds: ['user-1003'] },
    })
    const stays: Changes = { 'user/user-1003': { hotDesk: { enabled: true, keepLoggedInElsewhere: true } } }
    const moved = factsSet(dial('*11', sam, facts, dana).press('1003').press('2468'))

    expect(moved).toEqual({
      'user/user-1004': { hotDeskDeviceIds: [] },
      'device/desk-1005': { hotDeskUserIds: [] },
      'device/desk-1002': { hotDeskUserIds: ['user-1003'] },
      'user/user-1003': { hotDeskDeviceIds: ['desk-1002'] },
    })
    expect(factsSet(dial('*11', stays, facts, dana).press('1003'))).toMatchObject({
      'user/user-1003': { hotDeskDeviceIds: ['desk-1002', 'desk-1005'] },
    })
  })

  it('nobody is let in without the right PIN, and PINs are not kept', () => {
    const wrong = dial('*11', sam, at(), dana).press('1003').press('1').press('2').press('3')
    const noPin: Changes = { 'user/user-1003': { hotDesk: { enabled: true, requirePin: true } } }

    expect(factsSet(wrong)).toEqual({})
    expect(wrong.state.secretAt).toHaveLength(3)
    expect(factsSet(dial('*11', noPin, at(), dana).press('1003').press('0000'))).toEqual({})
    expect(dial('*11', {}, at(), dana).press('1003').heard).toContain('hotdesk-invalid')
  })
})
