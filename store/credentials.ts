import { SipCredential } from '@offhook/shared/model/device.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { keys } from './table.ts'
import type { Table, Write } from './table-client.ts'

/** SIP passwords, apart from the documents: a username belongs to one device of the whole installation. */
export class Credentials {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async byUsername(username: string): Promise<SipCredential | undefined> {
    const item = await this.#table.get(keys.claim('username', username), 'CLAIM')
    return item === undefined ? undefined : SipCredential.parse(item.credential)
  }

  /** The write that claims a username, for a transaction; refused when another device has it. */
  claim(credential: SipCredential): Write {
    const parsed = SipCredential.parse(credential)
    return {
      Put: {
        TableName: this.#table.name,
        Item: {
          pk: keys.claim('username', parsed.username),
          sk: 'CLAIM',
          accountId: parsed.accountId,
          deviceId: parsed.deviceId,
          credential: parsed,
        },
        ConditionExpression: 'attribute_not_exists(pk) OR (accountId = :account AND deviceId = :device)',
        ExpressionAttributeValues: { ':account': parsed.accountId, ':device': parsed.deviceId },
      },
    }
  }

  release(username: string): Write {
    return { Delete: { TableName: this.#table.name, Key: { pk: keys.claim('username', username), sk: 'CLAIM' } } }
  }

  /** Sets a device's username and password. Throws username-taken (409). */
  async set(credential: SipCredential): Promise<void> {
    if (!(await this.#table.transact([this.claim(credential)])))
      throw new PbxError('username-taken', {
        status: 409,
        message: `The SIP username ${credential.username} is in use.`,
        details: { field: 'username', username: credential.username },
      })
  }

  /** The credential of a device of that account, for showing it on demand. */
  async reveal(accountId: string, username: string): Promise<SipCredential | undefined> {
    const found = await this.byUsername(username)
    return found?.accountId === accountId ? found : undefined
  }

  async isFree(username: string): Promise<boolean> {
    return (await this.byUsername(username)) === undefined
  }
}
