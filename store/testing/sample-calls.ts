import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'

/** The record of an answered inbound call of a minute. */
export const cdrOf = (accountId: string, callId: string, at: string): Cdr => ({
  callId,
  accountId,
  at,
  endedAt: new Date(Date.parse(at) + 60_000).toISOString(),
  direction: 'inbound',
  from: '+14255550163',
  to: '8000',
  durationSeconds: 60,
  talkSeconds: 55,
  disposition: 'answered',
  endedBy: 'caller',
  reason: 'hung up',
  emergency: false,
  linkedCallIds: [],
  configRevision: 1,
  engineVersion: '1',
  path: [],
})

export type RecordOf<K extends CallRecord['kind']> = Extract<CallRecord, { kind: K }>

export const started = (accountId: string, callId: string, at: string): RecordOf<'started'> => ({
  kind: 'started',
  id: `${callId}/started`,
  accountId,
  callId,
  at,
  direction: 'inbound',
  from: '+14255550163',
  to: '8000',
  configRevision: 1,
})

export const ended = (cdr: Cdr): RecordOf<'ended'> => ({
  kind: 'ended',
  id: `${cdr.callId}/ended`,
  accountId: cdr.accountId,
  callId: cdr.callId,
  at: cdr.endedAt,
  cdr,
})
