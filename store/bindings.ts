import { Binding } from '@offhook/shared/model/registration.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'
import type { Page, Table } from './table-client.ts'

const bindingItem = entity(z.object({ binding: Binding }), accountTemplates.binding)

/** Bindings one edge task loads at its start. */
const loadMax = 200_000

const keyOf = ({ accountId, username, id }: Binding) => bindingItem.key({ accountId, username, id })
const itemOf = (binding: Binding) =>
  bindingItem.item(binding, { binding }, Math.ceil(Date.parse(binding.expiresAt) / 1_000))

/** One state of each binding: a batch may not name an item twice. */
const newest = (bindings: readonly Binding[]): Binding[] => [
  ...new Map(bindings.map((binding) => [`${keyOf(binding).pk} ${keyOf(binding).sk}`, binding])).values(),
]

/** Contacts of phones: written in batches by the edge, read by it at its start and by the console by account. */
export class Bindings {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async saveBatch(bindings: readonly Binding[]): Promise<void> {
    await this.#table.writeMany(newest(bindings).map(itemOf), [])
  }

  async removeBatch(bindings: readonly Binding[]): Promise<void> {
    await this.#table.writeMany([], newest(bindings).map(keyOf))
  }

  /** What an edge task held before it went down, expired ones left out; at most 200,000. */
  async loadAll(edgeId: string): Promise<Binding[]> {
    const found: Binding[] = []
    for await (const { binding } of this.#table.walkIndex(bindingItem, { edgeId }, { limit: 1_000 })) {
      if (found.length === loadMax) break
      found.push(binding)
    }
    return found
  }

  /** Contacts of one username; at most 100. */
  async of(accountId: string, username: string): Promise<Binding[]> {
    const { items } = await this.#table.query(bindingItem, { accountId }, { prefix: `${username}#`, limit: 100 })
    return items.map(({ binding }) => binding)
  }

  async list(
    accountId: string,
    page: { readonly cursor?: string | undefined; readonly limit?: number } = {},
  ): Promise<Page<Binding>> {
    const { items, ...rest } = await this.#table.query(
      bindingItem,
      { accountId },
      { limit: page.limit ?? 100, cursor: page.cursor },
    )
    return { items: items.map(({ binding }) => binding), ...rest }
  }
}
