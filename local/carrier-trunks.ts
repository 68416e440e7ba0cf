import type { TrunkOptions } from '@offhook/edge/trunk/trunk.ts'
import type { Carrier } from '@offhook/shared/model/carrier.ts'
import type { SavedKind } from '@offhook/shared/model/document.ts'
import type { Store } from '@offhook/store/store.ts'
import { accountIds } from './housekeeping.ts'

/** A saved carrier as the edge takes it. */
const trunkOf = (accountId: string, carrier: Carrier, password: string | undefined): TrunkOptions => ({
  id: carrier.id,
  accountId,
  hosts: carrier.hosts,
  direction: carrier.direction,
  priority: carrier.priority,
  callerIdFormat: carrier.callerIdFormat,
  emergency: carrier.emergency,
  ...(carrier.username === undefined || password === undefined
    ? {}
    : { credentials: { username: carrier.username, password } }),
})

/** Carriers of all accounts as trunks of the edge of this machine: as they are saved at its start, and whenever one is saved. */
export class CarrierTrunks {
  readonly #store: () => Store
  readonly #use: (trunks: readonly TrunkOptions[]) => void
  readonly #onError: (error: unknown) => void
  readonly #trunks = new Map<string, readonly TrunkOptions[]>()
  #reading = Promise.resolve()

  constructor(parts: {
    readonly store: () => Store
    readonly use: (trunks: readonly TrunkOptions[]) => void
    readonly onError: (error: unknown) => void
  }) {
    this.#store = parts.store
    this.#use = parts.use
    this.#onError = parts.onError
  }

  async load(): Promise<void> {
    const loading = this.#reading.then(async () => {
      for await (const accountId of accountIds(this.#store())) await this.#read(accountId)
      this.#tell()
    })
    // Whoever starts the machine is told; what is saved later is read all the same.
    this.#reading = loading.catch(() => undefined)
    return loading
  }

  /** For the store to call. Returns at once; the edge has the new ones a moment later. */
  saved(accountId: string, kinds: ReadonlySet<SavedKind>): void {
    if (!kinds.has('carrier')) return
    // One after the other, so that the last one saved is the last one told.
    this.#reading = this.#reading
      .then(() => this.#read(accountId))
      .then(() => this.#tell())
      .catch((error: unknown) => this.#onError(error))
  }

  async trunkOf(accountId: string, carrier: Carrier): Promise<TrunkOptions> {
    return trunkOf(accountId, carrier, await this.#store().carrierPasswords.find(accountId, carrier.id))
  }

  async #read(accountId: string): Promise<void> {
    const carriers = (await this.#store().documents.all(accountId, 'carrier')).filter(({ enabled }) => enabled)
    this.#trunks.set(accountId, await Promise.all(carriers.map((carrier) => this.trunkOf(accountId, carrier))))
  }

  #tell(): void {
    this.#use([...this.#trunks.values()].flat())
  }
}
