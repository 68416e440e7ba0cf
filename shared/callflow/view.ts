import { type DocumentOf, type Kind, singletonId } from '../model/document.ts'
import type { AccountRevision } from './account-revision.ts'
import type { CallState } from './call-state.ts'
import type { CallView } from './define-module.ts'
import { draw } from './draw.ts'
import { factKey, NeedsDocuments, NeedsFacts } from './suspension.ts'
import type { FactKey, FactOf } from './vocabulary.ts'

/** Documents one read of a module may ask for at once. */
export const findMax = 500

/** Reads documents of a revision, suspending the turn for what has not been fetched. */
export function findAll<K extends Kind>(
  config: AccountRevision,
  kind: K,
  ids: readonly string[],
): (DocumentOf<K> | undefined)[] {
  const found = ids.slice(0, findMax).map((id) => config.find(kind, id))
  const missing = ids.slice(0, findMax).filter((_, index) => found[index] === undefined)
  if (missing.length > 0) throw new NeedsDocuments([...new Set(missing)].map((id) => ({ kind, id })))
  return found.map((document) => (document === 'absent' ? undefined : document))
}

export const findOne = <K extends Kind>(config: AccountRevision, kind: K, id: string): DocumentOf<K> | undefined =>
  findAll(config, kind, [id])[0]

/** What a module sees: made anew for each, so that nothing it does outlives it. */
export function viewOf(
  config: AccountRevision,
  state: CallState,
  at: string,
  position: { readonly callflowId?: string | undefined; readonly nodeId: string },
): CallView {
  const account = findOne(config, 'account', singletonId)
  if (account === undefined) throw new Error('the account was there when the call arrived')
  const known = new Map(state.facts.map(({ key, value }) => [factKey(key), value]))
  const facts = (keys: readonly FactKey[]) => {
    const missing = keys.filter((key) => !known.has(factKey(key)))
    if (missing.length > 0) throw new NeedsFacts(missing)
  }
  const deviceId = state.origin.kind === 'trunk' ? undefined : state.origin.deviceId
  let device: DocumentOf<'device'> | undefined | null = null
  let user: DocumentOf<'user'> | undefined | null = null
  const callingDevice = () => {
    if (device === null) device = deviceId === undefined ? undefined : findOne(config, 'device', deviceId)
    return device
  }
  return {
    at,
    call: state,
    account,
    callflowId: position.callflowId,
    nodeId: position.nodeId,
    get callingDevice() {
      return callingDevice()
    },
    get callingUser() {
      const ownerId = callingDevice()?.ownerId
      if (user === null) user = ownerId === undefined ? undefined : findOne(config, 'user', ownerId)
      return user
    },
    find: (kind, id) => findOne(config, kind, id),
    findAll: (kind, ids) => findAll(config, kind, ids),
    facts,
    fact<K extends FactKey['kind']>(kind: K, id: string) {
      facts([{ kind, id }])
      return (known.get(factKey({ kind, id })) ?? {}) as FactOf<K>
    },
    random: (salt) => draw(state.callId, state.turn, salt),
  }
}
