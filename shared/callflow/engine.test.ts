/** What an arrived call does, where it goes, and how it ends: rows of sections B, C, D, F, G, N, V and X, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { acmeMainDid, callflowId, deviceId, userId } from '../testing/acme.ts'
import { acmeWith, callflowOf } from '../testing/acme-with.ts'
import { type DrivenCall, drive, type From, type World } from '../testing/drive.ts'
import { revisionOf } from './account-revision.ts'
import { step } from './engine.ts'
import { replay } from './trace.ts'

const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
const desk = { device: deviceId('1002') } as const

type Changes = Record<string, object | null>
const dial = (number: string, changes: Changes = {}, more: Partial<World> = {}, from: From = desk): DrivenCall =>
  drive({ documents: acmeWith(changes), ...more }).arrive(from, number)
const from = (caller: From, changes: Changes = {}, more: Partial<World> = {}) =>
  dial(acmeMainDid, changes, more, caller)
const trunkLeg = (call: DrivenCall) => {
  const target = call.given('ring').at(-1)?.plan.legs[0]?.target
  return target?.kind === 'trunk' ? target : undefined
}
const answers = (number: string) => ({ phones: { [deviceId(number)]: { does: 'answer', afterSeconds: 3 } } }) as const

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

describe('prepend', () => {
  const flow = (...nodes: object[]) =>
    callflowOf('7000', [
      ...nodes.map((params) => ({ type: 'prepend', params })),
      { type: 'user', params: { userId: userId('1003') } },
      { type: 'voicemail', params: { voicemailBoxId: 'box-general' } },
    ])
  const shown = (...nodes: object[]) => dial('7000', flow(...nodes), {}, stranger).given('ring')[0]?.plan.display

  it('R-106: the text stands before the name before anyone answers', () => {
    expect(shown({ name: 'GEN' })).toEqual({ name: 'GEN Pat Caller', number: '+14255550163' })
  })

  it('R-108: current puts it before earlier text, original in place of it, reset takes all away', () => {
    expect(shown({ name: 'A' }, { name: 'B', applyTo: 'original' })?.name).toBe('B Pat Caller')
    expect(shown({ name: 'A' }, { name: 'B', applyTo: 'current' })?.name).toBe('B A Pat Caller')
    expect(shown({ name: 'A' }, { applyTo: 'reset' })?.name).toBe('Pat Caller')
  })

  it('R-108, R-109: text before the number is shown, and the number stays what can be called back', () => {
    const call = dial('7000', flow({ number: '9' }), {}, stranger)

    expect(call.given('ring')[0]?.plan.display).toEqual({ name: 'Pat Caller 9+14255550163', number: '+14255550163' })
    expect(call.given('ring')[0]?.callerId.number).toBe('+14255550163')
    expect(call.hangUp().cdr.from).toBe('+14255550163')
  })

  it('R-109: neither the name nor the number in the record is changed, the text has its own place', () => {
    const call = dial('7000', flow({ name: 'GEN' }), answers('1003'), stranger)
      .talk(30)
      .hangUp()

    expect(call.cdr).toMatchObject({ from: '+14255550163', fromName: 'Pat Caller', prefix: 'GEN' })
  })
})

describe('callflows', () => {
  it('R-054: modules have their turn from the top', () => {
    expect(
      dial('1003')
        .press('')
        .speak(5)
        .press('1')
        .state.path.map(({ nodeId, exit }) => `${nodeId}>${exit}`),
    ).toEqual(['undefined>undefined', 'ring>no-answer', 'message>undefined'])
  })

  it('R-055: each way out is taken by its own event only', () => {
    const menu = { type: 'menu', params: { menuId: 'menu-open' }, exits: { 1: 'n2', 2: 'n3', default: 'n4' } }
    const flow = callflowOf('7000', [menu, { type: 'hang-up' }, { type: 'hang-up' }, { type: 'hang-up' }])

    for (const [key, node] of [
      ['1', 'n2'],
      ['2', 'n3'],
      ['', 'n4'],
    ] as const)
      expect(dial('7000', flow).press(key).path.at(-1)).toBe(`flow-7000.${node}`)
  })

  it('R-061: callflows that send each other the call end after 25 jumps, in words, with the reason', () => {
    const changes = {
      ...callflowOf('7000', [{ type: 'callflow', params: { callflowId: 'flow-7001' } }]),
      ...callflowOf('7001', [{ type: 'callflow', params: { callflowId: 'flow-7000' } }]),
    }
    const call = dial('7000', changes)

    expect(call.state.jumps).toBe(25)
    expect(call.heard).toEqual(['system-problem'])
    expect(call.cdr).toMatchObject({ disposition: 'failed', reason: 'too many jumps between callflows' })
  })

  it('R-061: a circle inside one callflow ends as well', () => {
    const changes = callflowOf('7000', [{ type: 'prepend', exits: { next: 'n1' } }])

    expect(dial('7000', changes).cdr.reason).toBe('too many steps without waiting')
  })

  it('R-086: a jump does not come back', () => {
    const changes = {
      ...callflowOf('7000', [
        { type: 'callflow', params: { callflowId: 'flow-7001' } },
        { type: 'play-media', params: { mediaId: 'media-open' } },
      ]),
      ...callflowOf('7001', [{ type: 'play-media', params: { mediaId: 'media-closed' } }]),
    }
    const call = dial('7000', changes)

    expect(call.path).toEqual(['flow-7000.n1>jump', 'flow-7001.n1>next'])
    expect(call.heard).toEqual(['media-closed'])
  })

  it.each([
    ['skipped', { type: 'user', params: {}, skip: true }, 'skipped'],
    ['of an unknown module', { type: 'magic', params: {} }, 'unknown module magic'],
    ['set up wrongly', { type: 'user', params: { timeoutSeconds: 'long' } }, 'settings do not fit: timeoutSeconds'],
  ])('a node %s is passed over by its ordinary way out, with the reason', (_, node, reason) => {
    const changes = {
      ...callflowOf('7000', []),
      'callflow/flow-7000': {
        numbers: ['7000'],
        root: 'a',
        nodes: {
          a: { id: 'a', exits: { 'no-answer': 'b' }, ...node },
          b: { id: 'b', type: 'play-media', params: { mediaId: 'media-open' } },
        },
      },
    }
    const call = dial('7000', changes)

    expect(call.heard).toEqual(['media-open'])
    expect(call.reasons).toContain(reason)
  })

  it('a way out that is not wired falls to the ordinary one, as closed hours to all other times', () => {
    const hours = {
      type: 'time-of-day',
      params: { branches: [{ exit: 'open', id: 'schedule-open' }] },
      exits: { other: 'n2' },
    }

    expect(
      dial('7000', callflowOf('7000', [hours, { type: 'play-media', params: { mediaId: 'media-closed' } }])).heard,
    ).toEqual(['media-closed'])
  })
})

describe('variables', () => {
  const set = (value: string) => ({
    type: 'set-variables',
    params: { variables: [{ name: 'who', type: 'user', value }] },
  })
  const byVariable = { type: 'user', params: { userId: userId('1009'), routeVariable: 'who' } }
  const rung = (call: DrivenCall) => call.rang.map(({ target }) => target)

  it('R-090: the value decides who rings, with the flow behind it untouched', () => {
    expect(rung(dial('7000', callflowOf('7000', [set(userId('1003')), byVariable])))).toEqual([deviceId('1003')])
    expect(rung(dial('7000', callflowOf('7000', [set(userId('1004')), byVariable])))).toEqual([deviceId('1004')])
  })

  it.each([
    ['is not set', [byVariable], 'variable who not set'],
    ['names nobody', [set('nobody'), byVariable], 'user missing'],
  ])('R-091: a variable that %s falls through to the next module and is reported', (_, nodes, reason) => {
    const call = dial('7000', callflowOf('7000', [...nodes, { type: 'play-media', params: { mediaId: 'media-open' } }]))

    expect(call.rang).toEqual([])
    expect(call.heard).toEqual(['media-open'])
    expect(call.reasons).toContain(reason)
  })

  it('R-092: variables outlive a jump to another callflow', () => {
    const changes = {
      ...callflowOf('7000', [set(userId('1003')), { type: 'callflow', params: { callflowId: 'flow-7001' } }]),
      ...callflowOf('7001', [byVariable]),
    }

    expect(rung(dial('7000', changes))).toEqual([deviceId('1003')])
  })
})

describe('the end of a call', () => {
  it('a callee who hangs up lets the caller go, and the record says who and how long', () => {
    const call = dial('1003', {}, answers('1003')).talk(42).hangUp('callee')

    expect(call.given('hang-up')).toMatchObject([{ leg: 'caller' }])
    expect(call.cdr).toMatchObject({
      direction: 'internal',
      disposition: 'answered',
      endedBy: 'callee',
      talkSeconds: 43,
      answeredBy: { deviceId: deviceId('1003'), userId: userId('1003') },
    })
  })

  it('a caller who hangs up while it rings stops the ringing and is recorded as gone', () => {
    const documents = acmeWith({})
    const config = revisionOf('acme', 1, documents, 'absent')
    const call = drive({ documents }).arrive(desk, '1003')
    const ringing = replay(config, call.state.log).find(({ commands }) => commands.some(({ type }) => type === 'ring'))
    if (ringing === undefined) throw new Error('it rang')
    const over = step(config, ringing.state, { type: 'hungup', at: '2026-11-24T15:00:09.000Z', leg: 'caller' })

    expect('commands' in over && over.commands).toMatchObject([{ type: 'hang-up', leg: 'callee' }])
    expect('state' in over && over.state.end).toMatchObject({ disposition: 'cancelled', by: 'caller' })
  })

  it.each([
    ['busy', 'be-busy', 'busy', 'busy'],
    ['declined', 'decline', 'declined', 'unavailable'],
    ['no answer', 'nothing', 'no-answer', 'unavailable'],
  ] as const)('%s with nothing behind it is what the caller is told', (_, does, disposition, cause) => {
    const phones = { [deviceId('1003')]: { does } } as const
    const call = dial('7000', callflowOf('7000', [{ type: 'user', params: { userId: userId('1003') } }]), { phones })

    expect(call.cdr).toMatchObject({ disposition, endedBy: 'us' })
    expect(call.given('hang-up')[0]?.cause).toBe(cause)
  })

  it('somebody outside the call may end it', () => {
    const call = dial('1003', {}, answers('1003')).feed({ type: 'updated', arguments: { op: 'hang-up' } })

    expect(call.cdr).toMatchObject({ disposition: 'answered', endedBy: 'us', reason: 'ended on request' })
  })

  it('an account that is switched off takes no calls but those for help', () => {
    const off = { 'account/account': { enabled: false } }

    expect(dial('1003', off).cdr).toMatchObject({ disposition: 'refused', reason: 'account disabled' })
  })
})

describe('events that do not belong', () => {
  const ringing = () => dial('8001', {}, {}, stranger)

  it.each([
    ['keys nobody asked for', { type: 'rang', outcome: { planId: 'x', reason: 'busy', legs: [] } }],
    ['a record nobody made', { type: 'recorded', objectKey: 'x', durationMs: 5_000 }],
    ['the end of a leg that never was', { type: 'hungup', leg: 'callee' }],
    [
      'a second arrival',
      {
        type: 'arrived',
        callId: 'call',
        accountId: 'acme',
        configRevision: 9,
        origin: { kind: 'system' },
        dialled: '911',
        caller: {},
      },
    ],
    ['words of no meaning from outside', { type: 'updated', arguments: { op: 'dance' } }],
  ])('%s change nothing and are not logged', (_, event) => {
    const call = ringing()
    const before = call.state
    call.feed(event)

    expect(call.state).toBe(before)
  })

  it('an event that comes again changes nothing', () => {
    const call = ringing().press('')
    const before = call.state
    call.feed(before.log.at(-1) ?? {})

    expect(call.state).toBe(before)
  })

  it('the outcome of a plan that no longer rings is passed over', () => {
    const documents = acmeWith({})
    const config = revisionOf('acme', 1, documents, 'absent')
    const { log } = drive({ documents }).arrive(stranger, '8001').press('3').state
    const rings = replay(config, log).filter(({ commands }) => commands.some(({ type }) => type === 'ring'))
    const [first, second] = rings
    if (first === undefined || second === undefined) throw new Error('support rings twice')
    const late = log.find((event) => event.type === 'rang')
    if (late === undefined) throw new Error('it rang')
    const turn = step(config, second.state, { ...late, at: '2026-11-24T16:00:00.000Z' })

    expect(turn).toEqual({ state: second.state, commands: [] })
  })

  it('a look-up that failed is as if nothing was ever set', () => {
    const config = revisionOf('acme', 1, acmeWith({}), 'absent')
    const arrived = dial('1003').state.log[0]
    const asked = arrived === undefined ? undefined : step(config, undefined, arrived)
    if (asked === undefined || 'needs' in asked) throw new Error('every document is at hand')
    const at = '2026-11-24T15:00:01.000Z'
    const went = step(config, asked.state, { type: 'failed', at, command: 'look-up', reason: 'throttled' })

    expect('commands' in went && went.commands.map(({ type }) => type)).toEqual(['ring'])
  })

  it('a call whose beginning is lost ends truthfully', () => {
    const lost = step(revisionOf('acme', 1, new Map()), undefined, {
      type: 'digits',
      at: '2026-11-24T15:00:00.000Z',
      digits: '1',
    })

    expect('state' in lost && lost.state.end).toMatchObject({ disposition: 'failed', by: 'us', reason: 'state lost' })
  })
})

it('R-293: a whole call computed again from its log gives the same commands to the byte', () => {
  const documents = acmeWith({})
  const call = drive({ documents })
    .arrive(stranger, acmeMainDid)
    .press('1')
    .press('364')
    .press('1')
    .press('1')
    .press('')
    .speak(9)
    .press('1')
  const again = replay(revisionOf('acme', 1, documents, 'absent'), JSON.parse(call.cdr.eventLog ?? '[]'))

  expect(JSON.stringify(again.flatMap(({ commands }) => commands))).toBe(JSON.stringify(call.commands))
  expect(call.state.phase).toBe('ended')
})
