import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Id, Instant } from '@offhook/shared/model/id.ts'
import { Role } from '@offhook/shared/model/user.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import { entity } from './entity.ts'
import { accountTemplates, globalTemplates } from './table.ts'
import type { Table } from './table-client.ts'

export const ApiKey = z.object({ id: Id, accountId: Id, name: z.string().max(128), role: Role, createdAt: Instant })
export type ApiKey = z.infer<typeof ApiKey>

const listed = entity(ApiKey.extend({ hash: z.string() }), accountTemplates.apiKey)
const bySecret = entity(ApiKey, globalTemplates.secret)

/** Keys an account may have. */
const keysMax = 200

/** 256 random bits need no salt and no slow hash. */
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Programs' ways in. A secret is shown once; only its hash is kept, and it is found by it. */
export class ApiKeys {
  readonly #table: Table
  readonly #now: () => number

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  /** Throws api-keys-full (409) beyond 200. */
  async create(accountId: string, name: string, role: Role): Promise<ApiKey & { readonly secret: string }> {
    if ((await this.list(accountId)).length >= keysMax)
      throw new PbxError('api-keys-full', { status: 409, message: `An account may have ${keysMax} API keys.` })
    const secret = `ohk_${randomBytes(32).toString('base64url')}`
    const hash = hashOf(secret)
    const createdAt = new Date(this.#now()).toISOString()
    const key = ApiKey.parse({ id: randomUUID(), accountId, name, role, createdAt })
    await this.#table.transact([
      this.#table.putting(bySecret.item({ hash }, key)),
      this.#table.putting(listed.item({ accountId, id: key.id }, { ...key, hash })),
    ])
    return { ...key, secret }
  }

  async verify(secret: string): Promise<ApiKey | undefined> {
    if (!/^ohk_[\w-]{43}$/.test(secret)) return undefined
    // Consistent: a revoked key is refused at once.
    return this.#table.get(bySecret, { hash: hashOf(secret) }, { consistent: true })
  }

  async list(accountId: string): Promise<ApiKey[]> {
    const items = await this.#table.queryAll(listed, { accountId }, { consistent: true }, keysMax)
    return items.map(({ hash: _kept, ...key }) => key)
  }

  /** False when there is no such key in the account. */
  async revoke(accountId: string, id: string): Promise<boolean> {
    const key = await this.#table.get(listed, { accountId, id }, { consistent: true })
    if (key === undefined) return false
    await this.#table.transact([
      this.#table.deleting(bySecret.key({ hash: key.hash })),
      this.#table.deleting(listed.key({ accountId, id })),
    ])
    return true
  }
}
