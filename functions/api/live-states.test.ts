/** What people set by phone, as somebody sees it who looks at users and devices: the shipped handler and the shipped API over one table. */
import { listDeviceStates, listUserStates, type UserState } from '@offhook/shared/api/live-states.ts'
import { devices, users } from '@offhook/shared/api/nouns.ts'
import type { SmaAction } from '@offhook/shared/sma-contract/actions.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToldCalls } from '../sma/testing/calls.ts'
import { handlerUnderTest } from '../sma/testing/handler-under-test.ts'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

const by = { by: 'test' }
const [ann, sam] = ['user-1001', 'user-1002']

let api: ApiUnderTest
let calls: ToldCalls
beforeAll(async () => {
  api = await apiUnderTest()
  for (const [number, firstName] of [
    ['1001', 'Ann'],
    ['1002', 'Sam'],
  ] as const)
    await api.store.extensions.create('acme', { number, firstName }, by, {
      userId: `user-${number}`,
      deviceId: `desk-${number}`,
    })
  calls = new ToldCalls(handlerUnderTest({}, { store: api.store }))
})
afterAll(() => api.stop())

let dialled = 0
/** Dials on the phone of 1002, listens and hangs up. */
async function dial(code: string): Promise<void> {
  dialled += 1
  await calls.arrive(`call-${dialled}`, { deviceId: 'desk-1002' }, code)
  await calls.hangUp(`call-${dialled}`)
}
const asked = async (who: Parameters<ApiUnderTest['ask']>[0], ids: readonly string[], account = 'acme') =>
  (await api.ask(who, listUserStates, { query: { ids: ids.join(',') }, account })).items as readonly unknown[]
const stateOf = async (id: string) => (await asked('admin@acme', [id]))[0] as UserState
const deviceState = async (id: string) =>
  (await api.ask('admin@acme', listDeviceStates, { query: { ids: id } })).items[0]
/** Saves a field of a document as the portal does. */
async function save(contract: typeof users | typeof devices, id: string, part: object): Promise<void> {
  const { body, etag } = await api.ask('admin@acme', contract.get, { params: { id } })
  const saved = await api.ask('admin@acme', contract.replace, {
    params: { id },
    body: { ...body, ...part },
    headers: { 'if-match': etag ?? '' },
  })
  expect(saved.status).toBe(200)
}

describe('what a code has set', () => {
  it.each([
    ['*78', { doNotDisturb: true }],
    ['*79', { doNotDisturb: false }],
    ['*76', { doNotDisturb: true }],
    ['*722065550104', { forward: { enabled: true, number: '2065550104' } }],
    ['*562065550177', { forward: { enabled: true, number: '2065550177' } }],
    ['*73', { forward: { enabled: false, number: '2065550177' } }],
    ['*901001', { forwardBusy: { enabled: true, number: '1001' } }],
    ['*91', { forwardBusy: { enabled: false, number: '1001' } }],
    ['*531001', { forwardUnanswered: { enabled: true, number: '1001' } }],
    ['*52', { forwardUnanswered: { enabled: false, number: '1001' } }],
  ])('R-162: %s shows with the user at once', async (code, shown) => {
    await dial(code)

    expect(await stateOf(sam)).toMatchObject(shown)
    expect(await stateOf(ann)).toMatchObject({ doNotDisturb: false, forward: { enabled: false } })
  })

  it('R-162: *77 shows with the phone', async () => {
    expect(await deviceState('desk-1002')).toMatchObject({ followMe: true })
    await dial('*77')
    expect(await deviceState('desk-1002')).toMatchObject({ followMe: false, doNotDisturb: false, callsUp: 0 })
    await dial('*77')
    expect(await deviceState('desk-1002')).toMatchObject({ followMe: true })
  })

  it('R-162: somebody who logs in at a phone shows with it and with themselves', async () => {
    await save(users, ann, { hotDesk: { enabled: true } })
    const [question] = await calls.arrive('desk', { deviceId: 'desk-1002' }, '*11')
    await calls.done('desk', question as SmaAction, { ReceivedDigits: '1001' })
    await calls.hangUp('desk')

    expect(await stateOf(ann)).toMatchObject({ hotDeskDeviceIds: ['desk-1002'] })
    expect(await deviceState('desk-1002')).toMatchObject({ hotDeskUserIds: [ann] })
    await dial('*12')
    expect(await deviceState('desk-1002')).toMatchObject({ hotDeskUserIds: [] })
  })

  it('R-162: what is saved in the portal later stands over it, and other saves do not touch it', async () => {
    await dial('*78')
    await dial('*722065550104')
    await save(users, sam, { lastName: 'Other' })
    expect(await stateOf(sam)).toMatchObject({ doNotDisturb: true, forward: { enabled: true, number: '2065550104' } })

    await save(users, sam, { callForward: { enabled: true, number: '2065550188' }, doNotDisturb: true })
    expect(await stateOf(sam)).toMatchObject({ doNotDisturb: true, forward: { enabled: true, number: '2065550188' } })
    await save(users, sam, { callForward: { enabled: false }, doNotDisturb: false })
    expect(await stateOf(sam)).toMatchObject({ doNotDisturb: false, forward: { enabled: false } })

    await dial('*77')
    await save(devices, 'desk-1002', { name: 'Front' })
    expect(await deviceState('desk-1002')).toMatchObject({ followMe: false })
    await save(devices, 'desk-1002', { followMe: false })
    await save(devices, 'desk-1002', { followMe: true })
    expect(await deviceState('desk-1002')).toMatchObject({ followMe: true })
  })
})

describe('who sees it', () => {
  it('several at once, those that are not there left out; too many or none are refused with the field', async () => {
    expect(await asked('reader@acme', [ann, 'nobody', sam])).toMatchObject([{ id: ann }, { id: sam }])
    const tooMany = Array.from({ length: 61 }, (_, index) => `u${index}`).join(',')
    for (const ids of [tooMany, '', 'a b'])
      expect((await api.ask('admin@acme', listUserStates, { query: { ids } })).status).toBe(400)
  })

  it('R-009: another account sees nothing; people who serve themselves see themselves and their phones', async () => {
    expect(await asked('admin@bolt', [ann, sam], 'bolt')).toEqual([])
    expect((await api.ask('admin@bolt', listUserStates, { query: { ids: ann } })).status).toBe(404)
    expect(await asked('nobody@acme', [ann, sam])).toEqual([])

    const person = { accountId: 'acme', username: 'ann', role: 'user' as const, enabled: true, userId: ann }
    await api.store.people.set({ ...person, subject: 'ann@acme' }, 'correct horse battery')
    const bearer = { bearer: await api.tokenFor('ann@acme', 'acme') }
    expect(await asked(bearer, [ann, sam])).toMatchObject([{ id: ann }])
    const phones = await api.ask(bearer, listDeviceStates, { query: { ids: 'desk-1001,desk-1002' } })
    expect(phones.items).toMatchObject([{ id: 'desk-1001' }])
  })
})
