/** One code, whatever it is dialled on: a desk phone, a browser, and a cell phone that calls in. The shipped handler over a real table. */
import type { SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import type { Store } from '@offhook/store/store.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ToldCalls } from './testing/calls.ts'
import { handlerUnderTest } from './testing/handler-under-test.ts'

const by = { by: 'test' }
const did = '+16045550100'
const pin = '738291'

let engine: TestEngine
let store: Store
let calls: ToldCalls
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  store = await engine.store()
  await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
  await store.extensions.create('acme', { number: '1001', firstName: 'Ann' }, by, { userId: 'ann', deviceId: 'desk' })
  await store.documents.save(
    'acme',
    'device',
    { id: 'browser', type: 'browser', name: 'Browser', ownerId: 'ann', username: 'browser' },
    by,
  )
  await store.documents.save('acme', 'phone-number', { id: did.slice(1), number: did }, by)
  const node = { id: 'n', type: 'disa', params: { pin, userId: 'ann', featureCodes: true }, exits: {} }
  await store.documents.save(
    'acme',
    'callflow',
    { id: 'in', name: 'In', numbers: [did], root: 'n', nodes: { n: node } },
    by,
  )
  calls = new ToldCalls(handlerUnderTest({}, { store }))
})

type Actions = Awaited<ReturnType<ToldCalls['arrive']>>

/** Dials a code and answers with all that is to be done about it. */
const ways: Readonly<Record<string, (callId: string, code: string) => Promise<Actions>>> = {
  'a desk phone': (callId, code) => calls.arrive(callId, { deviceId: 'desk' }, code),
  'a browser': (callId, code) => calls.arrive(callId, { deviceId: 'browser' }, code),
  'a cell phone through DISA': async (callId, code) => {
    const asked = await calls.arrive(callId, { did }, did)
    const tone = await calls.done(callId, asked.at(-1) as SmaAction, { ReceivedDigits: pin })
    expect(JSON.stringify(tone)).toContain('tones/dial.wav')
    return calls.done(callId, tone.at(-1) as SmaAction, { ReceivedDigits: code })
  },
}

describe.each(Object.entries(ways))('from %s', (_, dial) => {
  it.each([
    ['*78', 'dnd-on', { doNotDisturb: true }],
    ['*76', 'dnd-on', { doNotDisturb: true }],
    ['*722065550104', 'forward-on', { forward: { enabled: true, number: '2065550104' } }],
    ['*902065550104', 'forward-on-busy', { forwardBusy: { enabled: true, number: '2065550104' } }],
    ['*532065550104', 'forward-on-unanswered', { forwardUnanswered: { enabled: true, number: '2065550104' } }],
    ['*73', 'forward-off', { forward: { enabled: false } }],
  ])('R-159: %s says %s and sets it for the person', async (code, said, set) => {
    expect(JSON.stringify(await dial('call', code))).toContain(`/${said}.`)
    expect(await store.facts.get('acme', 'user', 'ann')).toEqual(set)
  })

  it('R-159: *97 opens the mailbox of the person', async () => {
    expect(JSON.stringify(await dial('call', '*97'))).toContain('vm-')
  })
})

it('wrong PINs are counted in the table over calls, and lock DISA for everybody', async () => {
  const guess = async (callId: string) => {
    let actions = await calls.arrive(callId, { did }, did)
    for (const digits of ['111222', '222333', '333444'])
      actions = await calls.done(callId, actions.at(-1) as SmaAction, { ReceivedDigits: digits })
    await calls.hangUp(callId)
    return JSON.stringify(actions)
  }
  await guess('one')
  expect(await store.facts.get('acme', 'account', 'account')).toMatchObject({ disaFailures: 3 })
  await guess('two')

  expect(await guess('three')).toContain('disa-locked')
  expect(await store.facts.get('acme', 'account', 'account')).toMatchObject({
    disaFailures: 0,
    disaLockedUntil: expect.stringMatching(/^2026-11-23T09:45/),
  })
  expect(JSON.stringify(await calls.arrive('four', { did }, did))).toContain('disa-locked')
})
