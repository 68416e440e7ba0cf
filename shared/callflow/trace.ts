import type { AccountRevision } from './account-revision.ts'
import type { CallState } from './call-state.ts'
import { step } from './engine.ts'
import type { CallCommand, CallEvent } from './vocabulary.ts'

export interface Decision {
  readonly event: CallEvent
  readonly commands: readonly CallCommand[]
  readonly state: CallState
}

/** Every decision of a past call, computed again from its event log: the same to the byte (R-293). Throws when a document is missing. */
export function replay(config: AccountRevision, log: readonly CallEvent[]): Decision[] {
  const decisions: Decision[] = []
  let state: CallState | undefined
  for (const event of log) {
    const turn = step(config, state, event)
    if ('needs' in turn)
      throw new Error(`the revision lacks ${turn.needs.map((key) => `${key.kind}/${key.id}`).join(', ')}`)
    state = turn.state
    decisions.push({ event, ...turn })
  }
  return decisions
}
