import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import type { LegNote } from '@offhook/shared/model/leg-note.ts'

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

/** What was noted of a caller whose audio was fine. */
export const callerNote = (at: string): LegNote => ({
  legId: 'leg-a',
  role: 'caller',
  kind: 'device',
  deviceId: 'desk',
  address: '1001',
  sipCallId: 'a84b4c76e66710',
  startedAt: at,
  answeredAt: at,
  endedAt: new Date(Date.parse(at) + 60_000).toISOString(),
  endedBy: 'far-end',
  sipStatus: 0,
  reason: 'BYE',
  transport: 'udp',
  network: 'private',
  media: {
    codec: 'PCMU',
    seconds: 60,
    packetsSent: 3_000,
    packetsReceived: 2_997,
    packetsLost: 3,
    lossPercent: 0.1,
    jitterMs: 2.5,
    mos: 4.3,
  },
})

export const legs = (accountId: string, callId: string, part: string, notes: readonly LegNote[]): RecordOf<'legs'> => ({
  kind: 'legs',
  id: `${callId}/legs/${part}`,
  accountId,
  callId,
  part,
  at: notes.at(-1)?.endedAt ?? new Date(0).toISOString(),
  legs: [...notes],
})

export const ended = (cdr: Cdr): RecordOf<'ended'> => ({
  kind: 'ended',
  id: `${cdr.callId}/ended`,
  accountId: cdr.accountId,
  callId: cdr.callId,
  at: cdr.endedAt,
  cdr,
})
