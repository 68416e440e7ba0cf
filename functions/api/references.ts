import { type Mention, mentionsOf, type Reference } from '@offhook/shared/api/references.ts'
import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import { type SavedKind, savedNouns } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import { notFound } from './auth.ts'

/** References named in one refusal. */
const namedMax = 100

export interface Named {
  readonly kind: SavedKind
  readonly id: string
}

/** Refuses a document that names what the account has not. Throws bad-request (400) with the fields. */
export async function requireMentioned(
  store: Store,
  accountId: string,
  kind: SavedKind,
  document: unknown,
): Promise<void> {
  const mentions = mentionsOf(kind, document).filter((one): one is Mention & Named => one.kind in savedNouns)
  if (mentions.length === 0) return
  const head = await store.accounts.head(accountId)
  if (head === undefined) throw notFound()
  const found = await store.documents.fetch(accountId, head.configRevision, mentions)
  const errors = mentions
    .filter((one) => (found.get(documentKey(one)) ?? null) === null && !isSelf(one, kind, document))
    .map((one) => ({ field: one.field, message: `There is no ${wordsFor(one.kind)} ${one.id}.` }))
  if (errors.length > 0)
    throw new PbxError('bad-request', {
      message: errors[0]?.message ?? '',
      details: { errors: errors.slice(0, namedMax) },
    })
}

/** A callflow may jump to itself, also while it is being made. */
const isSelf = (mention: Mention, kind: string, document: unknown): boolean =>
  mention.kind === kind && mention.id === (document as { readonly id?: string }).id

const wordsFor = (kind: string): string => kind.replaceAll('-', ' ')

/** Everything in the account that names one of `targets`, the targets themselves left out. At most 100. */
export async function referencesTo(store: Store, accountId: string, targets: readonly Named[]): Promise<Reference[]> {
  const own = new Set(targets.map(documentKey))
  const found = await Promise.all(targets.map(({ kind, id }) => store.references(accountId, kind, id)))
  return found
    .flat()
    .filter((one) => !own.has(`${one.kind}/${one.id}`))
    .slice(0, namedMax)
}

/** Throws in-use (409) with the list. */
export function refuseReferenced(what: string, references: readonly Reference[]): void {
  if (references.length === 0) return
  const names = [...new Set(references.map((one) => `${wordsFor(one.kind)} ${one.name}`))]
  throw new PbxError('in-use', {
    status: 409,
    message: `${what} is in use by ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' and others' : ''}.`,
    details: { references },
  })
}
