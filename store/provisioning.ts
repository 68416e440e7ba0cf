import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { Id, Instant } from '@offhook/shared/model/id.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates, globalTemplates } from './table.ts'
import type { Table } from './table-client.ts'

/** Who fetched what last. */
export const Fetch = z.object({
  at: Instant,
  file: z.string().max(128),
  address: z.string().max(64),
  userAgent: z.string().max(256),
  model: z.string().max(64).optional(),
})
export type Fetch = z.infer<typeof Fetch>

export const ProvisioningRecord = z.object({
  deviceId: Id,
  secret: z.string().max(64),
  adminPassword: z.string().max(64),
  adminPin: z.string().max(64),
  issuedAt: Instant,
  fetched: Fetch.optional(),
})
export type ProvisioningRecord = z.infer<typeof ProvisioningRecord>

const Folder = z.object({
  accountId: Id,
  deviceId: Id,
  /** The half of the hash that is not in the key. */
  proof: z.string(),
  /** `once`: a soft phone's code, good for one fetch. */
  kind: z.enum(['folder', 'once']),
  closedAt: Instant.optional(),
})
export type Folder = z.infer<typeof Folder>

const recordItem = entity(ProvisioningRecord, accountTemplates.provisioning)
const folderItem = entity(Folder, globalTemplates.provisioningFolder)

/** How long a revoked folder is remembered, seconds: so long its phone is not taken for somebody who guesses. */
const closedSeconds = 30 * 86_400
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'

const draw = (length: number, from: string): string =>
  Array.from({ length }, () => from[randomInt(from.length)] ?? '').join('')

/** At least a capital, a small letter and a digit: newer firmware refuses less. */
const newAdminPassword = (): string =>
  `${draw(1, 'ABCDEFGH')}${draw(1, 'abcdefgh')}${draw(1, '23456789')}${draw(13, alphabet)}`

/** 256 random bits. */
const newSecret = (): string => randomBytes(32).toString('base64url')
const isSecret = /^[\w-]{43}$/

/** 256 random bits need no salt: half of the hash finds it, the other half proves it. */
function halves(secret: string): { readonly hash: string; readonly proof: string } {
  const digest = createHash('sha256').update(secret).digest('hex')
  return { hash: digest.slice(0, 32), proof: digest.slice(32) }
}

/** Where phones fetch their settings. Folders are secret addresses; each belongs to one device. */
export class Provisioning {
  readonly #table: Table
  readonly #now: () => number

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  /** Whose folder a secret is, closed ones too; nothing for what never was one or has been forgotten. */
  async folder(secret: string): Promise<Folder | undefined> {
    if (!isSecret.test(secret)) return undefined
    const { hash, proof } = halves(secret)
    // Consistent: a revoked folder is closed at once.
    const found = await this.#table.get(folderItem, { hash }, { consistent: true })
    return found !== undefined && timingSafeEqual(Buffer.from(found.proof), Buffer.from(proof)) ? found : undefined
  }

  async find(accountId: string, deviceId: string): Promise<ProvisioningRecord | undefined> {
    return this.#table.get(recordItem, { accountId, deviceId }, { consistent: true })
  }

  /** The record of a device, with a folder made at the first time. */
  async open(accountId: string, deviceId: string): Promise<ProvisioningRecord> {
    const found = await this.find(accountId, deviceId)
    if (found !== undefined) return found
    const record = this.#newRecord(deviceId)
    const refusal = await this.#table.transact([
      this.#table.putting(recordItem.item({ accountId, deviceId }, record), { condition: 'attribute_not_exists(pk)' }),
      this.#claiming(accountId, deviceId, record.secret),
    ])
    // Somebody else was first.
    return refusal === undefined ? record : this.open(accountId, deviceId)
  }

  /** A new folder; the old one goes on for `graceSeconds`. What is known of the phone stays. */
  async rotate(accountId: string, deviceId: string, graceSeconds: number): Promise<ProvisioningRecord> {
    const before = await this.open(accountId, deviceId)
    const record = { ...before, secret: newSecret(), issuedAt: new Date(this.#now()).toISOString() }
    await this.#table.transact([
      this.#table.putting(recordItem.item({ accountId, deviceId }, record)),
      this.#claiming(accountId, deviceId, record.secret),
      this.#ending(before.secret, graceSeconds),
    ])
    return record
  }

  /** Closes a device's folder. False when it has none. */
  async revoke(accountId: string, deviceId: string): Promise<boolean> {
    const before = await this.find(accountId, deviceId)
    if (before === undefined) return false
    await this.#table.transact([
      this.#table.deleting(recordItem.key({ accountId, deviceId })),
      this.#ending(before.secret, 0),
    ])
    return true
  }

  /** A code for one fetch of a soft phone, good for so long. */
  async issueOnce(accountId: string, deviceId: string, seconds: number): Promise<string> {
    const code = newSecret()
    const { hash, proof } = halves(code)
    const folder = Folder.parse({ accountId, deviceId, proof, kind: 'once' })
    await this.#table.put(folderItem.item({ hash }, folder, this.#table.expiry(seconds)))
    return code
  }

  /** True for the first who uses a code, for nobody after. */
  async useOnce(code: string): Promise<boolean> {
    return this.#table.update(folderItem.key({ hash: halves(code).hash }), {
      set: 'SET closedAt = :at',
      values: { ':at': new Date(this.#now()).toISOString() },
      condition: 'attribute_exists(pk) AND attribute_not_exists(closedAt)',
    })
  }

  async noteFetch(accountId: string, deviceId: string, fetched: Omit<Fetch, 'at'>): Promise<void> {
    const note = Fetch.parse({
      ...fetched,
      at: new Date(this.#now()).toISOString(),
      file: fetched.file.slice(0, 128),
      userAgent: fetched.userAgent.slice(0, 256),
    })
    await this.#table.update(recordItem.key({ accountId, deviceId }), {
      set: 'SET fetched = :fetched',
      values: { ':fetched': note },
      condition: 'attribute_exists(pk)',
    })
  }

  #newRecord(deviceId: string): ProvisioningRecord {
    return {
      deviceId,
      secret: newSecret(),
      adminPassword: newAdminPassword(),
      adminPin: draw(12, '0123456789'),
      issuedAt: new Date(this.#now()).toISOString(),
    }
  }

  #claiming(accountId: string, deviceId: string, secret: string) {
    const { hash, proof } = halves(secret)
    return this.#table.putting(folderItem.item({ hash }, { accountId, deviceId, proof, kind: 'folder' }))
  }

  /** After its grace a folder is forgotten; without any it is remembered as closed. */
  #ending(secret: string, graceSeconds: number) {
    const key = folderItem.key({ hash: halves(secret).hash })
    const closing = graceSeconds === 0
    return this.#table.updating(key, {
      set: `SET expiresAtEpochSeconds = :until${closing ? ', closedAt = :at' : ''}`,
      values: {
        ':until': this.#table.expiry(closing ? closedSeconds : graceSeconds),
        ...(closing ? { ':at': new Date(this.#now()).toISOString() } : {}),
      },
      condition: 'attribute_exists(pk)',
    })
  }
}
