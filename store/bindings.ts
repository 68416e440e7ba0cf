import { Binding } from '@offhook/shared/model/registration.ts'
import { keys } from './table.ts'
import type { Page, Table } from './table-client.ts'

/** Bindings one edge task loads at its start. */
const loadMax = 200_000

const address = (binding: Binding) => ({ pk: keys.edge(binding.edgeId), sk: `${binding.username}#${binding.id}` })

/** Contacts of phones: written in batches by the edge, read by it at its start and by the console by account. */
export class Bindings {
  readonly #table: Table
  readonly #now: () => number

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  async saveBatch(bindings: readonly Binding[]): Promise<void> {
    const items = bindings.map((binding) => ({
      ...address(binding),
      gsi1pk: keys.bindings(binding.accountId),
      gsi1sk: `${binding.username}#${binding.id}`,
      binding,
      expiresAtEpochSeconds: Math.ceil(Date.parse(binding.expiresAt) / 1_000),
    }))
    await this.#table.writeMany([...new Map(items.map((item) => [`${item.pk} ${item.sk}`, item])).values()], [])
  }

  async removeBatch(bindings: readonly Binding[]): Promise<void> {
    await this.#table.writeMany(
      [],
      [
        ...new Map(
          bindings.map((binding) => [`${binding.edgeId} ${binding.username} ${binding.id}`, address(binding)]),
        ).values(),
      ],
    )
  }

  async loadAll(edgeId: string): Promise<Binding[]> {
    const items = await this.#table.queryAll(keys.edge(edgeId), {}, loadMax)
    return items
      .map((item) => Binding.parse(item.binding))
      .filter((binding) => Date.parse(binding.expiresAt) > this.#now())
  }

  async list(accountId: string, page: { cursor?: string | undefined; limit?: number } = {}): Promise<Page<Binding>> {
    const { items, cursor } = await this.#table.query(keys.bindings(accountId), {
      index: 'byAccount',
      limit: Math.min(page.limit ?? 100, 1_000),
      cursor: page.cursor,
    })
    return { items: items.map((item) => Binding.parse(item.binding)), ...(cursor === undefined ? {} : { cursor }) }
  }
}
