import { didClaim } from './claims.ts'
import type { Table } from './table-client.ts'

export interface DidOwner {
  readonly accountId: string
  readonly callflowId?: string | undefined
}

/** Public numbers over all accounts: whose a DID is. */
export class Numbers {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async findDid(e164: string): Promise<DidOwner | undefined> {
    return this.#table.get(didClaim, { did: e164 })
  }
}
