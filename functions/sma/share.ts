/** What others must see of a turn, as records the store applies once each, however often the turn is repeated. */
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand, CallCommandOf } from '@offhook/shared/callflow/vocabulary.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import type { Settled } from './settle.ts'

interface Common {
  /** Applied once: (callId, turn, index), or the call's one `started` and `ended`. */
  readonly id: string
  readonly accountId: string
  readonly callId: string
  readonly at: string
}

export type CallRecord =
  | (Common & {
      readonly kind: 'started'
      readonly direction: CallState['direction']
      readonly from: string
      readonly to: string
      readonly deviceId?: string
      readonly configRevision: number
    })
  | (Common & { readonly kind: 'ended'; readonly cdr: Cdr })
  | (Common & {
      readonly kind: 'change'
      readonly fact: CallCommandOf<'change'>['fact']
      readonly set: Record<string, unknown>
    })
  | (Common & { readonly kind: 'file-message'; readonly command: CallCommandOf<'file-message'> })
  | (Common & { readonly kind: 'notify'; readonly command: CallCommandOf<'notify'> })

/** Records of one settled turn, in the order they happened. `why` replaces the CDR's end when we broke the call ourselves. */
export function recordsOf(
  settled: Settled,
  before: CallState | undefined,
  cdrOf: (state: CallState) => Cdr,
  why?: string,
): CallRecord[] {
  const { state } = settled
  const started = before === undefined ? [startedRecord(state)] : []
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
    configRevision: state.configRevision,
  }
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
    case 'change':
      return [{ ...common, kind: 'change', fact: command.fact, set: command.set }]
    case 'file-message':
      return [{ ...common, kind: 'file-message', command }]
    case 'notify':
      return [{ ...common, kind: 'notify', command }]
    default:
      return []
  }
}
