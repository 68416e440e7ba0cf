import { documentKey, revisionOf } from '@offhook/shared/callflow/account-revision.ts'
import { type CallState, callBounds } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand, CallEvent } from '@offhook/shared/callflow/vocabulary.ts'
import type { DocumentKey } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { SmaDependencies } from './dependencies.ts'

/** Fetches of one turn. A document is asked for once, so this is the depth of references, not their number. */
const fetchesMax = 80

/** One run of the engine inside a turn: the event's own, and one for each look-up's answer. */
export interface SettledStep {
  readonly turn: number
  readonly at: string
  readonly commands: readonly CallCommand[]
}

/** A turn with nothing left to ask. `commands` are those the caller's legs must carry out. */
export interface Settled {
  readonly state: CallState
  readonly steps: readonly SettledStep[]
}

type Parts = Pick<SmaDependencies, 'step' | 'store'>

/**
 * Runs `step` until it needs nothing more: fetches the documents it asks for at the pinned revision and answers its look-ups, each in one
 * batch. Throws `PbxError('turn-unsettled')` beyond the bounds, which no engine that ends can reach.
 */
export async function settle(parts: Parts, before: CallState | undefined, first: CallEvent): Promise<Settled> {
  const documents = new Map<string, unknown>()
  const pin = pinOf(before, first)
  const steps: SettledStep[] = []
  let state = before
  let event = first
  let lookUps = 0
  for (let fetches = 0; fetches <= fetchesMax; ) {
    const turn = parts.step(revisionOf(pin.accountId, pin.configRevision, documents), state, event)
    if ('needs' in turn) {
      fetches++
      await fetchInto(documents, parts, pin, turn.needs)
      continue
    }
    steps.push({ turn: turn.state.log.length, at: event.at, commands: turn.commands })
    const lookUp = turn.commands.at(-1)
    if (lookUp?.type !== 'look-up') return { state: turn.state, steps }
    if (++lookUps > callBounds.lookUpsPerTurn) break
    const facts = await parts.store.facts.lookUp(pin.accountId, lookUp.facts)
    state = turn.state
    event = { type: 'looked-up', at: first.at, facts: facts.map(({ key, value }) => ({ key, value })) }
  }
  throw new PbxError('turn-unsettled', {
    status: 500,
    details: { event: first.type, fetches: documents.size, lookUps },
  })
}

function pinOf(state: CallState | undefined, event: CallEvent) {
  if (state !== undefined) return { accountId: state.accountId, configRevision: state.configRevision }
  if (event.type === 'arrived') return { accountId: event.accountId, configRevision: event.configRevision }
  throw new PbxError('call-unknown', { status: 500, details: { event: event.type } })
}

async function fetchInto(
  documents: Map<string, unknown>,
  parts: Parts,
  pin: { readonly accountId: string; readonly configRevision: number },
  needs: readonly DocumentKey[],
): Promise<void> {
  const found = await parts.store.documents.fetch(pin.accountId, pin.configRevision, needs)
  for (const key of needs) documents.set(documentKey(key), found.get(documentKey(key)) ?? null)
}
