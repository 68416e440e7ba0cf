import { randomUUID } from 'node:crypto'
import type { Role } from '@offhook/shared/model/user.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { type ApiKey, ApiKeys } from './api-keys.ts'
import { Claims, loginClaim } from './claims.ts'
import { hashPassword, isPassword } from './password.ts'
import { Person, person, type SignInRecord } from './sign-in-record.ts'
import type { Table } from './table-client.ts'

export { ApiKey } from './api-keys.ts'
export { Person } from './sign-in-record.ts'

/** Wrong passwords before a person is locked out, and for how long, minutes. */
const failuresMax = 10
const lockMinutes = 15

export type SignIn = { readonly person: Person } | { readonly refused: 'wrong' | 'locked' }

/** Who may sign in, in each account, and with which password or key. */
export class People {
  readonly #table: Table
  readonly #apiKeys: ApiKeys
  readonly #now: () => number

  constructor(table: Table, now: () => number) {
    this.#table = table
    this.#apiKeys = new ApiKeys(table, now)
    this.#now = now
  }

  /** Adds a person of an account or gives a known one a new password. Throws weak-password (400), username-taken (409). */
  async set(input: Omit<Person, 'subject'> & { readonly subject?: string }, password: string): Promise<Person> {
    const { accountId } = input
    const username = input.username.toLowerCase()
    const hashed = await hashPassword(password)
    const known = await this.#table.get(loginClaim, { accountId, username }, { consistent: true })
    const subject = input.subject ?? input.userId ?? known?.subject ?? randomUUID()
    const before = await this.#table.get(person, { accountId, subject }, { consistent: true })
    const parsed = Person.parse({ ...input, subject, username })
    const writes = [
      new Claims(this.#table, accountId).claimLogin(subject, username),
      this.#table.putting(person.item({ accountId, subject }, { ...parsed, ...hashed, failures: 0 })),
      ...(before === undefined || before.username === username
        ? []
        : [this.#table.deleting(loginClaim.key({ accountId, username: before.username }))]),
    ]
    const refusal = await this.#table.transact(writes)
    if (refusal !== undefined) throw writes[refusal.index]?.refused?.(refusal.existing) ?? new Error('refused')
    return parsed
  }

  async #record(accountId: string, username: string): Promise<SignInRecord | undefined> {
    const login = await this.#table.get(
      loginClaim,
      { accountId, username: username.slice(0, 128).toLowerCase() },
      { consistent: true },
    )
    if (login === undefined) return undefined
    return this.#table.get(person, { accountId, subject: login.subject }, { consistent: true })
  }

  async find(accountId: string, username: string): Promise<Person | undefined> {
    const record = await this.#record(accountId, username)
    return record === undefined ? undefined : Person.parse(record)
  }

  async bySubject(accountId: string, subject: string): Promise<Person | undefined> {
    const record = await this.#table.get(person, { accountId, subject }, { consistent: true })
    return record === undefined ? undefined : Person.parse(record)
  }

  /** Changes role or access without touching the password; the next request feels it. Throws person-not-found (404). */
  async change(
    accountId: string,
    username: string,
    { role, enabled }: { readonly role?: Person['role']; readonly enabled?: boolean },
  ): Promise<Person> {
    const found = await this.find(accountId, username)
    if (found === undefined)
      throw new PbxError('person-not-found', { status: 404, message: 'There is no such person.' })
    const next = { ...found, ...(role === undefined ? {} : { role }), ...(enabled === undefined ? {} : { enabled }) }
    await this.#table.update(person.key({ accountId, subject: found.subject }), {
      set: 'SET #role = :role, enabled = :enabled',
      names: { '#role': 'role' },
      values: { ':role': next.role, ':enabled': next.enabled },
      condition: 'attribute_exists(pk)',
    })
    return next
  }

  /**
   * Every try is counted before it is looked at, so that a thousand at once are still ten guesses. Names nobody has take as long as
   * others and are refused alike.
   */
  async signIn(accountId: string, username: string, password: string): Promise<SignIn> {
    const record = await this.#record(accountId, username)
    if (record !== undefined && !(await this.#mayTry(record))) return { refused: 'locked' }
    const isRight = await isPassword(password, record)
    if (record === undefined || !isRight || !record.enabled) return { refused: 'wrong' }
    await this.#table.update(person.key(record), {
      set: 'SET failures = :none REMOVE lockedUntil',
      values: { ':none': 0 },
      condition: 'attribute_exists(pk)',
    })
    return { person: Person.parse(record) }
  }

  async #mayTry(record: SignInRecord): Promise<boolean> {
    const now = new Date(this.#now()).toISOString()
    if (record.lockedUntil !== undefined && record.lockedUntil > now) return false
    const counted = await this.#table.update(person.key(record), {
      set: 'SET failures = failures + :one',
      condition: 'failures < :max AND (attribute_not_exists(lockedUntil) OR lockedUntil <= :now)',
      values: { ':one': 1, ':max': failuresMax, ':now': now },
    })
    if (counted) return true
    // The tries are used up: they begin anew when the lock is over.
    await this.#table.update(person.key(record), {
      set: 'SET failures = :none, lockedUntil = :until',
      condition: 'failures >= :max',
      values: {
        ':none': 0,
        ':max': failuresMax,
        ':until': new Date(this.#now() + lockMinutes * 60_000).toISOString(),
      },
    })
    return false
  }

  /** A key for a program. The secret is shown once. */
  createApiKey(accountId: string, name: string, role: Role): Promise<ApiKey & { readonly secret: string }> {
    return this.#apiKeys.create(accountId, name, role)
  }

  verifyApiKey(secret: string): Promise<ApiKey | undefined> {
    return this.#apiKeys.verify(secret)
  }

  listApiKeys(accountId: string): Promise<ApiKey[]> {
    return this.#apiKeys.list(accountId)
  }

  revokeApiKey(accountId: string, id: string): Promise<boolean> {
    return this.#apiKeys.revoke(accountId, id)
  }
}
