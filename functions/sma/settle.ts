import { revisionOf } from '@offhook/shared/callflow/account-revision.ts'
import { type CallState, callBounds } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand, CallEvent } from '@offhook/shared/callflow/vocabulary.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { asksOfTurnMs, askUrl } from '../outside/ask-url.ts'
import type { SmaDependencies } from './dependencies.ts'
import { lookUp } from './look-up.ts'
import type { Revisions } from './revisions.ts'

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

interface Parts extends Pick<SmaDependencies, 'step' | 'store' | 'callerNames' | 'urls' | 'log'> {
  readonly settings: Pick<SmaDependencies['settings'], 'trustKey'>
  readonly clock: Pick<SmaDependencies['clock'], 'nowMs'>
  readonly revisions: Revisions
}

/**
 * Runs `step` until it needs nothing more: fetches the documents it asks for at the pinned revision, answers its look-ups, each in one
 * batch, and puts its questions to URLs. Throws `PbxError('turn-unsettled')` beyond the bounds, which no engine that ends can reach.
 */
export async function settle(parts: Parts, before: CallState | undefined, first: CallEvent): Promise<Settled> {
  const pin = pinOf(before, first)
  let documents = parts.revisions.documents(pin.accountId, pin.configRevision)
  const steps: SettledStep[] = []
  let state = before
  let event = first
  let lookUps = 0
  let urlsMs = 0
  for (let fetches = 0; fetches <= fetchesMax; ) {
    const turn = parts.step(revisionOf(pin.accountId, pin.configRevision, documents), state, event)
    if ('needs' in turn) {
      fetches++
      documents = await parts.revisions.fetch(pin.accountId, pin.configRevision, turn.needs)
      continue
    }
    steps.push({ turn: turn.state.log.length, at: event.at, commands: turn.commands })
    const asked = turn.commands.at(-1)
    if (asked?.type === 'ask-url') {
      const since = performance.now()
      const { trustKey } = parts.settings
      const ask = { urls: parts.urls, trustKey, nowMs: () => parts.clock.nowMs() }
      const answer = await askUrl(ask, pin.accountId, asked, asksOfTurnMs - urlsMs)
      urlsMs += performance.now() - since
      state = turn.state
      event = { type: 'answered-url', at: first.at, id: asked.id, ...answer }
      continue
    }
    if (asked?.type !== 'look-up') return { state: turn.state, steps }
    if (++lookUps > callBounds.lookUpsPerTurn) break
    const facts = await lookUp(parts, pin.accountId, asked.facts)
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
