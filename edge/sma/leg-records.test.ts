import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EndedLeg, LegReport } from '../call/leg-notes.ts'
import { Journal } from './journal.ts'
import { legRecords } from './leg-records.ts'

const atMs = Date.parse('2026-11-24T15:00:00.000Z')
const leg: EndedLeg = {
  legId: 'leg-a',
  role: 'caller',
  kind: 'device',
  deviceId: 'desk',
  address: '1001',
  sipCallId: 'a84b4c76e66710',
  startedAtMs: atMs,
  answeredAtMs: atMs + 1_000,
  endedAtMs: atMs + 61_000,
  endedBy: 'far-end',
  sipStatus: 0,
  reason: 'BYE',
}
const report: LegReport = { accountId: 'acme', callId: 'call', part: 'part-1', legs: [leg] }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leg-records-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('notes of legs', () => {
  it('are records of the journal, in the time that calls are stored in', async () => {
    const shared: CallRecord[] = []
    const note = legRecords({
      share: async (records) => void shared.push(...records),
      shiftMs: 3_600_000,
      log: () => expect.fail(),
    })

    note([report])

    expect(CallRecord.parse(shared[0])).toMatchObject({
      id: 'call/legs/part-1',
      at: '2026-11-24T16:01:01.000Z',
      legs: [
        {
          startedAt: '2026-11-24T16:00:00.000Z',
          answeredAt: '2026-11-24T16:00:01.000Z',
          endedAt: '2026-11-24T16:01:01.000Z',
        },
      ],
    })
    expect(shared).toHaveLength(1)
  })

  it('reach the table although the process died before it had them', async () => {
    const first = await Journal.open({
      folder,
      apply: async () => {
        throw new Error('the table is away')
      },
    })
    const kept = Promise.withResolvers<void>()
    legRecords({
      share: (records) => first.journal.share(records).then(kept.resolve, kept.reject),
      log: () => expect.fail(),
    })([report])
    await kept.promise
    await first.journal.stop()

    const table: CallRecord[] = []
    const second = await Journal.open({ folder, apply: async (records) => void table.push(...records) })
    await second.journal.applied()
    await second.journal.stop()

    expect(table.map(({ id, kind }) => `${kind} ${id}`)).toEqual(['legs call/legs/part-1'])
    // A note makes no call: nothing was cut off that had to be closed.
    expect(second.recovery).toEqual({ recordsReplayed: 1, callsClosed: 0 })
  })

  it('that could not be read again are not written, and keep no other from it', async () => {
    const lines: Readonly<Record<string, unknown>>[] = []
    const shared: CallRecord[] = []
    const note = legRecords({
      share: async (records) => void shared.push(...records),
      log: (line) => void lines.push(line),
    })

    note([{ ...report, callId: 'bad', legs: [{ ...leg, sipStatus: Number.NaN }] }, report])

    expect(shared.map(({ callId }) => callId)).toEqual(['call'])
    expect(lines).toMatchObject([{ level: 'ERROR', callId: 'bad' }])
  })

  it('that the journal cannot take are said in the log', async () => {
    const lines: unknown[] = []
    const share = () => Promise.reject(new Error('the disk is full'))
    legRecords({ share, log: (line) => void lines.push(line) })([report])
    await new Promise((resolve) => setImmediate(resolve))

    expect(lines).toEqual([{ level: 'ERROR', legs: 'the disk is full' }])
  })
})
