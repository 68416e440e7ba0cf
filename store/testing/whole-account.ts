/** Reads all of an account and checks that it hangs together: what a crash must never break. */
import { deepStrictEqual } from 'node:assert/strict'
import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import { type DocumentOf, type Kind, type SavedKind, savedNouns } from '@offhook/shared/model/document.ts'
import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import type { Store } from '../store.ts'

export interface WholeAccount {
  readonly revision: number
  /** Current documents by `kind/id`. */
  readonly documents: ReadonlyMap<string, unknown>
}

/** Keys of what was saved since the account was made: the feature codes it begins with are left out. */
export const savedKeys = ({ documents }: WholeAccount): string[] =>
  [...documents.keys()].filter((key) => !key.startsWith('feature-code/')).toSorted()

const kinds = Object.keys(savedNouns) as SavedKind[]

/** Throws an AssertionError or ZodError where anything is missing, half-written or at odds. */
export async function readWhole(store: Store, accountId: string): Promise<WholeAccount> {
  const head = await store.accounts.head(accountId)
  if (head === undefined) throw new Error(`the account ${accountId} has no head`)
  const revision = head.configRevision
  const documents = new Map<string, unknown>()
  for (const kind of kinds)
    for (const document of await store.documents.all(accountId, kind))
      documents.set(documentKey({ kind, id: kind === 'account' ? 'account' : document.id }), document)
  const keys = [...documents.keys()].map((name) => ({ kind: name.split('/')[0] as Kind, id: name.split('/')[1] ?? '' }))
  // What lists show is what calls see.
  deepStrictEqual(await store.documents.fetch(accountId, revision, keys), documents)
  const expected = [...documents].flatMap(([name, document]) => followingFrom(name.split('/')[0], document))
  const found = await store.documents.fetch(accountId, revision, expected)
  for (const { kind, id, says } of expected) says(found.get(documentKey({ kind, id })))
  for (const device of await store.documents.all(accountId, 'device'))
    if (device.username !== undefined)
      deepStrictEqual((await store.credentials.reveal(accountId, device.username))?.deviceId, device.id)
  return { revision, documents }
}

interface Expected {
  readonly kind: Kind
  readonly id: string
  /** Throws where the document does not say what it must. */
  readonly says: (document: unknown) => void
}

/** What must be there because a document is. */
function followingFrom(kind: string | undefined, document: unknown): Expected[] {
  if (kind === 'callflow') {
    const { id: callflowId, numbers } = document as DocumentOf<'callflow'>
    return numbers.map((number) => ({
      kind: 'number-route',
      id: numberRouteId(number),
      says: (route) => deepStrictEqual((route as DocumentOf<'number-route'> | null)?.callflowId, callflowId, number),
    }))
  }
  if (kind === 'device') return ownedBy('deviceIds', document as DocumentOf<'device'>)
  if (kind === 'voicemail-box') {
    const box = document as DocumentOf<'voicemail-box'>
    const says = (route: unknown) =>
      deepStrictEqual((route as DocumentOf<'mailbox-route'> | null)?.voicemailBoxId, box.id, box.number)
    return [...ownedBy('voicemailBoxIds', box), { kind: 'mailbox-route', id: box.number, says }]
  }
  if (kind === 'extension') {
    const { userId, deviceId, voicemailBoxId, callflowId } = document as DocumentOf<'extension'>
    const parts = { user: userId, device: deviceId, 'voicemail-box': voicemailBoxId, callflow: callflowId }
    return Object.entries(parts).map(([part, id]) => ({
      kind: part as Kind,
      id,
      says: (found: unknown) => deepStrictEqual(found === null, false, `${part} of an extension`),
    }))
  }
  return []
}

function ownedBy(
  list: 'deviceIds' | 'voicemailBoxIds',
  { id, ownerId }: { readonly id: string; readonly ownerId?: string | undefined },
): Expected[] {
  if (ownerId === undefined) return []
  const says = (ownership: unknown) =>
    deepStrictEqual((ownership as DocumentOf<'ownership'> | null)?.[list].includes(id), true, `owner of ${id}`)
  return [{ kind: 'ownership', id: ownerId, says }]
}
