import { randomBytes } from 'node:crypto'
import type { Account } from '@offhook/shared/model/account.ts'
import { type Device, SipCredential } from '@offhook/shared/model/device.ts'
import type { PhoneNumber } from '@offhook/shared/model/phone-number.ts'
import type { User } from '@offhook/shared/model/user.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import type { Changes } from './changes.ts'
import { entity } from './entity.ts'
import { person } from './sign-in-record.ts'
import { accountTemplates, globalTemplates } from './table.ts'
import type { Table } from './table-client.ts'
import { itemOf, type Write } from './transaction.ts'

export const addressClaim = entity(z.object({ accountId: z.string(), name: z.string() }), globalTemplates.address)
export const didClaim = entity(
  z.object({ accountId: z.string(), phoneNumberId: z.string(), callflowId: z.string().optional() }),
  globalTemplates.did,
)
export const credentialClaim = entity(SipCredential, globalTemplates.credential)
export const loginClaim = entity(z.object({ subject: z.string() }), accountTemplates.login)
export const listing = entity(
  z.object({ accountId: z.string(), name: z.string(), address: z.string() }),
  globalTemplates.listing,
)

/** A SIP password of 144 bits, in characters every phone takes. */
export const newSipPassword = (): string => randomBytes(18).toString('base64url')

const free = 'attribute_not_exists(pk)'

/**
 * What an account's saves claim of names that are unique over the installation (DIDs, SIP usernames, portal addresses) or over its
 * people. Each claim is one item with a condition in the transaction of the save. Names inside one account's configuration (numbers,
 * patterns, mailbox numbers) need none: they are derived documents, and a save is refused when anything was saved since they were read.
 */
export class Claims {
  readonly #table: Table
  readonly #accountId: string

  constructor(table: Table, accountId: string) {
    this.#table = table
    this.#accountId = accountId
  }

  /** `passwords`: SIP passwords by device for usernames that are new; made at random where there is none. */
  async of(changes: Changes, passwords: Readonly<Record<string, string>>): Promise<Write[]> {
    const writes: Write[] = []
    for (const { before, after } of changes.of('account'))
      writes.push(...this.#address(before as Account | undefined, after as Account | undefined))
    for (const { before, after } of changes.of('phone-number'))
      writes.push(...this.#did(before as PhoneNumber | undefined, after as PhoneNumber | undefined))
    for (const { id, before, after } of changes.of('device')) {
      const [old, now] = [(before as Device | undefined)?.username, (after as Device | undefined)?.username]
      if (old !== now) writes.push(...(await this.#sipUsername(id, old, now, passwords[id])))
    }
    for (const { id, before, after } of changes.of('user'))
      writes.push(...(await this.#login(id, before as User | undefined, after as User | undefined)))
    return distinct(writes)
  }

  #address(before: Account | undefined, after: Account | undefined): Write[] {
    if (after === undefined) return []
    const accountId = this.#accountId
    const { name, address } = after
    return [
      this.#table.putting(listing.item({ accountId }, { accountId, name, address })),
      this.claimAddress(address, name),
      ...(before === undefined || before.address === address
        ? []
        : [this.#table.deleting(addressClaim.key({ address: before.address }))]),
    ]
  }

  claimAddress(address: string, name: string): Write {
    return this.#table.putting(addressClaim.item({ address }, { accountId: this.#accountId, name }), {
      condition: `${free} OR accountId = :mine`,
      values: { ':mine': this.#accountId },
      refused: () =>
        new PbxError('address-taken', {
          status: 409,
          message: `The address ${address} is in use.`,
          details: { field: 'address', address },
        }),
    })
  }

  #did(before: PhoneNumber | undefined, after: PhoneNumber | undefined): Write[] {
    const accountId = this.#accountId
    const writes: Write[] = []
    if (before !== undefined && before.number !== after?.number)
      writes.push(this.#table.deleting(didClaim.key({ did: before.number })))
    if (after === undefined) return writes
    const { id, number, callflowId } = after
    const claim = didClaim.item(
      { did: number },
      { accountId, phoneNumberId: id, ...(callflowId === undefined ? {} : { callflowId }) },
    )
    writes.push(
      this.#table.putting(claim, {
        condition: `${free} OR (accountId = :mine AND phoneNumberId = :id)`,
        values: { ':mine': accountId, ':id': id },
        refused: (existing) => didTaken(number, existing.accountId === accountId ? existing.phoneNumberId : undefined),
      }),
    )
    return writes
  }

  async #sipUsername(deviceId: string, old?: string, now?: string, password?: string): Promise<Write[]> {
    const kept = old === undefined ? undefined : await this.#table.get(credentialClaim, { username: old })
    return [
      ...(old === undefined ? [] : [this.releaseUsername(deviceId, old)]),
      ...(now === undefined
        ? []
        : [this.#claimUsername(deviceId, now, password ?? kept?.password ?? newSipPassword())]),
    ]
  }

  /** A password the device has already is kept. */
  #claimUsername(deviceId: string, username: string, password: string): Write {
    return this.#table.updating(credentialClaim.key({ username }), {
      set: 'SET username = :name, accountId = :mine, deviceId = :device, #password = if_not_exists(#password, :password)',
      names: { '#password': 'password' },
      condition: `${free} OR (accountId = :mine AND deviceId = :device)`,
      values: { ':name': username, ':mine': this.#accountId, ':device': deviceId, ':password': password },
      refused: () => usernameTaken('SIP username', username),
    })
  }

  releaseUsername(deviceId: string, username: string): Write {
    return this.#table.deleting(
      credentialClaim.key({ username }),
      `${free} OR (accountId = :mine AND deviceId = :device)`,
      { ':mine': this.#accountId, ':device': deviceId },
    )
  }

  /**
   * A person who leaves takes the sign-in record along; one who is renamed, switched off or given another privilege has it changed in the
   * same save, so that no sign-in is ever more than its user.
   */
  async #login(subject: string, before: User | undefined, after: User | undefined): Promise<Write[]> {
    const accountId = this.#accountId
    const [old, now] = [before?.username?.toLowerCase(), after?.username?.toLowerCase()]
    if (after === undefined)
      return [
        ...(before === undefined ? [] : [this.#table.deleting(person.key({ accountId, subject }))]),
        ...(old === undefined ? [] : [this.#table.deleting(loginClaim.key({ accountId, username: old }))]),
      ]
    const isRenamed = old !== now
    return [
      ...(isRenamed && old !== undefined ? [this.#table.deleting(loginClaim.key({ accountId, username: old }))] : []),
      ...(isRenamed && now !== undefined ? [this.claimLogin(subject, now)] : []),
      ...(await this.#followUser(subject, before, after)),
    ]
  }

  async #followUser(subject: string, before: User | undefined, after: User): Promise<Write[]> {
    const accountId = this.#accountId
    const { username, role, enabled } = after
    if (before?.username === username && before?.role === role && before.enabled === enabled) return []
    const record = await this.#table.get(person, { accountId, subject }, { consistent: true })
    if (record === undefined) return []
    return [
      this.#table.updating(person.key({ accountId, subject }), {
        set: 'SET username = :name, #role = :role, enabled = :enabled',
        names: { '#role': 'role' },
        values: {
          ':name': username?.toLowerCase() ?? record.username,
          // Nobody becomes or stops being the operator by a user document.
          ':role': record.role === 'operator' ? record.role : role,
          ':enabled': enabled,
        },
        condition: 'attribute_exists(pk)',
        refused: () => new PbxError('person-changed', { status: 409, message: 'The sign-in was changed just now.' }),
      }),
    ]
  }

  claimLogin(subject: string, username: string): Write {
    return this.#table.putting(loginClaim.item({ accountId: this.#accountId, username }, { subject }), {
      condition: `${free} OR subject = :subject`,
      values: { ':subject': subject },
      refused: () => usernameTaken('username', username),
    })
  }
}

/** A transaction takes one write an item: a name that one lets go and another takes in the same save is claimed. Throws where two take it. */
function distinct(writes: readonly Write[]): Write[] {
  const claims = new Map<string, Write>()
  for (const write of writes) {
    if (write.action.Delete !== undefined) continue
    const item = itemOf(write)
    const refused = claims.has(item) ? write.refused : undefined
    if (refused !== undefined) throw refused({})
    claims.set(item, write)
  }
  return writes.filter((write) => write.action.Delete === undefined || !claims.has(itemOf(write)))
}

/** Another account's number is named without its owner: whose it is, is that account's business. */
const didTaken = (did: string, phoneNumberId: string | undefined): PbxError =>
  new PbxError('did-taken', {
    status: 409,
    message: phoneNumberId === undefined ? `${did} belongs to another account.` : `${did} is in this account already.`,
    details: { field: 'number', did, ...(phoneNumberId === undefined ? {} : { phoneNumberId }) },
  })

export const usernameTaken = (what: string, username: string): PbxError =>
  new PbxError('username-taken', {
    status: 409,
    message: `The ${what} ${username} is in use.`,
    details: { field: 'username', username },
  })
