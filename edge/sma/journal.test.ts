import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallOpening } from './call-opening.ts'
import { closingRecord } from './closing-cdr.ts'
import { Journal, type JournalOptions } from './journal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A table that takes each record once by its id. */
function table() {
  const records = new Map<string, CallRecord>()
  const apply = async (batch: readonly CallRecord[]) => {
    for (const record of batch) if (!records.has(record.id)) records.set(record.id, record)
  }
  return { records, apply, cdrs: () => [...records.values()].flatMap((one) => (one.kind === 'ended' ? [one.cdr] : [])) }
}

const call = (callId: string): CallOpening => ({
  callId,
  accountId: 'acme',
  at: '2026-11-23T09:15:00.000Z',
  direction: 'internal',
  from: '1001',
  to: '1002',
})
const ended = (callId: string): CallRecord =>
  closingRecord({ opening: call(callId) }, '2026-11-23T09:16:00.000Z', 'the caller hung up')
const bridged = {
  InvocationEventType: 'ACTION_SUCCESSFUL',
  Sequence: 2,
  ActionData: { Type: 'CallAndBridge' },
} as SmaEvent

/** A timer that waits for nothing. */
const soon = (_ms: number, callback: () => void) => {
  const immediate = setImmediate(callback)
  return () => clearImmediate(immediate)
}

const open = (options: Partial<JournalOptions> & Pick<JournalOptions, 'apply'>) => Journal.open({ folder, ...options })

const started = (callId: string, more: { direction?: 'outbound'; deviceId?: string } = {}): CallRecord => ({
  kind: 'started',
  id: `${callId}/started`,
  accountId: 'acme',
  callId,
  at: '2026-11-23T09:15:00.000Z',
  direction: 'internal',
  from: '1001',
  to: '1002',
  configRevision: 1,
  ...more,
})

describe('the journal', () => {
  it('brings records of many calls to the table together, and at once when asked to', async () => {
    const batches: number[] = []
    const { journal } = await open({ apply: async (batch) => void batches.push(batch.length) })

    const began = performance.now()
    for (let index = 0; index < 20; index += 1) await journal.share([ended(`call-${index}`)])
    expect(batches).toEqual([])
    await journal.applied()

    expect(batches).toEqual([20])
    expect(performance.now() - began).toBeLessThan(2_000)
    await journal.stop()
  })

  it('counts the calls that are up, by account and device', async () => {
    const { journal } = await open({ apply: async () => {}, segmentBytesMax: 200 })
    const up = () => {
      const { callsUp, outboundUp } = journal.counts('acme')
      return { callsUp, outboundUp, ofDesk: journal.counts('acme').ofDevice('desk') }
    }

    for (const callId of ['one', 'two', 'three']) journal.opened(call(callId))
    await journal.share([started('one', { deviceId: 'desk' })])
    await journal.share([started('two', { deviceId: 'desk', direction: 'outbound' }), started('three')])
    expect(up()).toEqual({ callsUp: 3, outboundUp: 1, ofDesk: 2 })

    // A forward takes it outside: told twice, and once more after the end.
    const gone: CallRecord = {
      kind: 'outside',
      id: 'one/outside',
      accountId: 'acme',
      callId: 'one',
      at: ended('one').at,
    }
    await journal.share([gone])
    await journal.share([gone])
    expect(up()).toEqual({ callsUp: 3, outboundUp: 2, ofDesk: 2 })
    await journal.share([ended('one')])
    await journal.share([gone])
    expect(up()).toEqual({ callsUp: 2, outboundUp: 1, ofDesk: 1 })

    await journal.share([ended('two')])
    await journal.share([ended('two')])
    expect(up()).toEqual({ callsUp: 1, outboundUp: 0, ofDesk: 0 })

    // The handler never told the end of the third; the others were told before they closed.
    for (const callId of ['one', 'two', 'three']) journal.closed(callId)
    await journal.applied()
    expect(up()).toEqual({ callsUp: 0, outboundUp: 0, ofDesk: 0 })
    expect(journal.counts('other').callsUp).toBe(0)
    await journal.stop()
  })

  it('counts nothing that an earlier run left behind', async () => {
    const first = await open({ apply: async () => {} })
    for (const callId of ['one', 'two', 'three']) first.journal.opened(call(callId))
    await first.journal.share(['one', 'two', 'three'].map((callId) => started(callId)))
    await first.journal.share([ended('two')])
    first.journal.closed('two')
    await first.journal.stop()

    const second = await open({ apply: async () => {} })

    expect(second.recovery.callsClosed).toBe(2)
    expect(second.journal.counts('acme').callsUp).toBe(0)
    await second.journal.stop()
  })

  it('brings what was shared to the table', async () => {
    const { apply, cdrs } = table()
    const { journal } = await open({ apply })

    journal.opened(call('one'))
    await journal.share([ended('one')])
    journal.closed('one')
    await journal.applied()
    await journal.stop()

    expect(cdrs().map((cdr) => cdr.reason)).toEqual(['the caller hung up'])
  })

  it('answers before the table does, and the next start catches up', async () => {
    const lost = await open({ apply: () => new Promise(() => {}) })
    lost.journal.opened(call('one'))
    await lost.journal.share([ended('one')])
    await lost.journal.stop()

    const { apply, cdrs } = table()
    const { journal, recovery } = await open({ apply })
    await journal.applied()
    await journal.stop()

    expect(recovery).toEqual({ recordsReplayed: 1, callsClosed: 0 })
    expect(cdrs()).toHaveLength(1)
  })

  it('closes the calls that a dead process left open, once, as restarted', async () => {
    const { apply, cdrs } = table()
    const first = await open({ apply })
    first.journal.opened(call('ringing'))
    first.journal.opened(call('talking'))
    first.journal.turn('talking', bridged)
    first.journal.opened(call('over'))
    await first.journal.share([ended('over')])
    await first.journal.stop()

    const second = await open({ apply })
    await second.journal.applied()
    await second.journal.stop()
    const third = await open({ apply })
    await third.journal.applied()
    await third.journal.stop()

    expect(second.recovery.callsClosed).toBe(2)
    expect(third.recovery.callsClosed).toBe(0)
    expect(cdrs().map((cdr) => [cdr.callId, cdr.disposition, cdr.endedBy, cdr.reason])).toEqual([
      ['over', 'failed', 'us', 'the caller hung up'],
      ['ringing', 'failed', 'us', 'restarted'],
      ['talking', 'answered', 'us', 'restarted'],
    ])
  })

  it('writes the CDR of a call whose handler never ended it', async () => {
    const { apply, cdrs } = table()
    const { journal } = await open({ apply })

    journal.opened(call('one'))
    journal.closed('one')
    await journal.applied()
    await journal.applied()
    await journal.stop()

    expect(cdrs()).toMatchObject([{ callId: 'one', endedBy: 'us', reason: 'the handler gave no end' }])
  })

  it('passes over a line that a crash cut off', async () => {
    const { apply, cdrs } = table()
    const first = await open({ apply: () => new Promise(() => {}) })
    first.journal.opened(call('one'))
    await first.journal.share([ended('one')])
    await first.journal.stop()
    const [segment = ''] = await readdir(folder)
    await appendFile(join(folder, segment), '{"t":"share","records":[{"kind":"ended","id":"tw')

    const { journal } = await open({ apply })
    await journal.applied()
    await journal.stop()

    expect(cdrs()).toHaveLength(1)
  })

  it('keeps no more segments than the table still needs', async () => {
    const { apply, cdrs } = table()
    const { journal } = await open({ apply, segmentBytesMax: 2_000 })

    journal.opened(call('long'))
    for (let n = 0; n < 60; n++) await journal.share([ended(`call-${n}`)])
    await journal.applied()
    await journal.stop()

    expect((await readdir(folder)).length).toBeLessThanOrEqual(2)
    expect(cdrs()).toHaveLength(60)
    const { journal: next, recovery } = await open({ apply })
    await next.stop()
    expect(recovery.callsClosed).toBe(1)
  })

  it('keeps trying while the table is away', async () => {
    const { apply, cdrs } = table()
    let failures = 2
    const { journal } = await open({
      apply: async (records) => {
        if (failures-- > 0) throw new Error('away')
        await apply(records)
      },
      clock: { nowMs: () => Date.now(), after: soon },
    })

    await journal.share([ended('one')])
    await journal.applied()
    await journal.stop()

    expect(cdrs()).toHaveLength(1)
  })
})
