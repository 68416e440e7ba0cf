import { mentionsOf, nameOf, type Reference } from '@offhook/shared/api/references.ts'
import { CallerIdKind } from '@offhook/shared/model/caller-id.ts'
import { type SavedKind, savedNouns } from '@offhook/shared/model/document.ts'
import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import { withoutPlusOne } from '@offhook/shared/numbers/normalise.ts'
import type { Documents } from './documents.ts'

/** References that are told; whoever must mend more will come again. */
const toldMax = 200

/**
 * What refers to a document: current documents of all kinds, at most 5,000 of each, are looked through. It is asked when somebody is
 * about to delete something, so it may cost a few pages.
 */
export async function findReferences(
  documents: Documents,
  accountId: string,
  kind: SavedKind,
  id: string,
): Promise<Reference[]> {
  const found: Reference[] = []
  for (const referring of Object.keys(savedNouns) as SavedKind[]) {
    if (found.length >= toldMax) break
    // Numbers that a callflow answers are its own: they are freed with it.
    if (kind === 'callflow' && referring === 'phone-number') continue
    for (const document of await documents.all(accountId, referring))
      for (const mention of mentionsOf(referring, document))
        if (mention.kind === kind && mention.id === id && !(referring === kind && document.id === id))
          found.push({ kind: referring, id: document.id, name: nameOf(document), field: mention.field })
  }
  const byNumber =
    kind === 'phone-number'
      ? [...(await answeringCallflow(documents, accountId, id)), ...(await shownBy(documents, accountId, id))]
      : []
  return [...found, ...byNumber].slice(0, toldMax)
}

/** Whose calls show a DID, calls for help among them: without it they would show a number of somebody else's. */
async function shownBy(documents: Documents, accountId: string, phoneNumberId: string): Promise<Reference[]> {
  const [accounts, users, devices] = await Promise.all([
    documents.all(accountId, 'account'),
    documents.all(accountId, 'user'),
    documents.all(accountId, 'device'),
  ])
  const levels = [
    ...accounts.map((document) => ({ kind: 'account', document })),
    ...users.map((document) => ({ kind: 'user', document })),
    ...devices.map((document) => ({ kind: 'device', document })),
  ]
  return levels.flatMap(({ kind, document }) =>
    CallerIdKind.options
      .filter((of) => withoutPlusOne(document.callerId[of]?.number ?? '') === withoutPlusOne(phoneNumberId))
      .map((of) => ({ kind, id: document.id, name: nameOf(document), field: `callerId.${of}.number` })),
  )
}

/** A DID is also referred to by its number, in the callflow that answers it. */
async function answeringCallflow(documents: Documents, accountId: string, phoneNumberId: string): Promise<Reference[]> {
  const route = await documents.get(accountId, 'number-route', numberRouteId(`+${phoneNumberId}`))
  const callflow =
    route === undefined ? undefined : await documents.get(accountId, 'callflow', route.document.callflowId)
  return callflow === undefined
    ? []
    : [{ kind: 'callflow', id: callflow.document.id, name: nameOf(callflow.document), field: 'numbers' }]
}

/** What refers to each document of a kind, by its id: one walk through the account where a list shows it for every one. */
export async function findReferencesByTarget(
  documents: Documents,
  accountId: string,
  kind: SavedKind,
): Promise<ReadonlyMap<string, readonly Reference[]>> {
  const found = new Map<string, Reference[]>()
  for (const referring of Object.keys(savedNouns) as SavedKind[])
    for (const document of await documents.all(accountId, referring))
      for (const mention of mentionsOf(referring, document)) {
        if (mention.kind !== kind || (referring === kind && mention.id === document.id)) continue
        const told = found.get(mention.id) ?? []
        found.set(mention.id, told)
        if (told.length < toldMax)
          told.push({ kind: referring, id: document.id, name: nameOf(document), field: mention.field })
      }
  return found
}
