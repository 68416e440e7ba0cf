import type { Cdr } from '../model/cdr.ts'
import type { CallState } from './call-state.ts'
import { engineVersion } from './turn.ts'

/** The longest event log that rides in the record itself, characters; a longer one goes to the object store. */
export const logLengthMax = 100_000

const seconds = (from: string, to: string): number =>
  Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000))

/** The record of a call: exactly what its state says, so that whoever closes it, and however often, writes the same. */
export function cdrOf(state: CallState, owner: { readonly userId?: string | undefined } = {}): Cdr {
  const end = state.end ?? {
    at: state.log.at(-1)?.at ?? state.arrivedAt,
    disposition: 'failed' as const,
    by: 'us' as const,
    reason: 'not finished',
  }
  const secrets = new Set(state.secretAt)
  const log = JSON.stringify(state.log.map((event, index) => (secrets.has(index) ? { ...event, secret: true } : event)))
  const prefix = state.traits.prefixes
    .map((one) => one.name || one.number)
    .join(' ')
    .slice(0, 64)
  const deviceId = state.origin.kind === 'trunk' ? undefined : state.origin.deviceId
  // Whoever placed it; a call from outside belongs to who took it.
  const ownerId = owner.userId ?? state.traits.actsAs?.userId ?? state.callingUserId ?? state.answeredBy?.userId
  return {
    callId: state.callId,
    accountId: state.accountId,
    at: state.arrivedAt,
    endedAt: end.at,
    direction: state.direction,
    from: (state.caller.number ?? 'anonymous').slice(0, 64),
    ...(state.caller.name === undefined ? {} : { fromName: state.caller.name.slice(0, 64) }),
    to: state.dialled.slice(0, 64),
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(state.answeredBy === undefined ? {} : { answeredBy: state.answeredBy }),
    ...(state.answeredAt === undefined ? {} : { answeredAt: state.answeredAt }),
    durationSeconds: seconds(state.arrivedAt, end.at),
    talkSeconds: state.answeredAt === undefined ? 0 : seconds(state.answeredAt, end.at),
    disposition: end.disposition,
    endedBy: end.by,
    reason: end.reason,
    ...(prefix === '' ? {} : { prefix }),
    ...(state.traits.voicemailBoxId === undefined ? {} : { voicemailBoxId: state.traits.voicemailBoxId }),
    emergency: state.traits.emergency,
    linkedCallIds: state.linkedCallId === undefined ? [] : [state.linkedCallId],
    configRevision: state.configRevision,
    engineVersion,
    path: state.path,
    ...(log.length > logLengthMax ? {} : { eventLog: log }),
  }
}

/** The event log as people may see it: PINs are left out. It no longer replays past the first of them; the record's path tells the rest. */
export function withoutSecrets(eventLog: string): string {
  const events: unknown = JSON.parse(eventLog)
  return JSON.stringify(Array.isArray(events) ? events.map(withoutSecret) : [])
}

const withoutSecret = (event: unknown): unknown =>
  typeof event === 'object' && event !== null && 'secret' in event && event.secret === true
    ? { ...event, digits: '' }
    : event
