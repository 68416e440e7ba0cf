import type { DocumentOf, SavedKind } from '@offhook/shared/model/document.ts'
import type { Store } from '@offhook/store/store.ts'

export interface ListQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly search?: string | undefined
}

/** Fields a noun's list can be narrowed by, each to exactly one value. */
export type ListFields = Readonly<Record<string, unknown>>

/** Fields a search looks into. */
const searched = ['id', 'name', 'firstName', 'lastName', 'number', 'numbers', 'username', 'email', 'extension', 'text']

const textOf = (document: object): string =>
  searched
    .flatMap((field) => (document as Readonly<Record<string, unknown>>)[field] ?? [])
    .filter((value) => typeof value === 'string')
    .join(' ')
    .toLowerCase()

/** One page of a noun: of those whose words contain `search`, and whose fields are as `fields` say. */
export async function searchPage<K extends SavedKind>(
  store: Store,
  accountId: string,
  kind: K,
  { limit, cursor, search, ...fields }: ListQuery & ListFields,
): Promise<{ items: DocumentOf<K>[]; cursor?: string }> {
  const wanted = Object.entries(fields).filter(([, value]) => value !== undefined)
  if (search === undefined && wanted.length === 0) {
    const page = await store.documents.list(accountId, kind, { limit, cursor })
    return { ...page, items: page.items.map(({ document }) => document) }
  }
  const words = search?.toLowerCase() ?? ''
  const fits = (document: object) =>
    wanted.every(([field, value]) => (document as ListFields)[field] === value) && textOf(document).includes(words)
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString('utf8')
  const matches = (await store.documents.all(accountId, kind))
    .filter((document) => document.id > after && fits(document))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const items = matches.slice(0, limit)
  const last = items.at(-1)
  return matches.length > items.length && last !== undefined
    ? { items, cursor: Buffer.from(last.id).toString('base64url') }
    : { items }
}
