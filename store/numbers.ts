import { keys } from './table.ts'
import type { Table } from './table-client.ts'

export interface DidOwner {
  readonly accountId: string
  readonly callflowId?: string
}

/** Public numbers over all accounts: whose a DID is. */
export class Numbers {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async findDid(e164: string): Promise<DidOwner | undefined> {
    const claim = await this.#table.get(keys.claim('did', e164), 'CLAIM')
    return claim === undefined
      ? undefined
      : {
          accountId: String(claim.accountId),
          ...(typeof claim.callflowId === 'string' ? { callflowId: claim.callflowId } : {}),
        }
  }
}
