import { getUsage } from '@offhook/shared/api/account.ts'
import { createExtension } from '@offhook/shared/api/extensions.ts'
import { conferences, devices, extensions, faxBoxes, voicemailBoxes } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noSeatPolicy } from './dependencies.ts'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
let seats = noSeatPolicy
beforeAll(async () => {
  api = await apiUnderTest({ seats: async () => seats })
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)
const newExtension = async (number: string, firstName: string, lastName = 'Example') => {
  const created = await ask(createExtension, { body: { number, firstName, lastName } })
  expect(created.status).toBe(201)
  return created.body.extension as Record<'id' | 'userId' | 'deviceId' | 'voicemailBoxId' | 'callflowId', string>
}

describe('seats', () => {
  const seatsNow = async () => (await ask(getUsage)).body.seats as Record<string, number>

  it('R-036, R-037: seats count extensions, conference rooms and fax boxes', async () => {
    type Seats = Record<'standard' | 'conference' | 'faxBox' | 'total', number>
    const read = async () => (await ask(getUsage)).body.seats as Seats
    const before = await read()

    await newExtension('1031', 'Sam')
    await ask(conferences.create, { body: { name: 'Room' } })
    await ask(faxBoxes.create, { body: { name: 'Fax' } })

    const after = await read()
    expect(after.standard - before.standard).toBe(1)
    expect(after.conference + after.faxBox - before.conference - before.faxBox).toBe(2)
    expect(after.total - before.total).toBe(3)
  })

  it('R-036: the seats equal the extensions that were made', async () => {
    const { items } = (await ask(extensions.list, { query: { limit: 100 } })).body as { items: unknown[] }

    expect((await ask(getUsage)).body.seats).toMatchObject({ standard: items.length })
  })

  it('R-037: a conference room is a seat and a fax box is a seat', async () => {
    const total = async () => Number((await seatsNow()).total)
    const before = await total()
    await ask(conferences.create, { body: { name: 'Second room' } })
    await ask(faxBoxes.create, { body: { name: 'Second fax' } })

    expect((await total()) - before).toBe(2)
  })

  it('R-038: with enforcement on, a mailbox of nobody needs a Voicemail-Only seat, and uses it', async () => {
    const used = Number((await seatsNow()).voicemailOnly)
    const make = (number: string) => ask(voicemailBoxes.create, { body: { name: 'Nobody', number } })

    seats = { ...noSeatPolicy, enforced: true, voicemailOnly: used }
    const refused = await make('5501')
    seats = { ...seats, voicemailOnly: used + 1 }
    const [first, second] = [await make('5502'), await make('5503')]
    seats = noSeatPolicy

    expect([refused.status, first.status, second.status]).toEqual([402, 201, 402])
    expect(refused.body).toMatchObject({ code: 'seat-needed', seat: 'voicemailOnly' })
  })

  it('R-039: a cell phone needs a Call-Forward seat only where the operator says so', async () => {
    const make = () => ask(devices.create, { body: { type: 'cell', name: 'Cell', number: '+16045550111' } })

    seats = { ...noSeatPolicy, enforced: true }
    const free = await make()
    seats = { ...noSeatPolicy, enforced: true, countsCallForward: true }
    const refused = await make()
    seats = { ...seats, callForward: 2 }
    const bought = await make()
    seats = noSeatPolicy

    expect([free.status, refused.status, bought.status]).toEqual([201, 402, 201])
  })

  it('R-040: with enforcement off everything succeeds and is counted all the same', async () => {
    const before = Number((await seatsNow()).voicemailOnly)

    expect((await ask(voicemailBoxes.create, { body: { name: 'Free', number: '5504' } })).status).toBe(201)

    const { body } = await ask(getUsage)
    expect(body).toMatchObject({ enforced: false, seats: { voicemailOnly: before + 1 } })
  })
})
