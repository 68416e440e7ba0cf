import { exportCdrs, getCdr, listCdrs } from '@offhook/shared/api/cdrs.ts'
import { setUserPassword } from '@offhook/shared/api/me.ts'
import { users } from '@offhook/shared/api/nouns.ts'
import { Cdr } from '@offhook/shared/model/cdr.ts'
import { acmeMainDid } from '@offhook/shared/testing/acme.ts'
import { type Changes, callflowOf, dialAcme } from '@offhook/shared/testing/acme-with.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  // Calls may live at another time than the machine.
  api = await apiUnderTest({ callClock: () => Date.parse('2026-11-04T12:00:00.000Z') })
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)

describe('call history', () => {
  const at = (day: number, hour = 12) =>
    `2026-11-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.000Z`
  const calls = [
    { callId: 'in-1', direction: 'inbound', from: '+16045550123', to: '+16045550100', at: at(1), prefix: 'GEN' },
    {
      callId: 'in-2',
      direction: 'inbound',
      from: '+16045550124',
      fromName: '=HYPERLINK("x")',
      to: '+16045550100',
      at: at(2),
      prefix: 'GEN',
    },
    { callId: 'out-1', direction: 'outbound', from: '1001', to: '+441632960000', at: at(3), ownerId: 'robin' },
    { callId: 'int-1', direction: 'internal', from: '1001', to: '1002', at: at(4), path: [{ callflowId: 'main' }] },
    { callId: 'old-1', direction: 'inbound', from: '+16045550125', to: '1001', at: '2026-10-20T12:00:00.000Z' },
  ]
  beforeAll(async () => {
    const records = calls.map((call) => ({
      kind: 'ended' as const,
      id: `${call.callId}/ended`,
      accountId: 'acme',
      callId: call.callId,
      at: call.at,
      cdr: Cdr.parse({
        accountId: 'acme',
        endedAt: call.at,
        durationSeconds: 30,
        talkSeconds: 20,
        disposition: 'answered',
        endedBy: 'caller',
        reason: 'hung up',
        configRevision: 1,
        engineVersion: '1',
        eventLog: '[]',
        ...call,
      }),
    }))
    await api.store.calls.share(records)
  })
  const list = async (query: Record<string, string | number>) => {
    const answer = await ask(listCdrs, { query: { from: at(1, 0), to: at(7), ...query } })
    return (answer.items as { callId: string }[]).map((cdr) => cdr.callId)
  }

  it('R-238: inbound, outbound and internal calls are rows with the right direction', async () => {
    expect(await list({})).toEqual(['int-1', 'out-1', 'in-2', 'in-1'])
    expect(await list({ direction: 'internal' })).toEqual(['int-1'])
    expect(await list({ direction: 'outbound' })).toEqual(['out-1'])
    expect(await list({ direction: 'inbound' })).toEqual(['in-2', 'in-1'])
  })

  it('R-240: seven days are shown, eight are refused with the reason, in the list and in the CSV', async () => {
    for (const contract of [listCdrs, exportCdrs]) {
      const week = await ask(contract, { query: { from: at(1), to: at(8) } })
      const more = await ask(contract, { query: { from: at(1), to: '2026-11-08T12:00:00.001Z' } })
      const backwards = await ask(contract, { query: { from: at(2), to: at(1) } })

      expect([week.status, more.status, backwards.status]).toEqual([200, 400, 400])
      expect(more.body.errors).toEqual([{ field: 'to', message: expect.stringContaining('one week') }])
    }
  })

  it('R-241: without a range it is the last day, by the clock of the calls; with one end, the other is filled in', async () => {
    const ids = async (query: Record<string, string>) => (await ask(listCdrs, { query })).items.map((cdr) => cdr.callId)

    expect(await ids({})).toEqual(['int-1', 'out-1'])
    expect(await ids({ to: at(3) })).toEqual(['out-1', 'in-2'])
    expect(await ids({ from: at(2) })).toEqual(['int-1', 'out-1', 'in-2'])
    const csv = await ask(exportCdrs)
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(3)
    expect(csv.headers.get('content-disposition')).toContain('calls-2026-11-03-to-2026-11-04.csv')
    for (const contract of [listCdrs, exportCdrs]) {
      const tooLong = await ask(contract, { query: { from: '2026-10-01T00:00:00.000Z' } })
      expect([tooLong.status, tooLong.body.errors]).toEqual([
        400,
        [{ field: 'to', message: expect.stringContaining('one week') }],
      ])
    }
  })

  it('R-107: filtering by a prefix gives exactly its calls', async () => {
    expect(await list({ prefix: 'GEN' })).toEqual(['in-2', 'in-1'])
    expect(await list({ prefix: 'ENG' })).toEqual([])
  })

  it('R-245: calls are found by number, user, extension, callflow, prefix and result, and by several together', async () => {
    expect(await list({ number: '0124' })).toEqual(['in-2'])
    expect(await list({ ownerId: 'robin' })).toEqual(['out-1'])
    expect(await list({ extension: '1002' })).toEqual(['int-1'])
    expect(await list({ callflowId: 'main' })).toEqual(['int-1'])
    expect(await list({ disposition: 'busy' })).toEqual([])
    expect(await list({ disposition: 'answered', extension: '1001', direction: 'outbound' })).toEqual(['out-1'])
  })

  describe('of calls that the engine decided', () => {
    const stranger = (number: string) => ({ outside: number, name: 'Pat Caller' }) as const
    const prepend = (name: string) => ({ type: 'prepend', params: { name } })
    const departments = {
      ...callflowOf('7100', [prepend('GEN'), { type: 'hang-up' }]),
      ...callflowOf('7200', [prepend('ENG'), prepend('VIP'), { type: 'hang-up' }]),
      ...callflowOf('7300', [{ type: 'hang-up' }]),
    }
    const listed: Changes = {
      'account/account': { blacklists: ['list-active'] },
      'blacklist/list-active': { name: 'Nuisance callers', numbers: [{ number: '(425) 555-0163' }] },
    }
    beforeAll(async () => {
      const driven = [
        dialAcme(acmeMainDid, listed, {}, stranger('+14255550163')),
        ...['7100', '7100', '7200', '7300'].map((number) => dialAcme(number, departments)),
      ]
      const records = driven.map(({ cdr }, index) => {
        const callId = `engine-${index}`
        const record = { id: `${callId}/ended`, accountId: 'acme', callId, at: cdr.at }
        return { kind: 'ended' as const, ...record, cdr: { ...cdr, accountId: 'acme', callId } }
      })
      await api.store.calls.share(records)
    })
    const ofEngine = async (query: Record<string, string>) =>
      (await ask(listCdrs, { query: { from: '2026-11-24T00:00:00.000Z', to: '2026-11-25T00:00:00.000Z', ...query } }))
        .items

    it('R-177: a blocked call is a row with the disposition blocked and the name of the list', async () => {
      const blocked = await ofEngine({ disposition: 'blocked' })

      expect(blocked).toMatchObject([
        { from: '+14255550163', disposition: 'blocked', reason: 'blocked by Nuisance callers', direction: 'inbound' },
      ])
    })

    it('R-107 R-242: a call keeps the text of each Prepend it went through, and is counted by any of them', async () => {
      expect((await ofEngine({})).map(({ prefix }) => (typeof prefix === 'string' ? prefix : '')).toSorted()).toEqual([
        '',
        '',
        'GEN',
        'GEN',
        'VIP ENG',
      ])
      expect(await ofEngine({ prefix: 'GEN' })).toHaveLength(2)
      expect(await ofEngine({ prefix: 'ENG' })).toHaveLength(1)
      expect(await ofEngine({ prefix: 'VIP' })).toHaveLength(1)
      expect(await ofEngine({ prefix: 'VIP ENG' })).toHaveLength(1)
      expect(await ofEngine({ prefix: 'EN' })).toEqual([])
    })
  })

  it('pages follow each other without a gap', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    for (let page = 0; page < 5; page += 1) {
      const answer = await ask(listCdrs, { query: { from: at(1, 0), to: at(7), limit: 3, cursor } })
      seen.push(...answer.items.map((cdr) => String(cdr.callId)))
      cursor = answer.cursor
      if (cursor === undefined) break
    }

    expect(seen).toEqual(['int-1', 'out-1', 'in-2', 'in-1'])
  })

  it('R-239: the CSV has the same rows, is UTF-8 and holds no formula; R-242: and has the prefix', async () => {
    const answer = await ask(exportCdrs, { query: { from: at(1, 0), to: at(7) } })
    const [header = '', ...rows] = answer.text
      .replace(/^\uFEFF/, '')
      .trimEnd()
      .split('\r\n')

    expect(answer.headers.get('content-type')).toContain('utf-8')
    expect(answer.headers.get('content-disposition')).toContain('.csv')
    expect(header.split(',')).toContain('Prefix')
    expect(rows).toHaveLength(4)
    expect(rows.filter((row) => row.includes(',GEN,'))).toHaveLength(2)
    expect(answer.text).toContain(`"'=HYPERLINK(""x"")"`)
    expect(answer.text).not.toMatch(/(^|,)"?[=+@-]/m)
  })

  it('R-242: a count by prefix in the CSV is the count of its calls', async () => {
    const { text } = await ask(exportCdrs, { query: { from: at(1, 0), to: at(7), prefix: 'GEN' } })

    expect(text.trimEnd().split('\r\n')).toHaveLength(3)
  })

  it("R-243: times are the account's, with their offset, across a change of the clocks", async () => {
    const { text } = await ask(exportCdrs, { query: { from: at(1, 0), to: at(7) } })

    // America/New_York left daylight saving time on 1 November 2026 at 06:00Z.
    expect(text).toContain('2026-11-01 07:00:00-05:00')
    const before = await ask(exportCdrs, {
      query: { from: '2026-10-20T00:00:00.000Z', to: '2026-10-21T00:00:00.000Z' },
    })
    expect(before.text).toContain('2026-10-20 08:00:00-04:00')
  })

  it('one call shows its path; people who serve themselves see their own calls only', async () => {
    await ask(users.create, { body: { id: 'robin', firstName: 'Robin', username: 'robin' } })
    await ask(setUserPassword, { params: { id: 'robin' }, body: { password: 'a long enough one' } })
    const robin = { bearer: await api.tokenFor('robin', 'acme') }

    const shown = await ask(getCdr, { params: { callId: 'int-1' } })
    const mine = await api.ask(robin, listCdrs, { query: { from: at(1, 0), to: at(7) } })

    expect(shown.body.path).toEqual([{ callflowId: 'main' }])
    expect((mine.items as { callId: string }[]).map((cdr) => cdr.callId)).toEqual(['out-1'])
    expect((await api.ask(robin, getCdr, { params: { callId: 'int-1' } })).status).toBe(404)
    const own = await api.ask(robin, getCdr, { params: { callId: 'out-1' } })
    expect(own.status).toBe(200)
    // Where a call rang on its way may be the cell phone of a colleague.
    expect(own.body.legs).toBeUndefined()
    expect(shown.body.legs).toEqual([])
  })
})
