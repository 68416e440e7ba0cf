import { createHash, randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import { Id, Instant } from '@offhook/shared/model/id.ts'
import { Role } from '@offhook/shared/model/user.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { z } from 'zod'
import { keys } from './table.ts'
import type { Table } from './table-client.ts'

/** Wrong passwords before a person is locked out, and for how long, minutes. */
const failuresMax = 10
const lockMinutes = 15
const hashBytes = 32

export const Person = z.object({
  subject: z.string().max(64),
  accountId: Id,
  username: z.string().max(128),
  role: z.union([Role, z.literal('operator')]),
  userId: Id.optional(),
  enabled: z.boolean(),
})
export type Person = z.infer<typeof Person>

export const ApiKey = z.object({ id: Id, accountId: Id, name: z.string().max(128), role: Role, createdAt: Instant })
export type ApiKey = z.infer<typeof ApiKey>

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password, salt, hashBytes, { N: 16_384, r: 8, p: 1 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  )

export type SignIn = { readonly person: Person } | { readonly refused: 'wrong' | 'locked' }

/** Who may sign in, in each account; passwords as scrypt hashes; API keys as SHA-256 of 32 random bytes. */
export class People {
  readonly #table: Table
  readonly #now: () => number
  /** Unknown names take as long as known ones. */
  readonly #decoy = { salt: randomBytes(16).toString('base64'), hash: randomBytes(hashBytes).toString('base64') }

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#now = now
  }

  /** Adds or replaces a person of an account. */
  async set(person: Omit<Person, 'subject'> & { subject?: string }, password: string): Promise<Person> {
    if (password.length < 10 || password.length > 256)
      throw new PbxError('weak-password', {
        message: 'Use a password of 10 to 256 characters.',
        details: { field: 'password' },
      })
    const salt = randomBytes(16)
    const hash = await derive(password, salt)
    const parsed = Person.parse({ ...person, subject: person.subject ?? randomUUID() })
    await this.#table.put({
      pk: keys.people(parsed.accountId),
      sk: parsed.username.toLowerCase(),
      person: parsed,
      salt: salt.toString('base64'),
      hash: hash.toString('base64'),
      failures: 0,
    })
    return parsed
  }

  async find(accountId: string, username: string): Promise<Person | undefined> {
    const item = await this.#table.get(keys.people(accountId), username.toLowerCase())
    return item === undefined ? undefined : Person.parse(item.person)
  }

  async bySubject(accountId: string, subject: string): Promise<Person | undefined> {
    const people = await this.#table.queryAll(keys.people(accountId), {}, 10_000)
    return people.map((item) => Person.parse(item.person)).find((person) => person.subject === subject)
  }

  /** Changes role or access without touching the password; the next request feels it. */
  async change(
    accountId: string,
    username: string,
    change: { role?: Person['role']; enabled?: boolean },
  ): Promise<Person> {
    const person = await this.find(accountId, username)
    if (person === undefined)
      throw new PbxError('person-not-found', { status: 404, message: 'There is no such person.' })
    const next = { ...person, ...change }
    await this.#table.update({
      Key: { pk: keys.people(accountId), sk: username.toLowerCase() },
      UpdateExpression: 'SET person = :person',
      ExpressionAttributeValues: { ':person': next },
    })
    return next
  }

  async signIn(accountId: string, username: string, password: string): Promise<SignIn> {
    const item = await this.#table.get(keys.people(accountId), username.toLowerCase().slice(0, 128), true)
    const lockedUntil = typeof item?.lockedUntil === 'string' ? item.lockedUntil : ''
    if (lockedUntil > new Date(this.#now()).toISOString()) return { refused: 'locked' }
    const salt = Buffer.from(typeof item?.salt === 'string' ? item.salt : this.#decoy.salt, 'base64')
    const right = timingSafeEqual(
      await derive(password.slice(0, 256), salt),
      Buffer.from(typeof item?.hash === 'string' ? item.hash : this.#decoy.hash, 'base64'),
    )
    if (item === undefined) return { refused: 'wrong' }
    const person = Person.parse(item.person)
    if (right && person.enabled) {
      if (Number(item.failures) > 0) await this.#failures(item.pk, item.sk, 0)
      return { person }
    }
    const failures = Number(item.failures ?? 0) + 1
    const locked = failures >= failuresMax
    await this.#failures(
      item.pk,
      item.sk,
      locked ? 0 : failures,
      locked ? new Date(this.#now() + lockMinutes * 60_000).toISOString() : undefined,
    )
    return { refused: locked ? 'locked' : 'wrong' }
  }

  async #failures(pk: string, sk: string, failures: number, lockedUntil?: string): Promise<void> {
    await this.#table.update({
      Key: { pk, sk },
      UpdateExpression:
        lockedUntil === undefined ? 'SET failures = :failures' : 'SET failures = :failures, lockedUntil = :until',
      ExpressionAttributeValues: {
        ':failures': failures,
        ...(lockedUntil === undefined ? {} : { ':until': lockedUntil }),
      },
    })
  }

  /** A key for a program. The secret is shown once; only its hash is kept. */
  async createApiKey(accountId: string, name: string, role: Role): Promise<ApiKey & { readonly secret: string }> {
    const secret = `ohk_${randomBytes(32).toString('base64url')}`
    const key = ApiKey.parse({
      id: randomUUID(),
      accountId,
      name,
      role,
      createdAt: new Date(this.#now()).toISOString(),
    })
    const hash = hashOf(secret)
    await this.#table.transact([
      {
        Put: {
          TableName: this.#table.name,
          Item: { pk: keys.apiKey(hash), sk: 'KEY', key },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      { Put: { TableName: this.#table.name, Item: { pk: keys.apiKeys(accountId), sk: key.id, key, hash } } },
    ])
    return { ...key, secret }
  }

  async verifyApiKey(secret: string): Promise<ApiKey | undefined> {
    if (!/^ohk_[\w-]{43}$/.test(secret)) return undefined
    const item = await this.#table.get(keys.apiKey(hashOf(secret)), 'KEY')
    return item === undefined ? undefined : ApiKey.parse(item.key)
  }

  async listApiKeys(accountId: string): Promise<ApiKey[]> {
    return (await this.#table.queryAll(keys.apiKeys(accountId), {}, 200)).map((item) => ApiKey.parse(item.key))
  }

  async revokeApiKey(accountId: string, id: string): Promise<boolean> {
    const item = await this.#table.get(keys.apiKeys(accountId), id)
    if (item === undefined) return false
    await this.#table.writeMany(
      [],
      [
        { pk: keys.apiKey(String(item.hash)), sk: 'KEY' },
        { pk: item.pk, sk: item.sk },
      ],
    )
    return true
  }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
