import { type FactKey, type FactOf, LiveFacts } from '@offhook/shared/callflow/vocabulary.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { Folder } from '@offhook/shared/model/voicemail-box.ts'
import { fact } from './fact-item.ts'
import type { Messages } from './messages.ts'
import { once } from './once.ts'
import { type LiveCall, readRoster, rosterKeys } from './roster.ts'
import type { Table } from './table-client.ts'

export interface Fact {
  readonly key: FactKey
  readonly value: Record<string, unknown>
}

/** Calls of one account that are up, known to whoever carries them all. */
export interface CallCounts {
  readonly callsUp: number
  readonly outboundUp: number
  ofDevice(deviceId: string): number
}

/** Kinds that are counted from the calls that are up. */
const countsCalls = (kind: FactKey['kind']): boolean => kind === 'account' || kind === 'device'

/** Facts that change without a save: read in one batch, changed once however often the change is repeated. */
export class Facts {
  readonly #table: Table
  readonly #messages: Messages
  readonly #now: () => number

  constructor(table: Table, messages: Messages, now: () => number) {
    this.#table = table
    this.#messages = messages
    this.#now = now
  }

  /**
   * Answers every key; what was never set is empty. One request, and one more for each voicemail folder a message is asked of. Who knows
   * how many calls are up says so in `counts`; else they are counted off the roster.
   */
  async lookUp(accountId: string, wanted: readonly FactKey[], counts?: CallCounts): Promise<Fact[]> {
    const stored = wanted.filter(({ kind }) => kind !== 'voicemail-message')
    const roster = counts === undefined && stored.some(({ kind }) => countsCalls(kind)) ? rosterKeys : []
    const items = await this.#table.getMany(
      fact,
      [...stored, ...roster].map(({ kind, id }) => ({ accountId, kind, id })),
    )
    const up = counts ?? countsOf(readRoster(items.slice(stored.length), this.#now()).live)
    const values = new Map(stored.map((key, index) => [key, items[index]]))
    const folders = this.#foldersOf(accountId)
    return Promise.all(
      wanted.map(async (key) => ({
        key,
        value:
          key.kind === 'voicemail-message'
            ? await folders(key.id)
            : { ...fitting(key.kind, values.get(key) ?? {}), ...countOf(key, up) },
      })),
    )
  }

  async get<K extends FactKey['kind']>(accountId: string, kind: K, id: string): Promise<FactOf<K>> {
    const [found] = await this.lookUp(accountId, [{ kind, id }])
    return (found?.value ?? {}) as FactOf<K>
  }

  /** As the last change left it: for whoever was told of that change. */
  async latest<K extends FactKey['kind']>(accountId: string, kind: K, id: string): Promise<FactOf<K>> {
    const item = await this.#table.get(fact, { accountId, kind, id }, { consistent: true })
    return fitting(kind, item ?? {}) as FactOf<K>
  }

  /**
   * Notes the revision from which on a document has what was recorded or set by phone. False when it was changed again meanwhile: then
   * that stands.
   */
  async filed(
    accountId: string,
    { kind, id }: FactKey,
    { key, revision }: { readonly key: string; readonly revision: string },
    value: string | boolean,
    atRevision: number,
  ): Promise<boolean> {
    const refusal = await this.#table.transact([
      this.#table.updating(fact.key({ accountId, kind, id }), {
        set: 'SET #revision = :revision',
        condition: '#key = :key',
        names: { '#key': key, '#revision': revision },
        values: { ':key': value, ':revision': atRevision },
      }),
    ])
    return refusal === undefined
  }

  /** Messages by `<boxId>/<folder>/<n>`; each folder is read once. */
  #foldersOf(accountId: string): (place: string) => Promise<Record<string, unknown>> {
    const folders = new Map<string, ReturnType<Messages['inPlayingOrder']>>()
    return async (place) => {
      const [boxId = '', name, index = '0'] = place.split('/')
      const folder = Folder.catch('new').parse(name)
      const messages = folders.get(`${boxId}/${folder}`) ?? this.#messages.inPlayingOrder(accountId, boxId, folder)
      folders.set(`${boxId}/${folder}`, messages)
      return fitting('voicemail-message', (await messages)[Number(index)] ?? {})
    }
  }

  /**
   * Merges fields into a fact and counts others up, those that fit it. `id` names the change: applied again it does nothing. False then.
   */
  async change(
    accountId: string,
    id: string,
    key: FactKey,
    set: Readonly<Record<string, unknown>>,
    add: Readonly<Record<string, number>> = {},
  ): Promise<boolean> {
    const entries = [
      ...Object.entries(fitting(key.kind, set)).map((entry) => [...entry, 'set'] as const),
      ...Object.entries(fitting(key.kind, add)).map((entry) => [...entry, 'add'] as const),
    ]
    if (entries.length === 0) return false
    const assigned = entries.map(([, , how], index) =>
      how === 'set' ? `#f${index} = :v${index}` : `#f${index} = if_not_exists(#f${index}, :none) + :v${index}`,
    )
    const refusal = await this.#table.transact([
      once(this.#table, accountId, id),
      this.#table.updating(fact.key({ accountId, kind: key.kind, id: key.id }), {
        set: `SET ${assigned.join(', ')}`,
        names: Object.fromEntries(entries.map(([name], index) => [`#f${index}`, name])),
        values: {
          ...Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value])),
          ...(entries.some(([, , how]) => how === 'add') ? { ':none': 0 } : {}),
        },
      }),
    ])
    return refusal === undefined
  }
}

/** The fields of a fact that are what they should be: one bad field must not keep the others, or a whole journal, from the table. */
function fitting(kind: FactKey['kind'], fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fit: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(LiveFacts[kind].shape)) {
    const parsed = schema.safeParse(fields[name])
    if (parsed.success && parsed.data !== undefined) fit[name] = parsed.data
  }
  return fit
}

const countsOf = (live: readonly LiveCall[]): CallCounts => ({
  callsUp: live.length,
  outboundUp: live.filter(({ direction, outside }) => direction === 'outbound' || outside === true).length,
  ofDevice: (id) => live.filter(({ deviceId }) => deviceId === id).length,
})

function countOf({ kind, id }: FactKey, up: CallCounts): Record<string, number> {
  if (kind === 'account' && id === singletonId) return { callsUp: up.callsUp, outboundUp: up.outboundUp }
  return kind === 'device' ? { callsUp: up.ofDevice(id) } : {}
}
