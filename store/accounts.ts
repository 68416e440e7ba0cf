import { Account } from '@offhook/shared/model/account.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { keys } from './table.ts'
import type { Page, Table } from './table-client.ts'

export interface AccountHead {
  readonly configRevision: number
  readonly enabled: boolean
}

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

  /** Makes an account with its settings as its first document. Throws address-taken or account-exists (409). */
  async create(input: unknown): Promise<Account> {
    const account = Account.parse(input)
    const at = new Date(this.#now()).toISOString()
    const TableName = this.#table.name
    // The settings document has a fixed id, so that a call finds it knowing nothing but the account.
    const document = { ...account }
    const once = { ConditionExpression: 'attribute_not_exists(pk)' }
    const done = await this.#table.transact([
      {
        Put: {
          TableName,
          Item: {
            pk: keys.account(account.id),
            sk: 'HEAD',
            configRevision: 1,
            enabled: account.enabled,
            name: account.name,
            address: account.address,
            createdAt: at,
          },
          ...once,
        },
      },
      {
        Put: {
          TableName,
          Item: { pk: keys.claim('address', account.address), sk: 'CLAIM', accountId: account.id, name: account.name },
          ...once,
        },
      },
      {
        Put: {
          TableName,
          Item: { pk: keys.account(account.id), sk: `DOC#account#${singletonId}`, document, revision: 1 },
        },
      },
      {
        Put: {
          TableName,
          Item: {
            pk: keys.revisions(account.id, 'account', singletonId),
            sk: '0000000001',
            document,
            at,
            by: 'system',
            act: 'create',
          },
        },
      },
      {
        Put: { TableName, Item: { pk: keys.accounts(), sk: account.id, name: account.name, address: account.address } },
      },
    ])
    if (done) return account
    const taken = await this.byAddress(account.address)
    throw new PbxError(taken === undefined ? 'account-exists' : 'address-taken', {
      status: 409,
      message:
        taken === undefined
          ? `There is an account ${account.id} already.`
          : `The address ${account.address} is in use.`,
      details: { field: taken === undefined ? 'id' : 'address' },
    })
  }

  /** One consistent read: which revision a call that arrives now is decided by. */
  async head(accountId: string): Promise<AccountHead | undefined> {
    const item = await this.#table.get(keys.account(accountId), 'HEAD', true)
    return item === undefined
      ? undefined
      : { configRevision: Number(item.configRevision), enabled: item.enabled === true }
  }

  async byAddress(address: string): Promise<{ readonly accountId: string; readonly name: string } | undefined> {
    const claim = await this.#table.get(keys.claim('address', address), 'CLAIM')
    return claim === undefined ? undefined : { accountId: String(claim.accountId), name: String(claim.name) }
  }

  async list(page: { cursor?: string | undefined; limit?: number } = {}): Promise<Page<AccountListing>> {
    const { items, cursor } = await this.#table.query(keys.accounts(), {
      limit: Math.min(page.limit ?? 50, 200),
      cursor: page.cursor,
    })
    return {
      items: items.map((item) => ({ id: item.sk, name: String(item.name), address: String(item.address) })),
      ...(cursor === undefined ? {} : { cursor }),
    }
  }
}
