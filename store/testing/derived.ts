import type { DocumentOf, SavedKind } from '@offhook/shared/model/document.ts'
import type { PhoneNumber } from '@offhook/shared/model/phone-number.ts'
import { Changes } from '../changes.ts'
import { deriveNumberRoutes, followPhoneNumbers } from '../derived/number-routes.ts'
import { deriveMailboxRoutes, deriveOwnership } from '../derived/ownership.ts'
import { deriveRouting } from '../derived/routing.ts'

/** An account as calls see it after one save of all these documents, by `kind/id`. Throws what the save is refused with (409). */
export async function withDerived(saved: ReadonlyMap<string, unknown>): Promise<Map<string, object>> {
  const changes = new Changes(async () => new Map())
  for (const [key, document] of saved) {
    const [kind = '', id = ''] = key.split('/')
    await changes.put(kind as SavedKind, id, document as DocumentOf<SavedKind>)
  }
  await followPhoneNumbers(changes)
  await deriveNumberRoutes(changes)
  await deriveOwnership(changes)
  await deriveMailboxRoutes(changes)
  const numbers = changes.of('phone-number').map(({ after }) => after as PhoneNumber)
  await deriveRouting(changes, async () => numbers)
  return new Map(changes.all(new Set()).map(({ kind, id, after }) => [`${kind}/${id}`, after as object]))
}
