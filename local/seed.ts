import { randomBytes } from 'node:crypto'
import { operatorAccountId } from '@offhook/shared/api/permission.ts'
import {
  acmeExtensions,
  acmeId,
  acmeSeed,
  deviceId as deskOf,
  extensionDocuments,
} from '@offhook/shared/testing/acme.ts'
import type { Edit } from '@offhook/store/documents.ts'
import type { Store } from '@offhook/store/store.ts'

/** Documents saved at once: each brings revisions and what follows from it, and a transaction has 100 items. */
const batch = 5
const by = { by: 'system', act: 'create' as const }

/** Somebody `npm start` made, with what they sign in with. */
export interface SeededPerson {
  readonly username: string
  readonly password: string
}

const secret = () => randomBytes(18).toString('base64url')

/**
 * Makes the Acme demo on an empty table. Runs until it is whole: a start that was killed in the middle goes on where it was, for every
 * step looks first. Passwords are made at random, once.
 */
export async function seedAcme(store: Store, adminPassword: string): Promise<SeededPerson> {
  const admin = { username: 'admin@acme.example', password: adminPassword }
  if ((await store.people.find(acmeId, admin.username)) !== undefined) return admin
  if ((await store.accounts.head(acmeId)) === undefined)
    await store.accounts.create({ id: acmeId, name: 'Acme', address: acmeId })
  const extensions = acmeExtensions.flatMap((extension) => extensionDocuments(extension))
  const wanted: Edit[] = [...extensions, ...acmeSeed()].map(({ kind, id, document }) => ({ kind, id, document }))
  const missing = await Promise.all(
    wanted.map(async (edit) =>
      (await store.documents.get(acmeId, edit.kind, edit.id)) === undefined || edit.kind === 'account' ? [edit] : [],
    ),
  )
  const edits = missing.flat()
  for (let start = 0; start < edits.length; start += batch)
    await store.documents.saveMany(acmeId, edits.slice(start, start + batch), by)
  for (const { number } of acmeExtensions) await ensureCredential(store, deskOf(number), number)
  await ensureCredential(store, 'browser-1001', 'browser-1001')
  await store.people.set(
    { accountId: acmeId, username: admin.username, role: 'admin', enabled: true, userId: 'user-1001' },
    admin.password,
  )
  return admin
}

/** Who opens accounts on this installation: a person of the operators' own account, which holds nothing else. Looks first, like the demo. */
export async function seedOperator(store: Store, password: string): Promise<SeededPerson> {
  const operator = { username: 'operator', password }
  const accountId = operatorAccountId
  if ((await store.people.find(accountId, operator.username)) !== undefined) return operator
  if ((await store.accounts.head(accountId)) === undefined)
    await store.accounts.create({ id: accountId, name: 'Operator', address: accountId })
  await store.people.set({ accountId, username: operator.username, role: 'operator', enabled: true }, password)
  return operator
}

async function ensureCredential(store: Store, deviceId: string, username: string): Promise<void> {
  if ((await store.credentials.byUsername(username)) === undefined)
    await store.credentials.set({ username, accountId: acmeId, deviceId, password: secret() })
}
