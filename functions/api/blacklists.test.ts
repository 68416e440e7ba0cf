import { getAccount } from '@offhook/shared/api/account.ts'
import { activateBlacklist, addToBlacklist, isBlacklistActive } from '@offhook/shared/api/blacklists.ts'
import { blacklists } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)
const list = async (more: object = {}) => (await ask(blacklists.create, { body: { name: 'Pests', ...more } })).id

describe('a blacklist', () => {
  it('R-172: takes many numbers as they were pasted, and tells what was none', async () => {
    const id = await list({ numbers: [{ number: '(604) 123-4567', note: 'calls at night' }] })
    const text = '+1 604 123 4567\n778-123-4567, 2501234567;011 44 1632 960000\nNumber'

    const added = await ask(addToBlacklist, { params: { id }, body: { text, note: 'pasted' } })

    expect(added.body).toMatchObject({ added: 3, known: 1, refused: ['Number'] })
    expect((await ask(blacklists.get, { params: { id } })).body.numbers).toEqual([
      { number: '(604) 123-4567', note: 'calls at night' },
      { number: '+17781234567', note: 'pasted' },
      { number: '+12501234567', note: 'pasted' },
      { number: '+441632960000', note: 'pasted' },
    ])
  })

  it('R-172: takes the number of a call from the history, once however often it is pressed', async () => {
    const id = await list()

    const first = await ask(addToBlacklist, { params: { id }, body: { text: '+14255550163' } })
    const second = await ask(addToBlacklist, { params: { id }, body: { text: '+14255550163' } })

    expect([first.body.added, second.body.added, second.body.known]).toEqual([1, 0, 1])
    expect(second.etag).toBe(first.etag)
  })

  it('R-175: takes the word "anonymous" for callers who hide their number', async () => {
    const id = await list()

    await ask(addToBlacklist, { params: { id }, body: { text: 'anonymous' } })

    expect((await ask(blacklists.get, { params: { id } })).body).toMatchObject({ blockAnonymous: true, numbers: [] })
  })

  it('says when it is full', async () => {
    const numbers = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `+1604${String(from + index)}`)
    const id = await list()
    expect(
      (await ask(addToBlacklist, { params: { id }, body: { text: numbers(2_000_000, 5_000).join('\n') } })).status,
    ).toBe(200)

    const more = await ask(addToBlacklist, { params: { id }, body: { text: numbers(3_000_000, 1).join() } })

    expect([more.status, more.body.code]).toEqual([409, 'blacklist-full'])
    expect((await ask(addToBlacklist, { params: { id }, body: { text: '' } })).status).toBe(400)
  })

  it('R-173: adding does nothing by itself; it is shown as not active, and one step in the account activates it', async () => {
    const id = await list({ numbers: [{ number: '6041234567' }] })
    const inAccount = async () => (await ask(getAccount)).body.blacklists as string[]
    const shown = async () => (await ask(isBlacklistActive, { params: { id } })).body.active
    expect([await shown(), (await inAccount()).includes(id)]).toEqual([false, false])

    const on = await ask(activateBlacklist, { params: { id }, body: { active: true } })
    const again = await ask(activateBlacklist, { params: { id }, body: { active: true } })

    expect([on.status, on.body.active, again.body.blacklists]).toEqual([200, true, on.body.blacklists])
    expect([await shown(), await inAccount()]).toEqual([true, [id]])
    await ask(activateBlacklist, { params: { id }, body: { active: false } })
    expect([await shown(), await inAccount()]).toEqual([false, []])
  })

  it('R-019: several are active at once, one that is cannot be deleted, and one of nobody is nothing', async () => {
    const [one, two] = [await list(), await list()]
    for (const id of [one, two]) await ask(activateBlacklist, { params: { id }, body: { active: true } })

    expect((await ask(getAccount)).body.blacklists).toEqual([one, two])
    expect((await ask(blacklists.remove, { params: { id: one } })).status).toBe(409)
    expect((await ask(activateBlacklist, { params: { id: 'nothing' }, body: { active: true } })).status).toBe(404)
  })
})
