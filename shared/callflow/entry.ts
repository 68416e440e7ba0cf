import { blockedBy } from '../blacklist/blacklist.ts'
import { classifyEmergency } from '../emergency/emergency.ts'
import { singletonId } from '../model/document.ts'
import { numberRouteId } from '../model/number-route.ts'
import { normaliseNumber } from '../numbers/normalise.ts'
import { type Resolution, resolve } from '../numbers/resolve.ts'
import type { AccountRevision } from './account-revision.ts'
import { NeedsFacts } from './suspension.ts'
import { findAll, findOne } from './view.ts'
import type { Position, Task, Work } from './work.ts'

/** Emergency services call back: for this long after a 911 call nothing may refuse an outside caller. */
export const callBackMs = 30 * 60_000

/** The node id of what no callflow holds: feature codes, plain numbers, announcements. */
export const outsideCallflows = 'start'

export const run = (module: string, params: Record<string, unknown> = {}): Task => ({
  task: 'begin',
  position: { nodeId: outsideCallflows, module, params },
})

/** Reads a live fact of this instant or suspends for it. */
export function readFact(work: Work, kind: 'account', id: string): Record<string, unknown> {
  const found = work.state.facts.find((fact) => fact.key.kind === kind && fact.key.id === id)
  if (found === undefined) throw new NeedsFacts([{ kind, id }])
  return found.value
}

/** What something dialled inside the account names. */
export function resolveDialled(config: AccountRevision, dialled: string): Resolution {
  const routing = findOne(config, 'routing', singletonId)
  const route = /^(\+?\d{2,15}|\*{1,2}\d{1,6})$/.test(dialled)
    ? findOne(config, 'number-route', numberRouteId(dialled))
    : undefined
  return resolve(
    routing ?? { id: singletonId, patterns: [], featureCodes: [], emergencyNumbers: [] },
    route?.callflowId,
    dialled,
    findOne(config, 'account', singletonId)?.emergency.prefix,
  )
}

/** Where to begin a callflow: its root, or an announcement when it has none. */
export function enterCallflow(work: Work, callflowId: string, reason: string): Task {
  const callflow = findOne(work.config, 'callflow', callflowId)
  const node = callflow?.root === undefined ? undefined : callflow.nodes[callflow.root]
  work.note({ callflowId, reason })
  if (node === undefined)
    return run('announce', {
      say: 'number-not-in-service',
      disposition: 'failed',
      reason: callflow === undefined ? 'callflow missing' : 'callflow is empty',
    })
  const position: Position = { callflowId, nodeId: node.id, module: node.type }
  return { task: 'begin', position }
}

const refuse = (work: Work, reason: string, cause: 'busy' | 'unavailable' = 'unavailable'): undefined => {
  work.note({ reason })
  work.end('refused', 'us', reason, cause)
}

/** The list that refuses this outside caller, unless somebody here called for help a little while ago. */
function refusedBy(work: Work): string | undefined {
  const { state, config } = work
  const account = findOne(config, 'account', singletonId)
  if (account === undefined || state.origin.kind !== 'trunk' || account.blacklists.length === 0) return undefined
  const lists = findAll(config, 'blacklist', account.blacklists).filter((list) => list !== undefined)
  const list = blockedBy(state.caller, lists, account.country)
  if (list === undefined) return undefined
  const { emergencyAt } = readFact(work, 'account', singletonId) as { emergencyAt?: string }
  return emergencyAt !== undefined && Date.parse(work.at) - Date.parse(emergencyAt) <= callBackMs
    ? undefined
    : list.name
}

/** The first decision of a call: help before all else, then who may come in, then where the number leads. */
export function enter(work: Work): Task | undefined {
  const { state, config } = work
  const account = findOne(config, 'account', singletonId)
  if (account === undefined) return refuse(work, 'account missing')
  if (state.origin.kind !== 'trunk') {
    const kind = classifyEmergency(state.dialled, account.emergency.prefix)
    if (kind !== undefined) return run('emergency', { kind })
  }
  if (!account.enabled) return refuse(work, 'account disabled')
  const blocked = refusedBy(work)
  if (blocked !== undefined) {
    work.note({ reason: `blocked by ${blocked}` })
    work.end('blocked', 'us', `blocked by ${blocked}`, 'busy')
    return undefined
  }
  return route(work, normaliseNumber(state.dialled, account.country))
}

/** Where a normalised number leads. Outside callers reach numbers of callflows and nothing else: no codes, no way back out. */
export function route(work: Work, dialled: string): Task | undefined {
  const { state } = work
  const found = resolveDialled(work.config, dialled)
  const inside = state.origin.kind !== 'trunk'
  // Digits keyed in a menu, an operator's number, a call back: help is help wherever it was dialled, but nobody outside can send it here.
  if (found.kind === 'emergency' && inside) return run('emergency', { kind: found.help })
  if (found.kind === 'callflow') {
    if (inside) work.patch({ direction: 'internal' })
    return enterCallflow(work, found.callflowId, `dialled ${dialled}`)
  }
  if (!inside) {
    work.note({ reason: `nothing answers ${dialled}` })
    work.end('failed', 'us', `nothing answers ${dialled}`, 'unavailable')
    return undefined
  }
  if (found.kind === 'feature-code') {
    work.note({ reason: `feature code ${found.code.id}` })
    if (!found.code.enabled)
      return run('announce', {
        say: 'feature-not-available',
        disposition: 'completed',
        reason: `${found.code.id} is disabled`,
      })
    return run(found.code.module, { ...found.code.params, ...(found.digits === '' ? {} : { digits: found.digits }) })
  }
  if (found.kind === 'outside') return run('outside', { number: found.number })
  return run('announce', {
    say: 'number-not-in-service',
    disposition: 'failed',
    reason: `${dialled} is not in service`,
  })
}
