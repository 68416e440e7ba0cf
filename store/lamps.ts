import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import { type FactOf, LiveFacts } from '@offhook/shared/callflow/vocabulary.ts'
import { type DocumentKey, type DocumentOf, type Kind, singletonId } from '@offhook/shared/model/document.ts'
import { fact } from './fact-item.ts'
import { head } from './head.ts'
import type { Table } from './table-client.ts'
import type { Versions } from './versions.ts'

/** Something after which a phone may have more or fewer messages to tell of: messages of a box, or who sits at a device. */
export type MailChange =
  | { readonly accountId: string; readonly boxId: string }
  | { readonly accountId: string; readonly deviceId: string }

/** What waits for whoever sits at a device. */
export interface MailCounts {
  readonly newCount: number
  readonly savedCount: number
  /** What is called to hear it, such as `*97`; absent where the account has no such code. */
  readonly dial?: string
}

/** Documents of one revision of an account, in the order of their ids. */
type Find = <K extends Kind>(kind: K, ids: readonly string[]) => Promise<(DocumentOf<K> | undefined)[]>

/** Boxes of the people at one device that are counted. */
const boxesMax = 40

/** Which phones show what of which boxes: a box lights the phones of its owner, wherever the owner is logged in. */
export class Lamps {
  readonly #table: Table
  readonly #versions: Pick<Versions, 'fetch'>

  constructor(table: Table, versions: Pick<Versions, 'fetch'>) {
    this.#table = table
    this.#versions = versions
  }

  /** The account as it is now; what was read of it once comes from memory. */
  async #account(accountId: string): Promise<Find | undefined> {
    const now = await this.#table.get(head, { accountId }, { consistent: true })
    if (now === undefined) return undefined
    return async <K extends Kind>(kind: K, ids: readonly string[]) => {
      const keys = ids.map((id): DocumentKey => ({ kind, id }))
      const found = await this.#versions.fetch(accountId, now.configRevision, keys)
      // Every document was checked against its noun when it was read.
      return keys.map((key) => (found.get(documentKey(key)) ?? undefined) as DocumentOf<K> | undefined)
    }
  }

  async #facts<K extends 'device' | 'user' | 'voicemail-box'>(
    accountId: string,
    kind: K,
    ids: readonly string[],
  ): Promise<FactOf<K>[]> {
    if (ids.length === 0) return []
    const items = await this.#table.getMany(
      fact,
      ids.map((id) => ({ accountId, kind, id })),
      // Whoever asks was just told that it changed.
      { consistent: true },
    )
    return items.map((item) => (LiveFacts[kind].safeParse(item ?? {}).data ?? {}) as FactOf<K>)
  }

  /** `undefined` for a device the account does not have. Whoever is logged in at a phone has it for themselves. */
  async countsOf(accountId: string, deviceId: string): Promise<MailCounts | undefined> {
    const find = await this.#account(accountId)
    const [device] = (await find?.('device', [deviceId])) ?? []
    if (find === undefined || device === undefined) return undefined
    const [live] = await this.#facts(accountId, 'device', [deviceId])
    const guests = live?.hotDeskUserIds ?? []
    const people = guests.length > 0 ? guests : device.ownerId === undefined ? [] : [device.ownerId]
    const [owned, [routing]] = await Promise.all([find('ownership', people), find('routing', [singletonId])])
    const boxIds = [...new Set(owned.flatMap((one) => one?.voicemailBoxIds ?? []))].slice(0, boxesMax)
    const counts = await this.#facts(accountId, 'voicemail-box', boxIds)
    const code = routing?.featureCodes.find(({ id, enabled }) => id === 'voicemail-check' && enabled)
    return {
      newCount: counts.reduce((sum, { newCount = 0 }) => sum + newCount, 0),
      savedCount: counts.reduce((sum, { savedCount = 0 }) => sum + savedCount, 0),
      ...(code === undefined ? {} : { dial: `*${code.digits}` }),
    }
  }

  /** SIP usernames of the phones a change concerns. */
  async usernamesOf(change: MailChange): Promise<string[]> {
    const find = await this.#account(change.accountId)
    if (find === undefined) return []
    const deviceIds = 'deviceId' in change ? [change.deviceId] : await this.#devicesOf(change, find)
    const devices = await find('device', deviceIds)
    return devices.flatMap((device) => device?.username ?? [])
  }

  async #devicesOf(
    { accountId, boxId }: { readonly accountId: string; readonly boxId: string },
    find: Find,
  ): Promise<string[]> {
    const [box] = await find('voicemail-box', [boxId])
    if (box?.ownerId === undefined) return []
    const [[owned], [live]] = await Promise.all([
      find('ownership', [box.ownerId]),
      this.#facts(accountId, 'user', [box.ownerId]),
    ])
    return [...new Set([...(owned?.deviceIds ?? []), ...(live?.hotDeskDeviceIds ?? [])])]
  }
}
