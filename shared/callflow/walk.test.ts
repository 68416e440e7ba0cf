/** How a call goes through callflows: rows of sections D, F and G, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { deviceId, userId } from '../testing/acme.ts'
import { callflowOf, dialAcme as dial } from '../testing/acme-with.ts'
import type { DrivenCall } from '../testing/drive.ts'

const stranger = { outside: '+14255550163', name: 'Pat Caller' } as const
const answers = (number: string) => ({ phones: { [deviceId(number)]: { does: 'answer', afterSeconds: 3 } } }) as const

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

  it('R-106, R-109: a cell phone and whoever a call is forwarded to are shown the text too, and the number as it is', () => {
    const cell = { 'device/cell-1001': { followMe: true } }
    const forward = {
      'user/user-1003': { callForward: { enabled: true, number: '+12065550177', keepCallerId: false } },
    }
    const outside = (userNumber: string, changes: object) => {
      const nodes = [
        { type: 'prepend', params: { name: 'GEN' } },
        { type: 'user', params: { userId: userId(userNumber) } },
      ]
      const legs = dial('7000', { ...callflowOf('7000', nodes), ...changes }, {}, stranger).given('ring')[0]?.plan.legs
      const target = legs?.find((leg) => leg.target.kind === 'trunk')?.target
      return target?.kind === 'trunk' ? target.callerId : undefined
    }

    expect(outside('1001', cell)).toEqual({ name: 'GEN Pat Caller', number: '+14255550163' })
    expect(outside('1003', forward)).toEqual({ name: 'GEN Acme', number: '+16045550100' })
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
