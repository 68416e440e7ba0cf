import { defaultFeatureCodes, featureCodeGeneration } from '@offhook/shared/callflow/feature-codes.ts'
import { Account } from '@offhook/shared/model/account.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { Routing } from '@offhook/shared/model/number-route.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { addressClaim, Claims, listing } from './claims.ts'
import { paddedRevision } from './entity.ts'
import { type AccountHead, head } from './head.ts'
import type { Page, Table } from './table-client.ts'
import { current, version } from './versions.ts'

export type { AccountHead } from './head.ts'

export interface AccountListing {
  readonly id: string
  readonly name: string
  readonly address: string
}

/** Accounts as a whole: made at revision 1, found by portal address, listed for the operator. */
export class Accounts {
  readonly #table: Table
  readonly #now: () => number

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  /**
   * Makes an account with its settings and the usual feature codes as its first documents. Throws address-taken or account-exists
   * (409).
   */
  async create(input: unknown, by = 'system'): Promise<Account> {
    const account = Account.parse(input)
    const { id: accountId, name, address, enabled } = account
    const note = { revision: 1, at: new Date(this.#now()).toISOString(), by, act: 'create' }
    const revision = paddedRevision(1)
    // Fixed ids, so that a call finds these two knowing nothing but the account.
    const settings = { accountId, kind: 'account', id: singletonId }
    const routing = { accountId, kind: 'routing', id: singletonId, revision }
    const routed = Routing.parse({
      id: singletonId,
      featureCodes: defaultFeatureCodes,
      featureCodesGiven: featureCodeGeneration,
    })
    const table = this.#table
    const codes = defaultFeatureCodes.flatMap((document) => {
      const key = { accountId, kind: 'feature-code', id: document.id }
      return [
        table.putting(current.item(key, { ...note, document })),
        table.putting(version.item({ ...key, revision }, { ...note, document })),
      ]
    })
    const writes = [
      table.putting(head.item({ accountId }, { configRevision: 1, enabled }), {
        condition: 'attribute_not_exists(pk)',
        refused: () =>
          new PbxError('account-exists', {
            status: 409,
            message: `There is an account ${accountId} already.`,
            details: { field: 'id' },
          }),
      }),
      new Claims(table, accountId).claimAddress(address, name),
      table.putting(listing.item({ accountId }, { accountId, name, address })),
      table.putting(current.item(settings, { ...note, document: account })),
      table.putting(version.item({ ...settings, revision }, { ...note, document: account })),
      table.putting(version.item(routing, { ...note, document: routed })),
      ...codes,
    ]
    const refusal = await table.transact(writes)
    const refused = refusal === undefined ? undefined : writes[refusal.index]?.refused
    if (refusal !== undefined)
      throw refused?.(refusal.existing) ?? new Error('an account without conditions was refused')
    return account
  }

  /** One consistent read: which revision a call that arrives now is decided by. */
  async head(accountId: string): Promise<AccountHead | undefined> {
    return this.#table.get(head, { accountId }, { consistent: true })
  }

  /** Whose portal or SIP domain an address is. */
  async byAddress(address: string): Promise<{ readonly accountId: string; readonly name: string } | undefined> {
    return this.#table.get(addressClaim, { address })
  }

  /** All accounts, for the operator alone; at most 200 a page. */
  async list(page: { cursor?: string | undefined; limit?: number } = {}): Promise<Page<AccountListing>> {
    const { items, ...rest } = await this.#table.query(
      listing,
      {},
      { limit: Math.min(page.limit ?? 50, 200), cursor: page.cursor },
    )
    return { items: items.map(({ accountId, name, address }) => ({ id: accountId, name, address })), ...rest }
  }
}
