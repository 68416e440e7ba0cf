import { type Access, type ApiRole, grants, operatorAccountId } from '@offhook/shared/api/permission.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import type { ApiDependencies } from './dependencies.ts'
import { unauthenticated } from './token.ts'

/** Who asks. `role` is what the store says this moment, whatever the token said when it was made. */
export interface Caller {
  /** Written into the audit log: a person's subject, or `key:<id>`. */
  readonly subject: string
  readonly accountId: string
  readonly role: ApiRole
  readonly username?: string | undefined
  readonly userId?: string | undefined
}

type Parts = Pick<ApiDependencies, 'store' | 'verifyToken'>

/** What another account's things look like: nothing, in the same words as what never was. */
export const notFound = (message = 'There is nothing here.'): PbxError =>
  new PbxError('not-found', { status: 404, message })

/** Who sent the request. Throws PbxError('unauthenticated', 401). */
export async function authenticate(parts: Parts, authorization: string | undefined): Promise<Caller> {
  const [, secret] = /^Bearer +([\w~+/.=-]+) *$/i.exec(authorization ?? '') ?? []
  if (secret === undefined) throw unauthenticated('Sign in, and send the access token as a bearer token.')
  return secret.startsWith('ohk_') ? byApiKey(parts, secret) : byToken(parts, secret)
}

async function byApiKey({ store }: Parts, secret: string): Promise<Caller> {
  const key = await store.people.verifyApiKey(secret)
  if (key === undefined) throw unauthenticated('There is no such API key.')
  return { subject: `key:${key.id}`, accountId: key.accountId, role: key.role }
}

async function byToken({ store, verifyToken }: Parts, token: string): Promise<Caller> {
  const { accountId, subject } = await verifyToken(token)
  const caller = await findCaller(store, accountId, subject)
  if (caller === undefined) throw unauthenticated('This sign-in is closed.')
  return caller
}

/** Somebody who may sign in to an account, as the store has them this moment; nothing when they may not, or no longer. */
export async function findCaller(store: Store, accountId: string, subject: string): Promise<Caller | undefined> {
  const person = await store.people.bySubject(accountId, subject)
  if (person?.enabled !== true) return undefined
  const { username, userId } = person
  // Only the operators' own account has operators, whatever is written elsewhere.
  const role = person.role === 'operator' && accountId !== operatorAccountId ? 'user' : person.role
  if (userId === undefined) return { subject, accountId, role, username }
  // Being an admin is a privilege of the user: saved on the user, felt by the next request.
  const user = await store.documents.get(accountId, 'user', userId)
  return user?.document.enabled === true
    ? { subject, accountId, role: user.document.role, username, userId }
    : undefined
}

/** Lets nobody past the walls of their account. Throws not-found (404), or account-disabled (403). */
export async function enterAccount({ store }: Parts, caller: Caller, accountId: string): Promise<void> {
  const isOperator = caller.role === 'operator'
  if (caller.accountId !== accountId && !isOperator) throw notFound()
  const head = await store.accounts.head(accountId)
  if (head === undefined) throw notFound()
  if (!head.enabled && !isOperator)
    throw new PbxError('account-disabled', { status: 403, message: 'This account is closed. Ask its operator.' })
}

/** Throws PbxError('not-allowed', 403) naming the permission that is missing. */
export function requirePermission(caller: Caller, access: Access): void {
  if (!grants(caller.role, access))
    throw new PbxError('not-allowed', {
      status: 403,
      message: `The role ${caller.role} may not do this; it needs ${access}.`,
      details: { permission: access },
    })
}
