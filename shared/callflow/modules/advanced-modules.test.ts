/** Variables, digits, speech and time between modules, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { deviceId } from '../../testing/acme.ts'
import { type Changes, callflowOf, dialAcme as dial } from '../../testing/acme-with.ts'
import type { DrivenCall } from '../../testing/drive.ts'
import { modules } from './index.ts'

const stranger = { outside: '+14255550163' } as const
const box = (id: string) => ({ type: 'voicemail', params: { voicemailBoxId: id } })
const call = (changes: Changes) => dial('7000', changes, {}, stranger)

describe('digits that decide', () => {
  const flow = callflowOf('7000', [
    {
      type: 'collect-digits',
      params: { digitsMin: 4, digitsMax: 4, variable: 'pin', mediaId: 'media-open' },
      exits: { next: 'n2', 'no-digits': 'n4' },
    },
    {
      type: 'branch',
      params: { variable: 'pin', branches: [{ exit: 'right', value: '4711' }] },
      exits: { right: 'n3', other: 'n4' },
    },
    box('box-sales'),
    box('box-general'),
  ])

  it('what a caller keys in is kept, and a branch goes by it', () => {
    expect(call(flow).heard).toEqual(['media-open'])
    expect(call(flow).press('4711').state.position?.nodeId).toBe('n3')
    expect(call(flow).press('0815').state.position?.nodeId).toBe('n4')
    expect(call(flow).press('').path).toEqual(['flow-7000.n1>no-digits'])
  })

  it('variables set by a module decide as well, also in another callflow (R-092)', () => {
    const variables = [{ name: 'level', type: 'custom', value: '7' }]
    const changes = {
      ...callflowOf('7000', [
        { type: 'set-variables', params: { variables } },
        { type: 'callflow', params: { callflowId: 'flow-7001' } },
      ]),
      ...callflowOf('7001', [
        {
          type: 'branch',
          params: { variable: 'level', branches: [{ exit: 'high', is: 'more', value: '5' }] },
          exits: { high: 'n2', other: 'n3' },
        },
        box('box-sales'),
        box('box-general'),
      ]),
    }

    expect(call(changes).state.position?.nodeId).toBe('n2')
  })
})

describe('Callflow Variables', () => {
  it('R-089: offers every type a module can be given by, and values of any', () => {
    const variables = modules.find(({ type }) => type === 'set-variables')
    const types = 'user device callflow queue voicemail-box menu media directory conference fax-box group custom'.split(
      ' ',
    )
    const wanted = types.map((type, index) => ({ name: `v${index}`, type, value: 'x' }))

    expect(variables?.params.safeParse({ variables: wanted }).success).toBe(true)
    expect(variables?.params.safeParse({ variables: [{ name: 'v', type: 'planet', value: 'x' }] }).success).toBe(false)
  })
})

describe('values that are those of other variables', () => {
  const flow = (rows: Record<string, string>, before: object[] = []) =>
    callflowOf('7000', [
      ...before,
      {
        type: 'set-variables',
        params: { variables: Object.entries(rows).map(([name, value]) => ({ name, type: 'voicemail-box', value })) },
      },
      { type: 'voicemail', params: { routeVariable: 'box' } },
    ] as Parameters<typeof callflowOf>[1])
  const setTo = (driven: DrivenCall) =>
    Object.fromEntries(Object.entries(driven.state.traits.variables).map(([name, { value }]) => [name, value]))

  it('R-090: digits a caller keyed in name the object that a later module uses', () => {
    const digits = { type: 'collect-digits', params: { digitsMax: 9, variable: 'keyed' }, exits: { next: 'n2' } }
    const boxes = { 'voicemail-box/4711': { name: 'Keyed', number: '4711' } }
    const driven = call({ ...flow({ box: '$keyed' }, [digits]), ...boxes }).press('4711')

    expect(driven.state.traits.voicemailBoxId ?? setTo(driven).box).toBe('4711')
    expect(driven.state.position?.nodeId).toBe('n3')
  })

  it('R-089: in any order, through each other', () => {
    expect(setTo(call(flow({ box: '$second', second: '$third', third: 'box-sales' }))).box).toBe('box-sales')
  })

  it('R-091: one that refers to itself, in a circle or to nothing is dropped and reported, and text with a $ is text', () => {
    const driven = call(flow({ me: '$me', one: '$two', two: '$one', none: '$nothing', price: '$5 off' }))

    expect(setTo(driven)).toEqual({ price: '$5 off' })
    expect(driven.reasons).toContain('refers to nothing: me, one, two, none')
  })
})

describe('speech and time', () => {
  it('a text is spoken, a language chosen, a pause kept', () => {
    const spoken = call(
      callflowOf('7000', [
        { type: 'text-to-speech', params: { text: 'Good morning.' } },
        { type: 'language', params: { language: 'fr-CA' } },
        { type: 'sleep', params: { seconds: 45 } },
        box('box-general'),
      ]),
    )

    expect(spoken.heard[0]).toBe('Good morning.')
    expect(spoken.state.traits.language).toBe('fr-CA')
    expect(spoken.given('pause').map(({ durationMs }) => durationMs)).toEqual([30_000, 15_000])
    expect(spoken.state.position?.nodeId).toBe('n4')
  })

  it.each([
    ['busy', 'busy', 'busy'],
    ['unavailable', 'refused', 'unavailable'],
  ])('Response %s reaches a caller who was not answered', (status, disposition, cause) => {
    const refused = call(callflowOf('7000', [{ type: 'response', params: { status } }]))

    expect(refused.types.filter((type) => type !== 'look-up')).toEqual(['hang-up'])
    expect(refused.given('hang-up')[0]?.cause).toBe(cause)
    expect(refused.cdr.disposition).toBe(disposition)
  })
})

describe('Missed Call Alert', () => {
  const users = { 'user/user-1003': { email: 'sam@acme.example' } }
  const params = { userIds: ['user-1003'], emails: ['team@acme.example', 'sam@acme.example'] }
  const flow = (...after: object[]) => ({
    ...callflowOf('7000', [
      { type: 'missed-call-alert', params },
      { type: 'user', params: { userId: 'user-1003' } },
      ...(after as { type: string }[]),
    ]),
    ...users,
  })
  const told = (done: DrivenCall) => done.given('notify').map(({ what, to, text }) => ({ what, to, text }))

  it('tells everybody once when an outside caller talks to nobody', () => {
    expect(told(call(flow()))).toEqual([
      {
        what: 'missed-call',
        to: ['sam@acme.example', 'team@acme.example'],
        text: 'A call from +14255550163 to 7000 was missed.',
      },
    ])
  })

  it('tells nobody when somebody answered, a message was left, or a colleague called', () => {
    const answered = { [deviceId('1003')]: { does: 'answer' } } as const
    const spoken = dial('7000', flow(), { phones: answered }, stranger).talk(10).hangUp()
    const message = call(flow(box('box-general')))
      .press('')
      .speak(8)
      .press('1')
    const inside = dial('7000', flow(), {}, { device: deviceId('1002') })

    expect([spoken, message, inside].map((one) => one.state.phase)).toEqual(['ended', 'ended', 'ended'])
    expect([spoken, message, inside].flatMap(told)).toEqual([])
  })

  it('tells of a caller who gave up in a greeting', () => {
    const menu = { type: 'menu', params: { menuId: 'menu-open' } }

    expect(told(call(flow(menu)).hangUp())).toHaveLength(1)
  })
})
