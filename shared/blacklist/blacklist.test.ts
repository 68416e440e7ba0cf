import { describe, expect, it } from 'vitest'
import { Account } from '../model/account.ts'
import { Blacklist } from '../model/blacklist.ts'
import { singletonId } from '../model/document.ts'
import { drive } from '../testing/drive.ts'
import { documentsOf } from '../testing/run-example.ts'
import { blockedBy } from './blacklist.ts'

const list = (input: Record<string, unknown>) => Blacklist.parse({ id: 'pests', name: 'Pests', ...input })
const numbers = (...wanted: string[]) => list({ numbers: wanted.map((number) => ({ number })) })
const caller = (number?: string, name?: string) => ({
  anonymous: false,
  ...(number === undefined ? {} : { number }),
  ...(name === undefined ? {} : { name }),
})

describe('callers who are refused', () => {
  it('R-018: only while their list is active in the account', () => {
    const saved = new Map([['pests', numbers('+16041234567')]])
    const active = (blacklists: string[]) =>
      Account.parse({ id: 'acme', name: 'Acme', address: 'acme', blacklists }).blacklists.flatMap(
        (id) => saved.get(id) ?? [],
      )

    expect(blockedBy(caller('+16041234567'), active([]), 'US')).toBeUndefined()
    expect(blockedBy(caller('+16041234567'), active(['pests']), 'US')?.name).toBe('Pests')
    expect(blockedBy(caller('+16041234567'), active([]), 'US')).toBeUndefined()
  })

  it('R-019: by any of several active lists, and the list is named', () => {
    const lists = [numbers('+16045550001'), list({ id: 'more', name: 'More', numbers: [{ number: '+16045550002' }] })]

    expect(blockedBy(caller('+16045550001'), lists, 'US')?.id).toBe('pests')
    expect(blockedBy(caller('+16045550002'), lists, 'US')?.id).toBe('more')
    expect(blockedBy(caller('+16045550003'), lists, 'US')).toBeUndefined()
  })

  it.each(['604-123-4567', '+16041234567', '6041234567', '1 604 123 4567', '(604) 123-4567'])(
    'R-174: however the number was written: %s',
    (written) => {
      for (const calling of ['+16041234567', '6041234567', '16041234567'])
        expect(blockedBy(caller(calling), [numbers(written)], 'US')).toBeDefined()
      expect(blockedBy(caller('+16041234568'), [numbers(written)], 'US')).toBeUndefined()
    },
  )

  it.each([
    ['the network says so', { anonymous: true }],
    ['by the word for it', caller('Anonymous')],
    ['by a name', caller(undefined, 'RESTRICTED')],
    ['by zeros', caller('0000000000')],
  ])('R-175: hidden callers where the list says so (%s)', (_, hidden) => {
    expect(blockedBy(hidden, [list({ blockAnonymous: true })], 'US')).toBeDefined()
    expect(blockedBy(hidden, [numbers('anonymous')], 'US')).toBeDefined()
    expect(blockedBy(hidden, [numbers('+16041234567')], 'US')).toBeUndefined()
  })

  it('R-175: a missing number is not a hidden one', () => {
    expect(blockedBy(caller('unknown'), [list({ blockAnonymous: true })], 'US')).toBeUndefined()
    expect(blockedBy(caller(), [list({ blockAnonymous: true })], 'US')).toBeUndefined()
  })

  it('R-175: by name, without case', () => {
    expect(blockedBy(caller('+16045550001', 'Duct Cleaning'), [list({ names: ['DUCT cleaning'] })], 'US')).toBeDefined()
    expect(blockedBy(caller('+16045550001', 'Dana'), [list({ names: ['DUCT cleaning'] })], 'US')).toBeUndefined()
  })
})

describe('a call from somebody on a list', () => {
  const pest = '+16041234567'
  const documents = (
    account: Record<string, unknown>,
    blacklist: Record<string, unknown> = { numbers: [{ number: pest }] },
  ) =>
    documentsOf({
      [`account/${singletonId}`]: { id: 'acme', name: 'Acme', address: 'acme', ...account },
      [`routing/${singletonId}`]: {},
      'blacklist/pests': { name: 'Pests', ...blacklist },
      'callflow/main': { numbers: ['8000'], root: 'a', nodes: { a: { id: 'a', type: 'play-media', params: {} } } },
      'number-route/n8000': { number: '8000', callflowId: 'main' },
      'device/desk': { type: 'sip-phone', name: 'Desk', username: 'desk' },
    })
  const active = documents({ blacklists: ['pests'] })
  const call = (
    world: Parameters<typeof drive>[0],
    from: Parameters<ReturnType<typeof drive>['arrive']>[0] = { outside: pest },
  ) => drive(world).arrive(from, '8000')

  it('R-018: is refused from activation in the account to deactivation', () => {
    expect(call({ documents: documents({}) }).path).toContain('main.a>next')
    const refused = call({ documents: active })
    expect(refused.path).toEqual([])
    expect(refused.given('hang-up')).toMatchObject([{ cause: 'busy' }])
    expect(call({ documents: documents({ blacklists: [] }) }).path).toContain('main.a>next')
  })

  it('R-177: is in the history as blocked, with the name of the list', () => {
    expect(call({ documents: active }).cdr).toMatchObject({ disposition: 'blocked', reason: 'blocked by Pests' })
  })

  it.each([
    ['5 minutes', '2026-11-24T14:55:00.000Z', true],
    ['29 minutes', '2026-11-24T14:31:00.000Z', true],
    ['31 minutes', '2026-11-24T14:29:00.000Z', false],
  ])('R-176: %s after somebody here called for help, it rings despite the block: %s', (_, emergencyAt, rings) => {
    const facts = { [`account/${singletonId}`]: { emergencyAt } }
    const everybody = documents({ blacklists: ['pests'] }, { blockAnonymous: true, numbers: [{ number: pest }] })

    expect(call({ documents: everybody, facts }).path.length > 0).toBe(rings)
    expect(call({ documents: everybody, facts }, { anonymous: true }).path.length > 0).toBe(rings)
  })

  it('R-176: never stops an internal call', () => {
    const named = documents({ blacklists: ['pests'] }, { names: ['Desk'], blockAnonymous: true })

    expect(call({ documents: named }, { device: 'desk' }).path).toContain('main.a>next')
  })
})
