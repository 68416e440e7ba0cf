import { randomUUID } from 'node:crypto'
import { idToCome } from '@offhook/shared/api/crud.ts'
import type { AuditEntry } from '@offhook/shared/model/audit-entry.ts'
import type { DocumentOf, SavedKind } from '@offhook/shared/model/document.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { notFound } from './auth.ts'
import type { ApiDependencies } from './dependencies.ts'
import { Tagged } from './etag.ts'
import { type NounRule, nounRules } from './noun-rules.ts'
import { referencesTo, refuseReferenced, requireMentioned } from './references.ts'
import type { Scene } from './serve.ts'

/** Only `extends object` kinds with an id; what the API writes. */
type Noun<K extends SavedKind> = DocumentOf<K> & { readonly id: string }

const ruleOf = <K extends SavedKind>(kind: K): NounRule<K> => nounRules[kind] ?? {}

/** Fields that must agree with the id a noun has by what it is. Throws bad-request (400). */
function idFor<K extends SavedKind>(kind: K, document: Noun<K>, id: string): string {
  const own = ruleOf(kind).idOf?.(document)
  if (own !== undefined && id !== idToCome && id !== own)
    throw new PbxError('bad-request', {
      message: `The id of this ${kind} is ${own}.`,
      details: { errors: [{ field: 'id', message: `It is ${own}, or left out.` }] },
    })
  return own ?? (id === idToCome ? randomUUID() : id)
}

export async function getDocument<K extends SavedKind>(
  { store }: ApiDependencies,
  accountId: string,
  kind: K,
  id: string,
): Promise<Tagged<DocumentOf<K>>> {
  const found = await store.documents.get(accountId, kind, id)
  if (found === undefined) throw notFound(`There is no ${kind.replaceAll('-', ' ')} ${id}.`)
  return new Tagged(found.document, found.revision)
}

export async function createDocument<K extends SavedKind>(
  parts: ApiDependencies,
  { accountId, by }: Scene,
  kind: K,
  draft: Noun<K>,
): Promise<Tagged<DocumentOf<K>>> {
  const document = { ...draft, id: idFor(kind, draft, draft.id) }
  return save(parts, { accountId, by, kind, before: undefined, ifMatch: 'new', act: 'create' }, document)
}

export async function replaceDocument<K extends SavedKind>(
  parts: ApiDependencies,
  scene: Scene,
  kind: K,
  id: string,
  draft: Noun<K>,
  act: AuditEntry['act'] = 'update',
): Promise<Tagged<DocumentOf<K>>> {
  const { accountId, by, ifMatch } = scene
  const before = await getDocument(parts, accountId, kind, id)
  if (draft.id !== idToCome && draft.id !== id)
    throw new PbxError('bad-request', {
      message: 'The id of a thing never changes.',
      details: { errors: [{ field: 'id', message: `It is ${id}, or left out.` }] },
    })
  const document = { ...draft, id: idFor(kind, { ...draft, id }, id) }
  const expected = ifMatch === undefined || ifMatch === 'any' ? before.revision : ifMatch
  return save(parts, { accountId, by, kind, before: before.value, ifMatch: expected, act }, document)
}

interface Saving<K extends SavedKind> {
  readonly accountId: string
  readonly by: string
  readonly kind: K
  readonly before: DocumentOf<K> | undefined
  readonly ifMatch: number | 'new'
  readonly act: AuditEntry['act']
}

async function save<K extends SavedKind>(
  parts: ApiDependencies,
  { accountId, by, kind, before, ifMatch, act }: Saving<K>,
  wanted: Noun<K>,
): Promise<Tagged<DocumentOf<K>>> {
  const document = (await ruleOf(kind).prepare?.(parts, { accountId, before, after: wanted })) ?? wanted
  await requireMentioned(parts.store, accountId, kind, document)
  const edit = { kind, id: wanted.id, document, ifMatch }
  return new Tagged(document, await parts.store.documents.saveMany(accountId, [edit], { by, act }))
}

export async function removeDocument<K extends SavedKind>(
  parts: ApiDependencies,
  { accountId, by, ifMatch }: Scene,
  kind: K,
  id: string,
): Promise<void> {
  const before = await getDocument(parts, accountId, kind, id)
  refuseReferenced(`This ${kind.replaceAll('-', ' ')}`, await referencesTo(parts.store, accountId, [{ kind, id }]))
  const expected = ifMatch === undefined || ifMatch === 'any' ? before.revision : ifMatch
  await parts.store.documents.remove(accountId, kind, id, { by, ifMatch: expected })
}
