import { type DocumentOf, type Kind, singletonId } from '../model/document.ts'
import type { AccountRevision } from './account-revision.ts'
import type { CallState } from './call-state.ts'
import type { CallView } from './define-module.ts'
import { draw } from './draw.ts'
import { factKey, NeedsDocuments, NeedsFacts } from './suspension.ts'
import { type FactKey, type FactOf, LiveFacts } from './vocabulary.ts'

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

/** Live facts of this instant, read by key; what has not been looked up suspends the turn. */
export class FactReader {
  readonly #known: ReadonlyMap<string, Readonly<Record<string, unknown>>>

  constructor(facts: CallState['facts']) {
    this.#known = new Map(facts.map(({ key, value }) => [factKey(key), value]))
  }

  has(key: FactKey): boolean {
    return this.#known.has(factKey(key))
  }

  need(keys: readonly FactKey[]): void {
    const missing = keys.filter((key) => !this.has(key))
    if (missing.length > 0) throw new NeedsFacts(missing)
  }

  /** What does not fit the fact's shape counts as never set. */
  read<K extends FactKey['kind']>(kind: K, id: string): FactOf<K> {
    this.need([{ kind, id }])
    const value = LiveFacts[kind].safeParse(this.#known.get(factKey({ kind, id })))
    return (value.success ? value.data : {}) as FactOf<K>
  }
}

/** The account's device that placed the call. */
export const callingDeviceId = ({ origin }: Pick<CallState, 'origin'>): string | undefined =>
  origin.kind === 'trunk' ? undefined : origin.deviceId

/** What a module sees: made anew for each, so that nothing it does outlives it. */
export function viewOf(
  config: AccountRevision,
  state: CallState,
  at: string,
  position: { readonly callflowId?: string | undefined; readonly nodeId: string },
): CallView {
  const account = findOne(config, 'account', singletonId)
  if (account === undefined) throw new Error('the account was there when the call arrived')
  const facts = new FactReader(state.facts)
  const deviceId = callingDeviceId(state)
  const { actsAs } = state.traits
  const device = () =>
    deviceId === undefined || actsAs !== undefined ? undefined : findOne(config, 'device', deviceId)
  const userOf = (id: string | undefined) => (id === undefined ? undefined : findOne(config, 'user', id))
  return {
    at,
    call: state,
    account,
    callflowId: position.callflowId,
    nodeId: position.nodeId,
    get callingDevice() {
      return device()
    },
    get callingOwner() {
      return userOf(device()?.ownerId)
    },
    get callingUser() {
      if (actsAs !== undefined) return userOf(actsAs.userId)
      if (deviceId === undefined) return undefined
      if (state.admitted) return userOf(state.callingUserId)
      return userOf(facts.read('device', deviceId).hotDeskUserIds?.[0] ?? device()?.ownerId)
    },
    find: (kind, id) => findOne(config, kind, id),
    findAll: (kind, ids) => findAll(config, kind, ids),
    facts: (keys) => facts.need(keys),
    fact: (kind, id) => facts.read(kind, id),
    random: (salt) => draw(state.callId, state.turn, salt),
  }
}
