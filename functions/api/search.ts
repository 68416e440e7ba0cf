import type { DocumentOf, SavedKind } from '@offhook/shared/model/document.ts'
import type { Store } from '@offhook/store/store.ts'

export interface ListQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly search?: string | undefined
}

/** Fields a search looks into. */
const searched = ['id', 'name', 'firstName', 'lastName', 'number', 'numbers', 'username', 'email', 'extension', 'text']

const textOf = (document: object): string =>
  searched
    .flatMap((field) => (document as Readonly<Record<string, unknown>>)[field] ?? [])
    .filter((value) => typeof value === 'string')
    .join(' ')
    .toLowerCase()

/** One page of a noun; with `search`, of those whose words contain it. */
export async function searchPage<K extends SavedKind>(
  store: Store,
  accountId: string,
  kind: K,
  { limit, cursor, search }: ListQuery,
): Promise<{ items: DocumentOf<K>[]; cursor?: string }> {
  if (search === undefined) {
    const page = await store.documents.list(accountId, kind, { limit, cursor })
    return { ...page, items: page.items.map(({ document }) => document) }
  }
  const words = search.toLowerCase()
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString('utf8')
  const matches = (await store.documents.all(accountId, kind))
    .filter((document) => document.id > after && textOf(document).includes(words))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const items = matches.slice(0, limit)
  const last = items.at(-1)
  return matches.length > items.length && last !== undefined
    ? { items, cursor: Buffer.from(last.id).toString('base64url') }
    : { items }
}
