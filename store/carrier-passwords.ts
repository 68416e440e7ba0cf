import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates } from './table.ts'
import type { Table } from './table-client.ts'

const password = entity(z.object({ password: z.string().min(1).max(128) }), accountTemplates.carrierPassword)

/** What carriers are proven to by, apart from their documents: written by the operator, read by the edge, shown to nobody. */
export class CarrierPasswords {
  readonly #table: Table

  readonly #onSet: (accountId: string) => void

  constructor(table: Table, onSet: (accountId: string) => void) {
    this.#table = table
    this.#onSet = onSet
  }

  async find(accountId: string, carrierId: string): Promise<string | undefined> {
    return (await this.#table.get(password, { accountId, id: carrierId }, { consistent: true }))?.password
  }

  async set(accountId: string, carrierId: string, secret: string): Promise<void> {
    await this.#table.put(password.item({ accountId, id: carrierId }, { password: secret }))
    this.#onSet(accountId)
  }
}
