import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countRequests } from './counting-client.ts'
import { folderObjects } from './objects/folder.ts'
import type { Store } from './store.ts'
import { injectFailures } from './testing/failing-client.ts'
import { cdrOf, ended, started } from './testing/sample-calls.ts'
import { type TestEngine, testEngine } from './testing/test-table.ts'

const at = '2026-11-24T15:00:00.000Z'
const day = { from: '2026-11-24T00:00:00.000Z', to: '2026-11-25T00:00:00.000Z' }

let engine: TestEngine
let store: Store
let nowMs: number
let notified: string[]
beforeAll(async () => {
  engine = await testEngine()
})
afterAll(() => engine.stop())
beforeEach(async () => {
  nowMs = Date.parse(at)
  notified = []
  store = await engine.store({
    now: () => nowMs,
    onNotify: async ({ id }) => {
      notified.push(id)
    },
  })
})

const counters = () => store.facts.get('acme', 'account', 'account')
const outbound = (callId: string, deviceId: string): CallRecord => ({
  ...started('acme', callId, at),
  direction: 'outbound',
  deviceId,
})

describe('calls', () => {
  it('are up until they end, and counted by account, direction and device', async () => {
    await store.calls.share([started('acme', 'c1', at), outbound('c2', 'desk'), outbound('c3', 'desk')])

    expect(await counters()).toMatchObject({ callsUp: 3, outboundUp: 2 })
    expect(await store.facts.get('acme', 'device', 'desk')).toEqual({ callsUp: 2 })
    expect((await store.calls.up('acme')).map(({ callId }) => callId).toSorted()).toEqual(['c1', 'c2', 'c3'])
    await store.calls.share([ended(cdrOf('acme', 'c2', at))])
    expect(await counters()).toMatchObject({ callsUp: 2, outboundUp: 1 })
  })

  it('that go outside in the middle count against that cap from then on, however often it is told', async () => {
    const gone = (callId: string): CallRecord => ({
      kind: 'outside',
      id: `${callId}/outside`,
      accountId: 'acme',
      callId,
      at,
    })
    await store.calls.share([started('acme', 'c1', at), { ...started('acme', 'c2', at), outside: true }])
    expect(await counters()).toMatchObject({ callsUp: 2, outboundUp: 1 })

    await store.calls.share([gone('c1'), gone('c1'), gone('c2'), gone('unknown')])
    expect(await counters()).toMatchObject({ callsUp: 2, outboundUp: 2 })
    await store.calls.share([ended(cdrOf('acme', 'c1', at))])
    await store.calls.share([gone('c1')])
    expect(await counters()).toMatchObject({ callsUp: 1, outboundUp: 1 })
  })

  it('leave exactly one record, however often, in whatever order and in whatever portions it is told', async () => {
    const calls = ['a', 'b', 'c', 'd', 'e']
    const records: CallRecord[] = calls.flatMap((callId) => [
      started('acme', callId, at),
      ended(cdrOf('acme', callId, at)),
      // Two closed the call: what was told first stays, whichever it is.
      ended({ ...cdrOf('acme', callId, at), reason: 'the sweeper' }),
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...records, ...records], { minLength: records.length * 2 }),
        fc.integer({ min: 1, max: 30 }),
        async (told, portion) => {
          const fresh = await engine.store({ now: () => nowMs })
          for (let start = 0; start < told.length; start += portion)
            await fresh.calls.share(told.slice(start, start + portion))

          expect(await fresh.facts.get('acme', 'account', 'account')).toEqual({ callsUp: 0, outboundUp: 0 })
          expect((await fresh.cdrs.list('acme', day)).items.map(({ callId }) => callId).toSorted()).toEqual(calls)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('that nobody ends count for four hours and no longer', async () => {
    await store.calls.share([started('acme', 'lost', at)])
    nowMs += 4 * 3_600_000 - 1_000
    expect(await counters()).toMatchObject({ callsUp: 1 })
    nowMs += 1_000
    await store.calls.share([started('acme', 'new', at)])

    expect(await counters()).toMatchObject({ callsUp: 1 })
    await store.calls.recount('acme')
    expect((await store.calls.up('acme')).map(({ callId }) => callId)).toEqual(['new'])
  })

  it('of a busy account begin and end together', async () => {
    const calls = Array.from({ length: 300 }, (_, index) => `call-${index}`)
    await Promise.all(calls.map((callId) => store.calls.share([started('acme', callId, at)])))
    expect(await counters()).toMatchObject({ callsUp: 300 })

    await store.calls.share(calls.map((callId) => ended(cdrOf('acme', callId, at))))
    expect(await counters()).toMatchObject({ callsUp: 0 })
    expect((await store.cdrs.list('acme', day, { limit: 1_000 })).items).toHaveLength(300)
  })

  it('cost two reads and two writes when they are answered', async () => {
    const requests = countRequests(engine.client)
    await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    requests.take()

    await store.accounts.head('acme')
    await store.facts.lookUp('acme', [
      { kind: 'account', id: 'account' },
      { kind: 'device', id: 'desk' },
      { kind: 'user', id: 'ann' },
      { kind: 'schedule', id: 'hours' },
    ])
    await store.calls.share([started('acme', 'c1', at)])
    await store.calls.share([ended(cdrOf('acme', 'c1', at))])

    expect(requests.take()).toMatchObject({ reads: 2, writes: 2 })
  })

  it('change a fact once, and drop what does not fit it', async () => {
    const change: CallRecord = {
      kind: 'change',
      id: 'c1/2/0',
      accountId: 'acme',
      callId: 'c1',
      at,
      fact: { kind: 'user', id: 'u' },
      set: { doNotDisturb: true, forward: 'nonsense', unheardOf: 1 },
    }
    await store.calls.share([change])
    expect(await store.facts.get('acme', 'user', 'u')).toEqual({ doNotDisturb: true })
    await store.facts.change('acme', 'another', { kind: 'user', id: 'u' }, { doNotDisturb: false })
    await store.calls.share([change])

    expect(await store.facts.get('acme', 'user', 'u')).toEqual({ doNotDisturb: false })
  })

  it('what many calls count up at once is counted in full, each time once', async () => {
    const box = { kind: 'voicemail-box', id: 'guessed' } as const
    const count = (id: string) => store.facts.change('acme', id, box, {}, { pinFailures: 1 })

    await Promise.all(['c1/1/0', 'c2/1/0', 'c3/1/0', 'c4/1/0', 'c1/1/0'].map(count))
    await count('c1/1/0')

    expect(await store.facts.get('acme', 'voicemail-box', 'guessed')).toEqual({ pinFailures: 4 })
  })

  it('for help are told at least once, and noted once', async () => {
    const help: CallRecord = {
      kind: 'notify',
      id: 'c1/1/0',
      accountId: 'acme',
      callId: 'c1',
      at,
      what: 'emergency-call',
      text: '1001 called 911',
      details: {},
    }
    await store.calls.share([help])
    await store.calls.share([help])

    expect(notified).toEqual(['c1/1/0'])
    expect((await store.audit.list('acme')).items).toMatchObject([
      { act: 'emergency-call', summary: '1001 called 911' },
    ])
  })
})

describe('call history', () => {
  it('R-240: shows a week and refuses eight days with the reason', async () => {
    const week = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-08T00:00:00.000Z' }
    expect(await store.cdrs.list('acme', week)).toEqual({ items: [] })
    await expect(store.cdrs.list('acme', { ...week, to: '2026-11-08T00:00:00.001Z' })).rejects.toMatchObject({
      code: 'window-too-long',
      message: expect.stringContaining('one week'),
    })
    await expect(store.cdrs.list('acme', { from: week.to, to: week.from })).rejects.toMatchObject({
      code: 'bad-window',
    })
  })

  it('is newest first over days and pages, without a gap or a repeat, and only inside the window', async () => {
    const times = Array.from({ length: 40 }, (_, index) =>
      new Date(Date.parse(at) + index * 6 * 3_600_000).toISOString(),
    )
    await store.calls.share(times.map((time, index) => ended(cdrOf('acme', `c${index}`, time))))
    const window = { from: times[3] ?? '', to: times[30] ?? '' }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.cdrs.list('acme', window, { limit: 5, cursor })
      seen.push(...page.items.map((cdr) => cdr.at))
      cursor = page.cursor
    } while (cursor !== undefined && seen.length < 100)

    expect(seen).toEqual(times.slice(3, 31).toReversed())
  })

  it('is filtered, and a record alone has its event log', async () => {
    const eventLog = JSON.stringify(Array.from({ length: 2_000 }, (_, index) => ({ type: 'played', index })))
    const cdr = { ...cdrOf('acme', 'c1', at), ownerId: 'ann', prefix: 'GEN', eventLog }
    await store.calls.share([ended(cdr), ended(cdrOf('acme', 'c2', at))])

    for (const filter of [{ ownerId: 'ann' }, { prefix: 'GEN' }])
      expect((await store.cdrs.list('acme', day, filter)).items).toEqual([{ ...cdr, eventLog: undefined }])
    expect((await store.cdrs.list('acme', day, { number: '0163' })).items).toHaveLength(2)
    expect((await store.cdrs.list('acme', day, { disposition: 'busy' })).items).toEqual([])
    expect(await store.cdrs.get('acme', 'c1')).toEqual(cdr)
    expect(await store.cdrs.get('acme', 'none')).toBeUndefined()
  })
})

describe('voicemail messages', () => {
  const arrival = (n: number, durationMs = 5_000) => ({
    boxId: 'box',
    callId: `c${n}`,
    at: new Date(Date.parse(at) + n * 1_000).toISOString(),
    objectKey: `voicemail/acme/box/c${n}/${n}.wav`,
    durationMs,
  })
  const counts = () => store.facts.get('acme', 'voicemail-box', 'box')
  const idAt = async (folder: 'new' | 'saved' | 'deleted', n = 0) =>
    (await store.messages.list('acme', 'box', folder)).items[n]?.id ?? ''

  it('R-153: arrive once, however often and at whatever time that is told; less than two seconds is none', async () => {
    expect(await store.messages.arrive('acme', arrival(1))).toBe(true)
    expect(await store.messages.arrive('acme', { ...arrival(1), at: '2026-11-25T00:00:00.000Z' })).toBe(false)
    expect(await store.messages.arrive('acme', arrival(2, 1_999))).toBe(false)

    expect(await counts()).toEqual({ newCount: 1 })
    expect((await store.messages.list('acme', 'box', 'new')).items).toMatchObject([{ callId: 'c1', at: arrival(1).at }])
  })

  it('are counted where they lie, moved once by whoever is first', async () => {
    await store.messages.arrive('acme', arrival(1))
    const id = await idAt('new')
    await Promise.all([1, 2, 3].map(() => store.messages.move('acme', 'box', id, 'saved')))
    expect(await counts()).toEqual({ newCount: 0, savedCount: 1 })
    await store.messages.move('acme', 'box', id, 'deleted')
    expect(await counts()).toEqual({ newCount: 0, savedCount: 0 })
    await store.messages.move('acme', 'box', id, 'new')

    expect(await counts()).toEqual({ newCount: 1, savedCount: 0 })
    await expect(store.messages.move('acme', 'box', 'none', 'saved')).rejects.toMatchObject({
      code: 'message-not-found',
    })
  })

  it('are filed by phone, once a record', async () => {
    await store.messages.arrive('acme', arrival(1))
    const file: CallRecord = {
      kind: 'file-message',
      id: 'c9/3/0',
      accountId: 'acme',
      callId: 'c9',
      at,
      boxId: 'box',
      act: 'save',
      messageId: await idAt('new'),
    }
    await store.calls.share([file, file])

    expect(await counts()).toEqual({ newCount: 0, savedCount: 1 })
  })

  it('are played newest first, or oldest first where the box says so', async () => {
    await store.accounts.create({ id: 'acme', name: 'Acme', address: 'acme' })
    for (const n of [1, 2, 3]) await store.messages.arrive('acme', arrival(n))
    const played = async () =>
      (
        await store.facts.lookUp(
          'acme',
          [0, 1, 2, 3].map((n) => ({ kind: 'voicemail-message', id: `box/new/${n}` })),
        )
      ).map(({ value }) => value.at)

    expect(await played()).toEqual([3, 2, 1].map((n) => arrival(n).at).concat([undefined as never]))
    await store.documents.save(
      'acme',
      'voicemail-box',
      { id: 'box', name: 'B', number: '1', oldestFirst: true },
      { by: 'a' },
    )
    expect(await played()).toEqual([1, 2, 3].map((n) => arrival(n).at).concat([undefined as never]))
  })

  it('come in pages', async () => {
    for (const n of [1, 2, 3, 4, 5]) await store.messages.arrive('acme', arrival(n))
    const first = await store.messages.list('acme', 'box', 'new', { limit: 3 })
    const second = await store.messages.list('acme', 'box', 'new', { limit: 3, cursor: first.cursor })

    expect([...first.items, ...second.items].map(({ callId }) => callId)).toEqual(['c5', 'c4', 'c3', 'c2', 'c1'])
    expect(second.cursor).toBeUndefined()
  })

  it('that are discarded, before they arrive or after, are none, and their recordings go', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-messages-'))
    const objects = folderObjects({ folder, secret: 's'.repeat(32), baseUrl: 'http://localhost' })
    store = await engine.store({ objects, now: () => nowMs })
    const [early, late, kept] = [arrival(1), arrival(2), arrival(3)]
    const record = (objectKey: string): CallRecord => ({
      kind: 'file-message',
      id: `${objectKey}/discard`,
      accountId: 'acme',
      callId: 'c',
      at,
      boxId: 'box',
      act: 'discard',
      objectKey,
    })
    await store.calls.share([record(early.objectKey)])
    for (const { objectKey } of [early, late, kept]) await objects.put(objectKey, new Uint8Array(10), 'audio/wav')
    for (const one of [early, late, kept]) await store.messages.arrive('acme', one)
    await store.calls.share([record(late.objectKey), record(late.objectKey)])

    expect((await store.messages.list('acme', 'box', 'new')).items).toMatchObject([{ callId: 'c3' }])
    expect(await counts()).toEqual({ newCount: 1 })
    expect((await objects.list('voicemail/', 10)).map(({ key }) => key)).toEqual([kept.objectKey])
    expect(await store.messages.has('acme', 'box', late.objectKey)).toBe(true)
    expect(await store.messages.arrive('acme', late)).toBe(false)
    rmSync(folder, { recursive: true })
  })

  it('that were deleted go for good after thirty days, with their recordings', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-messages-'))
    const objects = folderObjects({ folder, secret: 's'.repeat(32), baseUrl: 'http://localhost' })
    store = await engine.store({ objects, now: () => nowMs })
    for (const n of [1, 2]) {
      await objects.put(arrival(n).objectKey, new Uint8Array(10), 'audio/wav')
      await store.messages.arrive('acme', arrival(n))
    }
    await store.messages.move('acme', 'box', await idAt('new'), 'deleted')
    nowMs += 30 * 86_400_000 - 1_000
    expect([await store.sweep(), (await store.messages.list('acme', 'box', 'deleted')).items.length]).toEqual([0, 1])
    nowMs += 1_000

    expect((await store.messages.list('acme', 'box', 'deleted')).items).toEqual([])
    expect(await store.sweep()).toBe(1)
    expect((await objects.list('voicemail/', 10)).map(({ key }) => key)).toEqual([arrival(1).objectKey])
    expect(await store.messages.arrive('acme', arrival(2))).toBe(false)
    nowMs += 7 * 86_400_000
    expect([await store.sweep(), await store.sweep()]).toEqual([1, 0])
    rmSync(folder, { recursive: true })
  })
})

describe('bindings', () => {
  const binding = (n: number, more: object = {}) => ({
    id: `<urn:uuid:${n}>;reg-id=1`,
    accountId: 'acme',
    deviceId: `d${n}`,
    username: `phone-${n}`,
    contact: `sip:${n}@192.0.2.1:5060`,
    path: [],
    q: 1,
    transport: 'udp' as const,
    remoteAddress: '192.0.2.1',
    remotePort: 5_060,
    sipCallId: `id-${n}`,
    cseq: 1,
    registeredAt: at,
    expiresAt: new Date(Date.parse(at) + 60_000).toISOString(),
    edgeId: 'edge-1',
    ...more,
  })
  const many = Array.from({ length: 120 }, (_, index) => binding(index))

  it('outlive the edge task that took them, and only that one gets them back', async () => {
    await store.bindings.saveBatch([
      ...many,
      binding(0, { cseq: 2 }),
      binding(999, { edgeId: 'edge-2', accountId: 'bolt' }),
    ])

    const loaded = await store.bindings.loadAll('edge-1')
    expect(loaded).toHaveLength(120)
    expect(loaded.find(({ deviceId }) => deviceId === 'd0')).toEqual(binding(0, { cseq: 2 }))
    expect(await store.bindings.loadAll('edge-2')).toHaveLength(1)
    expect((await store.bindings.list('acme', { limit: 1_000 })).items).toHaveLength(120)
  })

  it('that moved to another edge task are there alone', async () => {
    await store.bindings.saveBatch([binding(1)])
    await store.bindings.saveBatch([binding(1, { edgeId: 'edge-2' })])

    expect([await store.bindings.loadAll('edge-1'), (await store.bindings.loadAll('edge-2')).length]).toEqual([[], 1])
  })

  it('that were removed or have expired are never answered, and are swept', async () => {
    await store.bindings.saveBatch(many)
    await store.bindings.removeBatch(many.slice(0, 60))
    expect(await store.bindings.loadAll('edge-1')).toHaveLength(60)
    nowMs += 60_000

    expect([await store.bindings.loadAll('edge-1'), (await store.bindings.list('acme')).items]).toEqual([[], []])
    expect(await store.sweep()).toBe(60)
    expect(await store.sweep()).toBe(0)
  })

  it('that are renewed while the sweep is at work stay', async () => {
    await store.bindings.saveBatch([binding(1)])
    nowMs += 60_000
    const renewed = binding(1, { expiresAt: new Date(nowMs + 60_000).toISOString() })
    injectFailures(engine.client).before(0, () => store.bindings.saveBatch([renewed]))

    expect(await store.sweep()).toBe(0)
    expect(await store.bindings.loadAll('edge-1')).toEqual([renewed])
  })
})
