import type { Store } from '@offhook/store/store.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Origin, ToldCalls } from './testing/calls.ts'
import { handlerUnderTest } from './testing/handler-under-test.ts'

const by = { by: 'test' }
const didOfSam = '+16045550142'
const outside = '2065550163'

let engine: TestEngine
let store: Store
let nowMs: number
let calls: ToldCalls
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
/** Two phones; Sam's calls go to a cell phone as well. One outside call at once, two calls a phone, three in all. */
beforeEach(async () => {
  nowMs = Date.parse('2026-11-24T15:00:00.000Z')
  store = await engine.store({ now: () => nowMs })
  await store.accounts.create({
    id: 'acme',
    name: 'Acme',
    address: 'acme',
    caps: { callsMax: 3, outboundMax: 1, perDeviceMax: 2 },
    callerId: { external: { number: didOfSam } },
  })
  await store.documents.save('acme', 'phone-number', { id: '16045550142', number: didOfSam }, by)
  for (const [number, firstName, numbers] of [
    ['1001', 'Ann', []],
    ['1002', 'Sam', [didOfSam]],
  ] as const)
    await store.extensions.create('acme', { number, firstName, numbers }, by, {
      userId: `user-${number}`,
      deviceId: `desk-${number}`,
    })
  const cell = { id: 'cell', type: 'cell', name: 'Cell', ownerId: 'user-1002', number: '+12065550104' }
  await store.documents.save('acme', 'device', cell, by)
  const underTest = handlerUnderTest({}, { store })
  underTest.time.nowMs = nowMs
  calls = new ToldCalls(underTest)
})

const call = async (callId: string, from: Origin, dialled: string): Promise<string[]> =>
  (await calls.arrive(callId, from, dialled)).map(({ Type }) => Type)
const hangUp = (callId: string) => calls.hangUp(callId)

const reasons = async (): Promise<string[]> => {
  const day = { from: '2026-11-24T00:00:00.000Z', to: '2026-11-25T00:00:00.000Z' }
  return (await store.cdrs.list('acme', day)).items.map(({ reason }) => reason)
}
const up = async () => (await store.calls.up('acme')).map(({ callId }) => callId).toSorted()

const ann = { deviceId: 'desk-1001' }
const sam = { deviceId: 'desk-1002' }
const rings = ['CallAndBridge']
const refused = ['Hangup']

describe('the caps of an account, with the store that counts', () => {
  it('an outside call over the cap is refused, one for help is not, and the next may go when the first is over', async () => {
    expect(await call('first', ann, outside)).toEqual(rings)
    expect(await call('second', sam, outside)).toEqual(refused)
    expect(await call('help', sam, '911')).toEqual(rings)
    expect(await call('inside', sam, '1001')).toEqual(rings)
    expect(await reasons()).toEqual(['outside call cap of the account reached'])

    for (const callId of ['first', 'help', 'inside']) await hangUp(callId)
    expect(await up()).toEqual([])
    expect(await call('third', sam, outside)).toEqual(rings)
  })

  it("a device's calls over its cap are refused, others' are not, and neither is one for help", async () => {
    expect(await call('one', ann, '1002')).toEqual(rings)
    expect(await call('two', ann, '1002')).toEqual(rings)
    expect(await call('three', ann, '1002')).toEqual(refused)
    expect(await call('other', sam, '1001')).toEqual(rings)
    expect(await call('help', ann, '911')).toEqual(rings)
    expect(await reasons()).toEqual(['call cap of the device reached'])
  })

  it('a call over the cap of the account is refused, one for help is not', async () => {
    for (const callId of ['one', 'two']) await call(callId, ann, '1002')
    await call('three', sam, '1001')

    expect(await call('four', { did: didOfSam }, '')).toEqual(refused)
    expect(await call('help', sam, '911')).toEqual(rings)
    expect(await reasons()).toEqual(['call cap of the account reached'])
  })

  it('a caller from outside who rings a cell phone occupies a line to the outside, until the end', async () => {
    expect(await call('forwarded', { did: didOfSam }, '')).toEqual(rings)
    expect(await call('dialled', ann, outside)).toEqual(refused)

    await hangUp('forwarded')
    expect(await call('again', ann, outside)).toEqual(rings)
  })

  it('a turn told twice counts once, and a call nobody ended drops out of the count by itself', async () => {
    await call('first', ann, outside)
    await call('first', ann, outside)
    expect(await store.facts.get('acme', 'account', 'account')).toEqual({ callsUp: 1, outboundUp: 1 })
    expect(await call('second', sam, outside)).toEqual(refused)

    nowMs += 4 * 3_600_000
    expect(await store.facts.get('acme', 'account', 'account')).toEqual({ callsUp: 0, outboundUp: 0 })
    expect(await call('third', sam, outside)).toEqual(rings)
  })
})
