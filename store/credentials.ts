import { SipCredential } from '@offhook/shared/model/device.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { credentialClaim, newSipPassword, usernameTaken } from './claims.ts'
import type { Table } from './table-client.ts'
import type { Write } from './transaction.ts'
import { current } from './versions.ts'

const mine = 'attribute_not_exists(pk) OR (accountId = :account AND deviceId = :device)'

/**
 * SIP passwords, apart from the documents. A username belongs to one device of the whole installation: it is claimed when its device is
 * saved, and its password made then.
 */
export class Credentials {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  async byUsername(username: string): Promise<SipCredential | undefined> {
    return this.#table.get(credentialClaim, { username })
  }

  /** The write that claims a username with a password, for the transaction of a save; refused when another device has it. */
  claim(credential: SipCredential): Write {
    const parsed = SipCredential.parse(credential)
    return this.#table.putting(credentialClaim.item({ username: parsed.username }, parsed), {
      condition: mine,
      values: { ':account': parsed.accountId, ':device': parsed.deviceId },
      refused: () => usernameTaken('SIP username', parsed.username),
    })
  }

  release(username: string): Write {
    return this.#table.deleting(credentialClaim.key({ username }))
  }

  /** Sets the password of a username, claiming it where nobody has it. Throws username-taken (409). */
  async set(credential: SipCredential): Promise<void> {
    const parsed = SipCredential.parse(credential)
    const done = await this.#table.put(credentialClaim.item({ username: parsed.username }, parsed), mine, {
      ':account': parsed.accountId,
      ':device': parsed.deviceId,
    })
    if (!done) throw usernameTaken('SIP username', parsed.username)
  }

  /** The credential behind a username, if it is of that account, for showing it on demand. */
  async reveal(accountId: string, username: string): Promise<SipCredential | undefined> {
    const found = await this.#table.get(credentialClaim, { username }, { consistent: true })
    return found?.accountId === accountId ? found : undefined
  }

  /** Gives a device a new password, at random where none is given. Throws no-credential (404) for devices that do not register. */
  async rotate(accountId: string, deviceId: string, password = newSipPassword()): Promise<SipCredential> {
    const saved = await this.#table.get(current, { accountId, kind: 'device', id: deviceId }, { consistent: true })
    const username = (saved?.document as { readonly username?: string } | undefined)?.username
    if (username === undefined)
      throw new PbxError('no-credential', { status: 404, message: 'This device does not sign in by itself.' })
    const credential = SipCredential.parse({ username, accountId, deviceId, password })
    await this.set(credential)
    return credential
  }

  async isFree(username: string): Promise<boolean> {
    return (await this.byUsername(username)) === undefined
  }
}
