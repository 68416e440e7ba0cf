import { blockedBy } from '../blacklist/blacklist.ts'
import { classifyEmergency } from '../emergency/emergency.ts'
import type { Account } from '../model/account.ts'
import { singletonId } from '../model/document.ts'
import { isPublic, normaliseNumber } from '../numbers/normalise.ts'
import { resolveDialled } from './dialled.ts'
import { chooseLanguage } from './language.ts'
import { findModule } from './modules/index.ts'
import { callingDeviceId, FactReader, findAll, findOne } from './view.ts'
import type { Position, Task, Work } from './work.ts'

/** Emergency services call back: for this long after a 911 call nothing may refuse an outside caller. */
export const callBackMs = 30 * 60_000

/** The node id of what no callflow holds: feature codes, plain numbers, announcements. */
export const outsideCallflows = 'start'

export const run = (module: string, params: Record<string, unknown> = {}): Task => ({
  task: 'begin',
  position: { nodeId: outsideCallflows, module, params },
})

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
function refusedBy(work: Work, account: Account): string | undefined {
  const { state, config } = work
  if (state.origin.kind !== 'trunk' || account.blacklists.length === 0) return undefined
  const lists = findAll(config, 'blacklist', account.blacklists).filter((list) => list !== undefined)
  const list = blockedBy(state.caller, lists, account.country)
  if (list === undefined) return undefined
  const { emergencyAt } = new FactReader(state.facts).read('account', singletonId)
  return emergencyAt !== undefined && Date.parse(work.at) - Date.parse(emergencyAt) <= callBackMs
    ? undefined
    : list.name
}

/** The phone that called for help a little while ago from the number that is called now: emergency services call back. */
function calledBackAt({ state, config, at }: Work, account: Account): string | undefined {
  if (state.origin.kind !== 'trunk' || !account.emergency.callBackFirst) return undefined
  const number = normaliseNumber(state.dialled, account.country)
  const shown = findOne(config, 'routing', singletonId)?.emergencyNumbers ?? []
  // Only numbers that a call for help can show: no other call has to look anything up.
  if (!shown.some((one) => one.number === number)) return undefined
  const { emergencyAt, emergencyNumber, emergencyDeviceId } = new FactReader(state.facts).read('account', singletonId)
  const isFresh = emergencyAt !== undefined && Date.parse(at) - Date.parse(emergencyAt) <= callBackMs
  return isFresh && emergencyNumber === number ? emergencyDeviceId : undefined
}

/** Looks a missing caller name up where the dialled number asks for it; the shell answers in time or with nothing. */
function nameCaller(work: Work, account: Account): void {
  const { caller, origin, dialled, facts } = work.state
  if (origin.kind !== 'trunk' || caller.name !== undefined || caller.anonymous || caller.number === undefined) return
  const number = normaliseNumber(caller.number, account.country)
  const did = normaliseNumber(dialled, account.country)
  if (!isPublic(number) || !isPublic(did)) return
  if (findOne(work.config, 'phone-number', did.slice(1))?.inboundNames !== true) return
  const { name } = new FactReader(facts).read('caller-name', number)
  if (name !== undefined && name !== '') work.patch({ caller: { ...caller, name } })
}

/** Why a phone may not call: its registration may outlive by minutes that it was switched off or taken away. */
function barredDevice({ config, state }: Work): string | undefined {
  const deviceId = callingDeviceId(state)
  const device = deviceId === undefined ? undefined : findOne(config, 'device', deviceId)
  if (deviceId === undefined || device?.enabled === true) return undefined
  return device === undefined ? 'the calling device is gone' : 'the calling device is disabled'
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
  const barred = barredDevice(work)
  if (barred !== undefined) return refuse(work, barred)
  const blocked = refusedBy(work, account)
  if (blocked !== undefined) {
    work.note({ reason: `blocked by ${blocked}` })
    work.end('blocked', 'us', `blocked by ${blocked}`, 'busy')
    return undefined
  }
  nameCaller(work, account)
  chooseLanguage(work, account)
  const deviceId = calledBackAt(work, account)
  return deviceId === undefined
    ? route(work, account, state.dialled)
    : run('call-back', { deviceId, dialled: state.dialled })
}

/**
 * Where something dialled leads. Outside callers reach numbers of callflows and nothing else: no codes, no way back out, unless DISA let
 * them in.
 */
export function route(work: Work, account: Account, dialled: string): Task | undefined {
  const inside = work.state.origin.kind !== 'trunk'
  const { actsAs } = work.state.traits
  const found = resolveDialled({ account, find: (kind, id) => findOne(work.config, kind, id) }, dialled)
  if (found.kind === 'callflow') {
    if (inside) work.patch({ direction: 'internal' })
    return enterCallflow(work, found.callflowId, `dialled ${dialled}`)
  }
  if (!inside && actsAs === undefined) {
    work.note({ reason: `nothing answers ${dialled}` })
    work.end('failed', 'us', `nothing answers ${dialled}`, 'unavailable')
    return undefined
  }
  if (inside)
    work.patch({ direction: found.kind === 'emergency' || found.kind === 'outside' ? 'outbound' : 'internal' })
  switch (found.kind) {
    // Digits keyed in a menu, an operator's number, a call back: help is help wherever it was dialled.
    case 'emergency':
      // Help is sent to the phone that is really there, not to whom it calls as.
      work.actAsOneself()
      return run('emergency', { kind: found.help })
    case 'feature-code': {
      const { code, digits } = found
      work.note({ reason: `feature code ${code.id}` })
      // One that was enabled before its module came to be is as good as disabled.
      const isOpen = actsAs === undefined || actsAs.featureCodes
      return code.enabled && isOpen && findModule(code.module) !== undefined
        ? run(code.module, { ...code.params, ...(digits === '' ? {} : { digits }) })
        : run('announce', { say: 'feature-not-available', reason: `${code.id} is not available` })
    }
    case 'outside':
      return run('outside', { number: found.number })
    case 'nothing':
      return run('announce', {
        say: 'number-not-in-service',
        disposition: 'failed',
        reason: `${dialled} is not in service`,
      })
  }
}
