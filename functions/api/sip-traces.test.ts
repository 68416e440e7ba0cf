import { listAudit } from '@offhook/shared/api/audit.ts'
import { getCdr } from '@offhook/shared/api/cdrs.ts'
import { getLadder, getLadderText, type LadderMessage, startSipTrace } from '@offhook/shared/api/sip-traces.ts'
import { callerNote, cdrOf, ended, legs, started } from '@offhook/store/testing/sample-calls.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EdgeControl } from './dependencies.ts'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

const at = '2026-11-24T15:00:00.000Z'
const until = '2026-11-24T15:10:00.000Z'
const message: LadderMessage = {
  at,
  direction: 'in',
  transport: 'udp',
  remote: '192.0.2.7:5060',
  who: '1001 (caller)',
  sipCallId: 'a84b4c76e66710',
  text: 'INVITE sip:1002@pbx.example SIP/2.0\r\n\r\n',
}

/** An edge that recorded two calls of Acme, and wrongly holds one of Bolt's under the same id as one of Acme's. */
const asked: string[] = []
const edge: EdgeControl = {
  async trace(accountId, minutes) {
    asked.push(`${accountId} ${minutes}`)
    return { until }
  },
  async ladder(accountId, callId) {
    asked.push(`${accountId} ${callId}`)
    return callId === 'past' || callId === 'live' ? [message] : []
  },
}

let api: ApiUnderTest
let cloud: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest({ edge })
  cloud = await apiUnderTest()
  for (const { store } of [api, cloud])
    await store.calls.share([
      ended(cdrOf('acme', 'past', at)),
      ended(cdrOf('acme', 'quiet', at)),
      started('acme', 'live', new Date().toISOString()),
      legs('acme', 'past', 'part', [callerNote(at)]),
    ])
})
afterAll(() => Promise.all([api.stop(), cloud.stop()]))

describe('SIP messages of calls', () => {
  it('are recorded for as long as an admin asks, which the audit log tells', async () => {
    const answer = await api.ask('admin@acme', startSipTrace, { body: { minutes: 10 } })

    expect([answer.status, answer.body]).toEqual([201, { until }])
    expect(asked).toContain('acme 10')
    expect((await api.ask('admin@acme', listAudit)).items).toContainEqual(
      expect.objectContaining({ act: 'sip-trace', by: 'admin@acme', summary: expect.stringContaining(until) }),
    )
  })

  it.each([[0], [61], [1.5], ['5'], [undefined]])('%s minutes are refused, naming the field', async (minutes) => {
    const answer = await api.ask('admin@acme', startSipTrace, { body: { minutes } })

    expect(answer.status).toBe(400)
    expect(answer.body.errors).toMatchObject([{ field: 'minutes' }])
  })

  it.each(['past', 'live'])('of a %s call are shown as they are, and drawn', async (callId) => {
    const shown = await api.ask('admin@acme', getLadder, { params: { callId } })
    const drawn = await api.ask('admin@acme', getLadderText, { params: { callId } })

    expect([shown.status, shown.body]).toEqual([200, { callId, messages: [message] }])
    expect(drawn.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(drawn.headers.get('cache-control')).toBe('no-store')
    expect(drawn.text).toContain('|---------- INVITE ---------->|')
  })

  it('of a call that was not recorded are nothing, with what to do about it', async () => {
    const answer = await api.ask('admin@acme', getLadder, { params: { callId: 'quiet' } })

    expect([answer.status, answer.body.code]).toEqual([404, 'not-recorded'])
    expect(answer.body.detail).toContain('/sip-traces')
  })

  it('R-009: an id of another account is nothing, and the edge is not even asked', async () => {
    asked.length = 0
    for (const contract of [getLadder, getLadderText])
      for (const callId of ['past', 'live']) {
        const answer = await api.ask('admin@bolt', contract, { params: { callId }, account: 'bolt' })
        const never = await api.ask('admin@bolt', contract, { params: { callId: 'never' }, account: 'bolt' })

        expect([answer.status, answer.text]).toEqual([404, never.text])
      }
    expect(asked).toEqual([])
  })

  it('are for admins only', async () => {
    for (const who of ['reader@acme', 'nobody@acme'] as const) {
      expect((await api.ask(who, startSipTrace, { body: { minutes: 1 } })).status).toBe(403)
      expect((await api.ask(who, getLadder, { params: { callId: 'past' } })).status).toBe(403)
      expect((await api.ask(who, getLadderText, { params: { callId: 'past' } })).status).toBe(403)
    }
  })

  it('where nothing leads from the API to the edge, it says what is missing', async () => {
    const refused = [
      await cloud.ask('admin@acme', startSipTrace, { body: { minutes: 1 } }),
      await cloud.ask('admin@acme', getLadder, { params: { callId: 'past' } }),
      await cloud.ask('admin@acme', getLadderText, { params: { callId: 'past' } }),
    ]

    for (const { status, body } of refused)
      expect([status, body.code, body.title]).toEqual([501, 'no-way-to-the-edge', 'Not Implemented'])
    expect(refused[0]?.body.detail).toContain('queue')
  })
})

describe('the legs of a call', () => {
  it('are shown with it, as they were noted', async () => {
    const answer = await api.ask('admin@acme', getCdr, { params: { callId: 'past' } })

    expect(answer.body.legs).toEqual([callerNote(at)])
    expect((await api.ask('reader@acme', getCdr, { params: { callId: 'past' } })).body.legs).toHaveLength(1)
  })

  it('are none where nothing was noted, as after a crash', async () => {
    expect((await api.ask('admin@acme', getCdr, { params: { callId: 'quiet' } })).body.legs).toEqual([])
  })

  it('R-009: are nothing to another account', async () => {
    const answer = await api.ask('admin@bolt', getCdr, { params: { callId: 'past' }, account: 'bolt' })

    expect([answer.status, answer.body.legs]).toEqual([404, undefined])
  })
})
