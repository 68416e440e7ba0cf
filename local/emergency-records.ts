import type { EmergencyReport } from '@offhook/edge/call/emergency-calls.ts'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { engineVersion } from '@offhook/shared/callflow/turn.ts'
import { placedForHelp } from '@offhook/shared/emergency/emergency.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { singletonId } from '@offhook/shared/model/document.ts'

/** Calls for help under way that are remembered; there is no bound on making them, only on remembering when they began. */
const underWayMax = 10_000

interface UnderWay {
  readonly startedAtMs: number
  readonly answeredAtMs?: number
}

/**
 * The records of calls for help, which the edge places without the handler: that one was made (so that a call back is never blocked,
 * R-176), and exactly one CDR. `shiftMs` moves stored times as OFFHOOK_CLOCK asks.
 */
export function emergencyRecords(
  share: (records: readonly CallRecord[]) => Promise<void>,
  shiftMs: number,
): (report: EmergencyReport) => Promise<void> {
  const underWay = new Map<string, UnderWay>()
  const instant = (ms: number) => new Date(ms + shiftMs).toISOString()

  const cdrOf = (report: EmergencyReport, { startedAtMs, answeredAtMs }: UnderWay): Cdr => ({
    callId: report.callId,
    accountId: report.accountId,
    at: instant(startedAtMs),
    endedAt: instant(report.atMs),
    direction: 'outbound',
    from: report.callBackNumber ?? 'anonymous',
    to: report.dialled.slice(0, 64),
    deviceId: report.deviceId,
    ...(answeredAtMs === undefined ? {} : { answeredAt: instant(answeredAtMs) }),
    durationSeconds: Math.max(0, Math.round((report.atMs - startedAtMs) / 1_000)),
    talkSeconds: answeredAtMs === undefined ? 0 : Math.max(0, Math.round((report.atMs - answeredAtMs) / 1_000)),
    disposition: report.phase === 'not-carried' ? 'failed' : answeredAtMs === undefined ? 'cancelled' : 'answered',
    endedBy: report.phase === 'not-carried' ? 'carrier' : 'caller',
    reason: report.phase === 'not-carried' ? 'no carrier took the call for help' : report.notice.slice(0, 200),
    emergency: true,
    linkedCallIds: [],
    configRevision: 0,
    engineVersion,
    path: [],
  })

  return async (report) => {
    const common = { accountId: report.accountId, callId: report.callId, at: instant(report.atMs) }
    if (report.phase === 'started') {
      if (underWay.size >= underWayMax) underWay.delete(underWay.keys().next().value ?? '')
      underWay.set(report.callId, { startedAtMs: report.atMs })
      return share([
        {
          ...common,
          kind: 'change',
          id: `${report.callId}/emergency`,
          fact: { kind: 'account', id: singletonId },
          set: placedForHelp(common.at, report.deviceId, report.callBackNumber),
        },
      ])
    }
    const call = underWay.get(report.callId) ?? { startedAtMs: report.atMs }
    if (report.phase === 'answered') return void underWay.set(report.callId, { ...call, answeredAtMs: report.atMs })
    underWay.delete(report.callId)
    return share([{ ...common, kind: 'ended', id: `${report.callId}/ended`, cdr: cdrOf(report, call) }])
  }
}
