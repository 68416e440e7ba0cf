import { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { EndedLeg, LegReport } from '../call/leg-notes.ts'

export interface LegRecordOptions {
  /** Durable when it resolves: the journal's. */
  readonly share: (records: readonly CallRecord[]) => Promise<void>
  /** Milliseconds by which `OFFHOOK_CLOCK` moves stored call times. @default 0 */
  readonly shiftMs?: number
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

/** Brings what was noted of legs to the journal, and by it to the table. What cannot be written is logged and missed by nobody's call. */
export function legRecords({ share, shiftMs = 0, log }: LegRecordOptions): (reports: readonly LegReport[]) => void {
  const instant = (ms: number) => new Date(ms + shiftMs).toISOString()
  const noteOf = ({ startedAtMs, answeredAtMs, endedAtMs, ...leg }: EndedLeg) => ({
    ...leg,
    startedAt: instant(startedAtMs),
    ...(answeredAtMs === undefined ? {} : { answeredAt: instant(answeredAtMs) }),
    endedAt: instant(endedAtMs),
  })
  return (reports) => {
    const records = reports.flatMap(({ accountId, callId, part, legs }) => {
      const at = instant(Math.max(...legs.map(({ endedAtMs }) => endedAtMs)))
      const id = `${callId}/legs/${part}`
      // Far ends have a say in what is noted: what could not be read again is not written.
      const record = CallRecord.safeParse({ kind: 'legs', id, accountId, callId, part, at, legs: legs.map(noteOf) })
      if (!record.success) log({ level: 'ERROR', callId, legs: record.error.message })
      return record.success ? [record.data] : []
    })
    share(records).catch((cause: unknown) =>
      log({ level: 'ERROR', legs: cause instanceof Error ? cause.message : String(cause) }),
    )
  }
}
