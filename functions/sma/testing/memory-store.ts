/** What the handler needs of the store, in memory: one account at revision 7, every write applied once by its id. */
import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { FactKey } from '@offhook/shared/callflow/vocabulary.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { type Kind, nouns } from '@offhook/shared/model/document.ts'
import type { LookedUp, SmaStore, Spill } from '../dependencies.ts'

const factId = ({ kind, id }: FactKey): string => `${kind}/${id}`

/** Parses documents given in input form; the account's own is always there. */
function parsed(accountId: string, documents: Readonly<Record<string, object>>): Map<string, unknown> {
  const account = { name: 'Acme', address: 'acme', ...documents['account/account'], id: accountId }
  const all = { 'routing/account': {}, ...documents, 'account/account': account }
  return new Map(
    Object.entries(all).map(([key, document]) => {
      const [kind = '', id = ''] = key.split('/')
      return [key, nouns[kind as Kind].parse({ id, ...document })]
    }),
  )
}

export class MemoryStore implements SmaStore, Spill {
  readonly accountId = 'acme'
  /** Records by id, in the order they were first seen. */
  readonly records = new Map<string, CallRecord>()
  readonly dids = new Map<string, string>()
  readonly known = new Map<string, Record<string, unknown>>()
  readonly items = new Map<string, Uint8Array>()
  isEnabled = true
  /** Fetches, look-ups and shares so far. */
  readonly asked = { fetches: 0, lookUps: 0, shares: 0 }
  /** Thrown by every call while set. */
  broken: Error | undefined
  readonly #documents: ReadonlyMap<string, unknown>

  constructor(documents: Readonly<Record<string, object>> = {}) {
    this.#documents = parsed(this.accountId, documents)
  }

  get cdrs(): Cdr[] {
    return [...this.records.values()].flatMap((record) => (record.kind === 'ended' ? [record.cdr] : []))
  }

  readonly accounts: { head: SmaStore['accounts']['head'] } = {
    head: async (accountId) => {
      this.#check()
      return accountId === this.accountId ? { configRevision: 7, enabled: this.isEnabled } : undefined
    },
  }

  readonly numbers: SmaStore['numbers'] = {
    findDid: async (e164) => {
      const accountId = this.dids.get(e164)
      return accountId === undefined ? undefined : { accountId }
    },
  }

  readonly documents: SmaStore['documents'] = {
    fetch: async (_accountId, _revision, keys) => {
      this.#check()
      this.asked.fetches++
      return new Map(keys.map((key) => [documentKey(key), this.#documents.get(documentKey(key)) ?? null]))
    },
  }

  readonly facts: SmaStore['facts'] = {
    lookUp: async (_accountId, keys): Promise<LookedUp[]> => {
      this.#check()
      this.asked.lookUps++
      return keys.map((key) => ({ key, value: this.known.get(factId(key)) ?? {} }))
    },
  }

  calls: SmaStore['calls'] = {
    share: async (records) => {
      this.#check()
      this.asked.shares++
      for (const record of records) if (!this.records.has(record.id)) this.records.set(record.id, record)
    },
  }

  async save(key: string, bytes: Uint8Array): Promise<void> {
    this.#check()
    this.items.set(key, bytes)
  }

  async load(key: string): Promise<Uint8Array | undefined> {
    return this.items.get(key)
  }

  #check(): void {
    if (this.broken !== undefined) throw this.broken
  }
}
