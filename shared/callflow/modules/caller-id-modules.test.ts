/** Modules that look at who calls or change what is shown, as calls through the real engine. */
import { describe, expect, it } from 'vitest'
import { acmeMainDid, deviceId, userId } from '../../testing/acme.ts'
import { type Changes, callflowOf, dialAcme as dial } from '../../testing/acme-with.ts'
import type { From } from '../../testing/drive.ts'
import { Callflow } from '../callflow.ts'
import { checkCallflow } from '../check-callflow.ts'

const stranger = { outside: '+16041234567', name: 'Pat Caller' } as const
const match = (params: object): Changes =>
  callflowOf('7000', [
    { type: 'match-caller-id', params, exits: { match: 'n2', 'no-match': 'n3' } },
    { type: 'voicemail', params: { voicemailBoxId: 'box-sales' } },
    { type: 'voicemail', params: { voicemailBoxId: 'box-general' } },
  ])
const wayOf = (params: object, from: From) => dial('7000', match(params), {}, from).path[0]

describe('Match Caller ID', () => {
  const pattern = String.raw`\b(?:6041234567|1002)\b`

  it('R-093: has one way for a number that matches and one for all others', () => {
    expect(wayOf({ pattern }, stranger)).toBe('flow-7000.n1>match')
    expect(wayOf({ pattern }, { outside: '+12065550199' })).toBe('flow-7000.n1>no-match')
    expect(dial('7000', match({ pattern }), {}, stranger).state.position?.nodeId).toBe('n2')
  })

  it('R-094: the number is compared without its +1, however the carrier sends it', () => {
    for (const outside of ['+16041234567', '16041234567', '6041234567'])
      expect(wayOf({ pattern: '^6041234567$' }, { outside })).toBe('flow-7000.n1>match')
  })

  it('an inside caller is compared by the number they show', () => {
    expect(wayOf({ pattern }, { device: deviceId('1002') })).toBe('flow-7000.n1>match')
    expect(wayOf({ pattern }, { device: deviceId('1003') })).toBe('flow-7000.n1>no-match')
  })

  it('R-101: a withheld number matches nothing, unless callers without one are said to', () => {
    expect(wayOf({ pattern: '.*' }, { anonymous: true })).toBe('flow-7000.n1>no-match')
    expect(wayOf({ pattern: '', anonymous: true }, { anonymous: true })).toBe('flow-7000.n1>match')
    expect(wayOf({ pattern: '', anonymous: true }, stranger)).toBe('flow-7000.n1>no-match')
  })

  const problems = (params: object, type = 'match-caller-id') =>
    checkCallflow(
      Callflow.parse({
        id: 'flow',
        root: 'n1',
        nodes: {
          n1: { id: 'n1', type, params, exits: { 'no-match': 'n2' } },
          n2: { id: 'n2', type: 'hang-up' },
        },
      }),
    )

  it('R-100: what is no expression in linear time is refused when saved', () => {
    for (const bad of ['(', String.raw`(6)\1`, '(?=6)'])
      expect(problems({ pattern: bad }), bad).toMatchObject([{ severity: 'error', field: 'nodes.n1.params.pattern' }])
    expect(problems({ pattern: '(a+)+$' })).toEqual([])
  })

  it('R-098: what matches more than was meant is saved with a warning that shows the exact form', () => {
    expect(problems({ pattern: String.raw`\b6041234567|7781234567\b` })).toMatchObject([
      {
        severity: 'warning',
        field: 'nodes.n1.params.pattern',
        message: String.raw`This also matches 6041234567890. The exact form is \b(?:6041234567|7781234567)\b`,
      },
    ])
  })
})

describe('Fax Box', () => {
  const fax = { id: 'fax', type: 'fax-box', params: { faxBoxId: 'fax-main' } }
  const bye = { id: 'bye', type: 'hang-up' }
  const check = (root: string, nodes: Record<string, object>) =>
    checkCallflow(Callflow.parse({ id: 'flow', root, nodes })).map(({ severity, field }) => `${severity} ${field}`)

  it('R-102: is an end, and tells a caller that faxes are not available', () => {
    const call = dial('7000', callflowOf('7000', [fax, { type: 'hang-up' }]), {}, stranger)

    expect(call.heard).toEqual(['not-available'])
    expect(call.cdr).toMatchObject({ disposition: 'failed', reason: 'faxes to Fax are not available' })
    expect(check('fax', { fax: { ...fax, exits: { next: 'bye' } }, bye })).toContain('error nodes.fax.exits.next')
  })

  it('R-102: belongs at the start of a callflow of its own', () => {
    const hello = { id: 'hello', type: 'text-to-speech', params: { text: 'Hi.' }, exits: { next: 'fax' } }

    expect(check('fax', { fax })).not.toContain('warning nodes.fax.type')
    expect(check('hello', { hello, fax })).toContain('warning nodes.fax.type')
  })
})

describe('what is shown', () => {
  const ring = { type: 'user', params: { userId: userId('1003') } }
  const shown = (params: object, from: From = stranger, changes: Changes = {}) =>
    dial('7000', { ...callflowOf('7000', [{ type: 'set-caller-id', params }, ring]), ...changes }, {}, from).given(
      'ring',
    )[0]?.plan

  it('Set Caller ID shows another name, another number or both on phones of the account', () => {
    expect(shown({ name: 'Door' })?.display).toEqual({ name: 'Door', number: '+16041234567' })
    expect(shown({ number: '1000' })?.display).toEqual({ name: 'Pat Caller', number: '1000' })
    expect(shown({ name: 'Door', number: '1000' }, { device: deviceId('1002') })?.display).toEqual({
      name: 'Door',
      number: '1000',
    })
    expect(shown({})?.display).toEqual({ name: 'Pat Caller', number: '+16041234567' })
  })

  it('outside, only a number of the account takes the place of the caller’s', () => {
    const forward: Changes = { 'user/user-1003': { callForward: { enabled: true, number: '+12065550177' } } }
    const outside = (params: object) => {
      const target = shown(params, stranger, forward)?.legs[0]?.target
      return target?.kind === 'trunk' ? target.callerId : undefined
    }

    expect(outside({ name: 'Door', number: acmeMainDid })).toEqual({ name: 'Door', number: acmeMainDid })
    expect(outside({ name: 'Door', number: '+12065550199' })).toEqual({ name: 'Door', number: '+16041234567' })
  })

  it('Dynamic Caller ID shows the number of the account that was keyed in', () => {
    const nodes = [{ type: 'dynamic-caller-id', params: { otherwise: { name: 'Acme' } } }, ring]
    const call = (digits: string) =>
      dial('7000', callflowOf('7000', nodes), {}, { device: deviceId('1002') })
        .press(digits)
        .given('ring')[0]?.plan.display

    expect(call('6045550101')?.number).toBe('+16045550101')
    expect(call('2065550199')).toEqual({ name: 'Acme', number: '1002' })
  })
})
