import { createAccount, listAccounts } from '@offhook/shared/api/accounts.ts'
import { callflows, devices, phoneNumbers, schedules, users } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

const robin = { kind: 'user', document: { id: 'robin', firstName: 'Robin', extension: '1001' } }
const desk = { kind: 'device', document: { id: 'desk', type: 'sip-phone', name: 'Desk', ownerId: 'robin' } }
const box = { kind: 'voicemail-box', document: { id: 'box', name: 'Robin', number: '1001', ownerId: 'robin' } }
const hours = { kind: 'schedule', document: { id: 'hours', name: 'Hours', recurrence: { cycle: 'daily' } } }
const did = { kind: 'phone-number', document: { id: '16045550177', number: '+16045550177' } }
const main = {
  kind: 'callflow',
  document: {
    id: 'main',
    name: 'Main line',
    numbers: ['8000', '+16045550177'],
    root: 'when',
    nodes: {
      when: {
        id: 'when',
        type: 'time-of-day',
        params: { branches: [{ exit: 'open', id: 'hours' }] },
        exits: { open: 'ring', other: 'message' },
      },
      ring: { id: 'ring', type: 'user', params: { userId: 'robin' }, exits: { 'no-answer': 'message' } },
      message: { id: 'message', type: 'voicemail', params: { voicemailBoxId: 'box' } },
    },
  },
}
const template = [main, did, hours, robin, desk, box]

const open = (address: string, brought: readonly object[]) =>
  api.ask('operator@operator', createAccount, {
    body: {
      id: address,
      name: 'Cog',
      address,
      admin: { username: 'cora', password: 'a long enough one' },
      template: brought,
    },
  })
const addresses = async () =>
  (await api.ask('operator@operator', listAccounts, { query: { limit: 100 } })).items.map(({ address }) => address)

describe('an account from a template', () => {
  it('R-289: has its users, hours and callflows after one call, whatever their order', async () => {
    const opened = await open('cog', template)
    expect([opened.status, opened.text]).toEqual([201, expect.stringContaining('Cog')])

    const ids = async (contract: Parameters<ApiUnderTest['ask']>[1]) =>
      (await api.ask('operator@operator', contract, { account: 'cog' })).items.map(({ id }) => id)
    expect(await ids(users.list)).toEqual(['robin'])
    expect(await ids(schedules.list)).toEqual(['hours'])
    expect(await ids(callflows.list)).toEqual(['main'])
    expect(await ids(phoneNumbers.list)).toEqual(['16045550177'])
    expect(await api.store.numbers.findDid('+16045550177')).toMatchObject({ accountId: 'cog' })
    const phone = await api.ask('operator@operator', devices.get, { account: 'cog', params: { id: 'desk' } })
    expect(await api.store.credentials.byUsername(String(phone.body.username))).toMatchObject({
      accountId: 'cog',
      deviceId: 'desk',
    })
  })

  it.each([
    ['names what it does not bring', [main, did, hours, robin], 400, 'voicemail box box'],
    ['brings something twice', [robin, robin], 400, 'user/robin twice'],
    [
      'brings a callflow that would fail a caller',
      [{ ...main, document: { ...main.document, root: 'no' } }],
      400,
      'no',
    ],
    [
      'brings what is no document',
      [{ kind: 'user', document: { id: 'x', colour: 'red' } }],
      400,
      'template.0.document',
    ],
    ['brings a number of another account', [did], 409, '+16045550177'],
  ])('R-289: one that %s opens nothing', async (_, brought, status, said) => {
    const refused = await open('dud', brought)

    expect(refused.status).toBe(status)
    expect(refused.text).toContain(said)
    expect(await addresses()).not.toContain('dud')
  })
})
