import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import { engineVersion } from '@offhook/shared/callflow/turn.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import type { CallOpening } from './call-opening.ts'

/** What the journal knows of a call whose end the handler never told. */
export interface Unended {
  readonly opening: CallOpening
  readonly started?: Extract<CallRecord, { kind: 'started' }>
  /** When two parties were first connected. */
  readonly bridgedAt?: string
}

const seconds = (from: string, to: string): number =>
  Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000))

/** The truthful record of a call that was cut off: by us, with what is known of it. Has the id every `ended` of the call has. */
export function closingRecord(call: Unended, endedAt: string, reason: string): CallRecord {
  const { opening, started, bridgedAt } = call
  const accountId = started?.accountId ?? opening.accountId
  const deviceId = started?.deviceId ?? opening.deviceId
  const at = started?.at ?? opening.at
  const end = Date.parse(endedAt) < Date.parse(at) ? at : endedAt
  const cdr: Cdr = {
    callId: opening.callId,
    accountId,
    at,
    endedAt: end,
    direction: started?.direction ?? opening.direction,
    from: started?.from ?? opening.from,
    to: started?.to ?? opening.to,
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(bridgedAt === undefined ? {} : { answeredAt: bridgedAt }),
    durationSeconds: seconds(at, end),
    talkSeconds: bridgedAt === undefined ? 0 : seconds(bridgedAt, end),
    disposition: bridgedAt === undefined ? 'failed' : 'answered',
    endedBy: 'us',
    reason,
    emergency: false,
    linkedCallIds: [],
    configRevision: started?.configRevision ?? 0,
    engineVersion,
    path: [],
  }
  return { kind: 'ended', id: `${opening.callId}/ended`, accountId, callId: opening.callId, at: end, cdr }
}
