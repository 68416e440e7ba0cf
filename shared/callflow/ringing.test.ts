/** Who rings, when, and why not: sections C, E, H, I and T of the requirements, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { deviceId, userId } from '../testing/acme.ts'
import { acmeWith, callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import { type DrivenCall, drive, type World } from '../testing/drive.ts'
import { modules } from './modules/index.ts'

const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
const desk = { device: deviceId('1002') } as const
const alexPhones = [deviceId('1001'), 'browser-1001']

const targets = (call: DrivenCall) => call.rang.map(({ target }) => target).toSorted()
const windows = (call: DrivenCall) => {
  const began = Math.min(...call.rang.map(({ from }) => from))
  return Object.fromEntries(
    call.rang.map(({ target, from, to }) => [target, [Math.round(from - began), Math.round(to - began)]]),
  )
}
const group = (members: readonly object[], more: object = {}) => ({
  ...callflowOf('7000', [{ type: 'ring-group', params: { ringGroupId: 'g' } }, { type: 'hang-up' }]),
  'ring-group/g': { name: 'G', members, ...more },
})
const two = [
  { kind: 'device', id: deviceId('1003'), timeoutSeconds: 10 },
  { kind: 'device', id: deviceId('1004'), timeoutSeconds: 10 },
]

describe('a user', () => {
  it('R-029, R-054: rings for 20 s, then voicemail has its turn', () => {
    const call = dial('1003')

    expect(windows(call)).toEqual({ [deviceId('1003')]: [0, 20] })
    expect(call.path).toEqual(['flow-1003.ring>no-answer'])
    expect(call.state.position?.nodeId).toBe('message')
  })

  it.each([
    ['declines', 'decline'],
    ['is busy', 'be-busy'],
  ] as const)('R-030: a callee who %s moves the caller on within 2 s', (_, does) => {
    const call = dial('1003', {}, { phones: { [deviceId('1003')]: { does, afterSeconds: 1 } } })

    expect(call.state.position?.nodeId).toBe('message')
    expect(call.seconds).toBeLessThan(2)
  })

  it('R-030: a person who declines on one phone has declined on all', () => {
    const call = dial('1001', {}, { phones: { 'browser-1001': { does: 'decline' } } })

    expect(windows(call)).toEqual({ [deviceId('1001')]: [0, 1], 'browser-1001': [0, 1] })
  })

  it('R-126, R-286: all enabled devices ring at the same time, the browser phone among them', () => {
    expect(windows(dial('1001'))).toEqual({ [deviceId('1001')]: [0, 20], 'browser-1001': [0, 20] })
  })

  it('R-286: a browser phone whose Follow-Me is off is left out', () => {
    expect(targets(dial('1001', { 'device/browser-1001': { followMe: false } }))).toEqual([deviceId('1001')])
  })

  it('R-076: of three devices with two registered exactly two alert, and the cell phone besides', () => {
    const third = { type: 'softphone', name: 'Soft', ownerId: userId('1001'), username: 'soft' }
    const changes = {
      'device/soft': third,
      'device/cell-1001': { followMe: true },
      'ownership/user-1001': { deviceIds: [...alexPhones, 'soft', 'cell-1001'] },
    }
    const call = dial('1001', changes, { phones: { soft: { does: 'be-off-line' } } })

    expect(targets(call)).toEqual(['+12065550104', ...alexPhones].toSorted())
  })

  it('R-078: a new User module rings for 20 s unless told otherwise', () => {
    expect(modules.find(({ type }) => type === 'user')?.params.parse({})).toMatchObject({ timeoutSeconds: 20 })
    expect(
      windows(
        dial('7001', callflowOf('7001', [{ type: 'user', params: { userId: userId('1003'), timeoutSeconds: 7 } }])),
      ),
    ).toEqual({ [deviceId('1003')]: [0, 7] })
  })

  it('who dials their own extension gets their messages, not their phones', () => {
    const call = dial('1002')

    expect(call.rang).toEqual([])
    expect(call.reasons).toContain('the caller is the user')
  })

  it("the caller's own device never rings, others of the same person do", () => {
    const call = dial('7000', group([{ kind: 'user', id: userId('1001') }]), {}, { device: deviceId('1001') })

    expect(targets(call)).toEqual(['browser-1001'])
  })
})

describe('cell phones and landlines', () => {
  const cell = { 'device/cell-1001': { followMe: true } }

  it('R-136: a cell phone rings together with the desk phone, with key press', () => {
    const call = dial('1001', cell)

    expect(windows(call)).toMatchObject({ [deviceId('1001')]: [0, 20], '+12065550104': [0, 20] })
    const leg = call.given('ring')[0]?.plan.legs.find(({ target }) => target.kind === 'trunk')
    expect(leg).toMatchObject({ keyPress: true, target: { number: '+12065550104', deviceId: 'cell-1001' } })
  })

  it('R-139: voicemail of the cell phone answers, presses nothing, and the desk phone still gets the call', () => {
    const phones = {
      '+12065550104': { does: 'answer', afterSeconds: 3 },
      [deviceId('1001')]: { does: 'answer', afterSeconds: 15 },
    } as const
    const call = dial('1001', cell, { phones })

    expect(windows(call)['+12065550104']).toEqual([0, 10])
    expect(call.state.answeredBy?.deviceId).toBe(deviceId('1001'))
  })

  it('R-139: with the key pressed the cell phone has the call', () => {
    const phones = {
      '+12065550104': { does: 'answer', afterSeconds: 3, presses: { key: '1', afterSeconds: 2 } },
    } as const

    expect(dial('1001', cell, { phones }).state.answeredBy).toEqual({
      deviceId: 'cell-1001',
      userId: userId('1001'),
      number: '+12065550104',
    })
  })

  it('R-137: a landline rings together, without a key', () => {
    const call = dial('1003', {
      'device/land': { type: 'landline', name: 'Home', ownerId: userId('1003'), number: '206-555-0155' },
      'ownership/user-1003': { deviceIds: [deviceId('1003'), 'land'] },
    })

    expect(targets(call)).toEqual(['+12065550155', deviceId('1003')].toSorted())
    expect(call.given('ring')[0]?.plan.legs.find(({ target }) => target.kind === 'trunk')?.keyPress).toBe(false)
  })

  it('a cell phone number abroad rings only where the account allows it', () => {
    const abroad = { 'device/cell-1001': { followMe: true, number: '+442079460000' } }

    expect(targets(dial('1001', abroad))).not.toContain('+442079460000')
    expect(
      targets(dial('1001', { ...abroad, 'account/account': { restrictions: { international: 'allow' } } })),
    ).toContain('+442079460000')
  })

  it('R-062: a cell phone whose number is 911 never rings anybody', () => {
    const call = dial('1001', { 'device/cell-1001': { followMe: true, number: '911' } }, {}, stranger)

    expect(
      call
        .given('ring')
        .flatMap(({ plan }) => plan.legs)
        .some(({ target }) => target.kind === 'trunk'),
    ).toBe(false)
    expect(
      dial('7001', callflowOf('7001', [{ type: 'device', params: { deviceId: 'cell-1001' } }])).reasons.join(),
    ).toMatch(/Follow-Me is off/)
  })

  it('outside legs stop at the cap on outside calls', () => {
    const full = { facts: { 'account/account': { outboundUp: 20 } } }

    expect(targets(dial('1001', cell, full))).toEqual(alexPhones.toSorted())
  })
})

describe('who does not ring', () => {
  it.each([
    ['a disabled device', { 'device/desk-1003': { enabled: false } }, {}, 'disabled'],
    ['a device on do not disturb', {}, { 'device/desk-1003': { doNotDisturb: true } }, 'do not disturb'],
    ['a user on do not disturb', {}, { 'user/user-1003': { doNotDisturb: true } }, 'its owner is on do not disturb'],
    ['Follow-Me off', { 'device/desk-1003': { followMe: false } }, {}, 'Follow-Me is off'],
  ])('R-141: %s, with the reason in the trace', (_, changes, facts, reason) => {
    const world = { facts: facts as NonNullable<World['facts']> }
    const direct = callflowOf('7001', [{ type: 'device', params: { deviceId: deviceId('1003') } }])
    const calls = [
      dial('1003', changes, world),
      dial('7001', { ...direct, ...changes }, world),
      dial('7000', { ...group([{ kind: 'user', id: userId('1003') }]), ...changes }, world),
    ]

    for (const call of calls) {
      expect(call.rang).toEqual([])
      expect(call.reasons.join()).toContain(reason)
    }
  })

  it('R-141: a device whose Follow-Me is off still places calls', () => {
    expect(targets(dial('1003', { 'device/desk-1002': { followMe: false } }))).toEqual([deviceId('1003')])
  })

  it('R-142: with schedules the desk phone rings from nine to five, the cell phone otherwise', () => {
    const changes = {
      'device/desk-1001': { followMeSchedule: 'schedule-open' },
      'device/browser-1001': { followMe: false },
      'device/cell-1001': { followMe: true, followMeSchedule: 'schedule-closed' },
      'schedule/schedule-closed': { name: 'Closed', recurrence: { cycle: 'daily' }, start: '17:00', end: '09:00' },
    }

    expect(targets(dial('1001', changes, { at: '2026-11-24T15:00:00.000Z' }))).toEqual([deviceId('1001')])
    expect(targets(dial('1001', changes, { at: '2026-11-25T01:00:00.000Z' }))).toEqual(['+12065550104'])
  })

  it('live facts of a whole group come from one look-up', () => {
    const call = dial('8001', {}, {}, stranger).press('4')

    expect(call.lookUps.filter((keys) => keys.some(({ kind }) => kind === 'device'))).toHaveLength(1)
  })

  it('a group of a hundred people with two phones each rings a hundred of them', () => {
    const many = Array.from({ length: 100 }, (_, index) => `u${index}`)
    const people = Object.fromEntries(
      many.flatMap((id) => [
        [`user/${id}`, { firstName: id }],
        [`ownership/${id}`, { deviceIds: [`${id}-a`, `${id}-b`] }],
        ...['a', 'b'].map((one) => [
          `device/${id}-${one}`,
          { type: 'sip-phone', name: id, ownerId: id, username: `${id}-${one}` },
        ]),
      ]),
    ) as Record<string, object>
    const call = dial('7000', { ...people, ...group(many.map((id) => ({ kind: 'user', id }))) })

    expect(call.given('ring')[0]?.plan.legs).toHaveLength(100)
  })
})

describe('a ring group', () => {
  it('R-067, R-073: users and devices make one set, each endpoint once', () => {
    const members = [
      { kind: 'user', id: userId('1001') },
      { kind: 'device', id: deviceId('1001') },
      { kind: 'device', id: deviceId('1003') },
    ]

    expect(targets(dial('7000', group(members)))).toEqual([...alexPhones, deviceId('1003')].toSorted())
  })

  it('R-069: in order, each rings its time after the one before', () => {
    const third = { kind: 'device', id: deviceId('1005'), timeoutSeconds: 10 }

    expect(windows(dial('7000', group([...two, third], { strategy: 'in-order' })))).toEqual({
      [deviceId('1003')]: [0, 10],
      [deviceId('1004')]: [10, 20],
      [deviceId('1005')]: [20, 30],
    })
  })

  it('R-069, R-126: in order, all phones of a person have their turn together', () => {
    // Phones of one person once rang one after another, so that whoever came next waited for each of them.
    const members = [{ kind: 'user', id: userId('1001'), timeoutSeconds: 10 }, two[0] ?? {}]

    expect(windows(dial('7000', group(members, { strategy: 'in-order' })))).toEqual({
      [deviceId('1001')]: [0, 10],
      'browser-1001': [0, 10],
      [deviceId('1003')]: [10, 20],
    })
  })

  it('R-069: in order, a member whose calls are forwarded keeps the place it was given', () => {
    // Forwards once came before everybody who has none.
    const members = [two[0] ?? {}, { kind: 'user', id: userId('1004'), timeoutSeconds: 10 }]
    const forwards = { 'user/user-1004': { callForward: { enabled: true, number: '+12065550177' } } }

    expect(windows(dial('7000', { ...group(members, { strategy: 'in-order' }), ...forwards }))).toEqual({
      [deviceId('1003')]: [0, 10],
      '+12065550177': [10, 20],
    })
  })

  it('R-070: a delay of 5 s and a time of 15 s ring from 5 to 20', () => {
    const late = { kind: 'device', id: deviceId('1004'), delaySeconds: 5, timeoutSeconds: 15 }

    expect(windows(dial('7000', group([two[0] ?? {}, late])))[deviceId('1004')]).toEqual([5, 20])
  })

  it('R-070: the caller hears the chosen ring-back', () => {
    const call = dial('7000', group(two, { ringback: 'media-open' }))

    expect(call.given('ring')[0]?.ringback).toEqual({ media: 'media-open' })
  })

  it('R-071: after 20 s without an answer the next module has its turn', () => {
    const call = dial('7000', group(two, { timeoutSeconds: 20 }))

    expect(call.path).toEqual(['flow-7000.n1>no-answer', 'flow-7000.n2'])
    expect(dial('7000', group([{ ...two[0], timeoutSeconds: 60 }], { timeoutSeconds: 20 })).seconds).toBeCloseTo(20, 0)
  })

  it('longer than two minutes is cut into several plans that ring on', () => {
    const call = dial(
      '7000',
      group([
        { ...two[0], timeoutSeconds: 120, delaySeconds: 60 },
        { ...two[1], timeoutSeconds: 120 },
      ]),
    )

    expect(call.given('ring').map(({ plan }) => plan.timeoutSeconds)).toEqual([120, 60])
    expect(call.seconds).toBeCloseTo(180, 0)
  })

  it('everybody is rung as many times as asked', () => {
    const call = dial('7000', group(two, { repeats: 3 }))

    expect(call.given('ring')).toHaveLength(3)
    expect(new Set(call.given('ring').map(({ plan }) => plan.id)).size).toBe(3)
  })

  it('a decline ends the ringing of all only where the group says so', () => {
    const phones = { [deviceId('1003')]: { does: 'decline', afterSeconds: 2 } } as const

    expect(dial('7000', group(two), { phones }).seconds).toBeCloseTo(10, 0)
    expect(dial('7000', group(two, { stopOnDecline: true }), { phones }).seconds).toBeCloseTo(2, 0)
  })

  it('weights decide who tends to come first, and a replay draws the same', () => {
    const weighted = group(
      [
        { ...two[0], weight: 95 },
        { ...two[1], weight: 5 },
      ],
      { strategy: 'weighted' },
    )
    const firsts = Array.from(
      { length: 60 },
      (_, index) =>
        drive({ documents: acmeWith(weighted) })
          .arrive(desk, '7000', { callId: `call-${index}` })
          .rang.at(0)?.target,
    )

    expect(firsts.filter((target) => target === deviceId('1003')).length).toBeGreaterThan(45)
    expect(targets(dial('7000', weighted))).toEqual(targets(dial('7000', weighted)))
  })

  it('R-072: where weights decide, the people of a Group are drawn by theirs', () => {
    const weighted = {
      ...group([{ kind: 'group', id: 'drawn', timeoutSeconds: 10 }], { strategy: 'weighted' }),
      'group/drawn': {
        name: 'Drawn',
        members: [
          { kind: 'device', id: deviceId('1003'), weight: 5 },
          { kind: 'device', id: deviceId('1004'), weight: 95 },
        ],
      },
    }
    const documents = acmeWith(weighted)
    const firsts = Array.from(
      { length: 60 },
      (_, index) =>
        drive({ documents })
          .arrive(desk, '7000', { callId: `call-${index}` })
          .rang.at(0)?.target,
    )

    expect(firsts.filter((target) => target === deviceId('1004')).length).toBeGreaterThan(45)
  })

  it('R-072: somebody added to a Group rings without an edit of the callflow', () => {
    const changes = group([{ kind: 'group', id: 'group-reception', timeoutSeconds: 20 }])
    const more = {
      'group/group-reception': { members: ['1008', '1009', '1006'].map((n) => ({ kind: 'user', id: userId(n) })) },
    }

    expect(targets(dial('7000', changes))).toEqual([deviceId('1008'), deviceId('1009')])
    expect(targets(dial('7000', { ...changes, ...more }))).toContain(deviceId('1006'))
  })

  it('R-233: somebody taken out of a Group rings in none of the callflows that use it', () => {
    const member = [{ kind: 'group', id: 'group-reception' }]
    const flows = ['7001', '7002', '7003'].flatMap((number) =>
      Object.entries(callflowOf(number, [{ type: 'ring-group', params: { ringGroupId: `g${number}` } }])).concat([
        [`ring-group/g${number}`, { name: number, members: member }],
      ]),
    )
    const without = { 'group/group-reception': { members: [{ kind: 'user', id: userId('1009') }] } }

    for (const number of ['7001', '7002', '7003'])
      expect(targets(dial(number, { ...Object.fromEntries(flows), ...without }))).toEqual([deviceId('1009')])
  })

  it('a group that holds itself is opened once', () => {
    const changes = {
      ...group([{ kind: 'group', id: 'loop' }]),
      'group/loop': {
        name: 'Loop',
        members: [
          { kind: 'group', id: 'loop' },
          { kind: 'device', id: deviceId('1003') },
        ],
      },
    }

    expect(targets(dial('7000', changes))).toEqual([deviceId('1003')])
  })
})

describe('a device', () => {
  it('R-085: only that device rings, whatever else its owner has', () => {
    const changes = callflowOf('7001', [{ type: 'device', params: { deviceId: 'browser-1001' } }])

    expect(targets(dial('7001', changes))).toEqual(['browser-1001'])
  })
})
