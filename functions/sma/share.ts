/** What others must see of a turn, as records the store applies once each, however often the turn is repeated. */
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand } from '@offhook/shared/callflow/vocabulary.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import type { Settled } from './settle.ts'

type Common = Pick<CallRecord, 'id' | 'accountId' | 'callId' | 'at'>

/** Records of one settled turn, in the order they happened. `why` replaces the CDR's end when we broke the call ourselves. */
export function recordsOf(
  settled: Settled,
  before: CallState | undefined,
  cdrOf: (state: CallState) => Cdr,
  why?: string,
): CallRecord[] {
  const { state } = settled
  const started =
    before === undefined ? [startedRecord(state)] : [...goneOutside(state, before), ...leavesMessage(state, before)]
  const done = settled.steps.flatMap(({ commands, turn, at }) =>
    commands.flatMap((command, index) =>
      recordOf(command, { ...commonOf(state, at), id: `${state.callId}/${turn}/${index}` }),
    ),
  )
  const ended = state.phase === 'ended' && before?.phase !== 'ended' ? [endedRecord(state, cdrOf, why)] : []
  return [...started, ...done, ...ended]
}

const commonOf = (state: CallState, at: string) => ({ accountId: state.accountId, callId: state.callId, at })

function startedRecord(state: CallState): CallRecord {
  const deviceId = state.origin.kind === 'trunk' ? undefined : state.origin.deviceId
  return {
    kind: 'started',
    id: `${state.callId}/started`,
    ...commonOf(state, state.arrivedAt),
    direction: state.direction,
    from: state.caller.number ?? '',
    to: state.dialled,
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(state.outside === true ? { outside: true } : {}),
    configRevision: state.configRevision,
  }
}

/** Told once: a call goes outside and does not come back. */
const goneOutside = (state: CallState, before: CallState): CallRecord[] =>
  state.outside === true && before.outside !== true
    ? [{ kind: 'outside', id: `${state.callId}/outside`, ...commonOf(state, state.log.at(-1)?.at ?? state.arrivedAt) }]
    : []

/** Told once: from here on what is said becomes a message, and somebody is told who it is from. */
function leavesMessage(state: CallState, before: CallState): CallRecord[] {
  if (state.traits.voicemailBoxId === undefined || before.traits.voicemailBoxId !== undefined) return []
  const callerName = [...state.traits.prefixes.map(({ name }) => name), state.caller.name ?? '']
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, 64)
  return callerName === ''
    ? []
    : [
        {
          kind: 'voicemail',
          id: `${state.callId}/voicemail`,
          ...commonOf(state, state.log.at(-1)?.at ?? state.arrivedAt),
          callerName,
        },
      ]
}

function endedRecord(state: CallState, cdrOf: (state: CallState) => Cdr, why: string | undefined): CallRecord {
  const cdr = cdrOf(state)
  return {
    kind: 'ended',
    id: `${state.callId}/ended`,
    ...commonOf(state, cdr.endedAt),
    cdr: why === undefined ? cdr : { ...cdr, disposition: 'failed', endedBy: 'us', reason: why },
  }
}

function recordOf(command: CallCommand, common: Common): CallRecord[] {
  switch (command.type) {
    case 'change': {
      const { type: kind, ...said } = command
      return [{ ...common, kind, ...said }]
    }
    case 'file-message': {
      const { type: kind, ...said } = command
      return [{ ...common, kind, ...said }]
    }
    case 'notify': {
      const { type: kind, ...said } = command
      return [{ ...common, kind, ...said }]
    }
    case 'tell-url': {
      const { type: kind, ...said } = command
      return [{ ...common, kind, ...said }]
    }
    default:
      return []
  }
}
