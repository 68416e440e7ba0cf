import { Errand } from '@offhook/store/errands.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import type { Store } from '@offhook/store/store.ts'
import { forwardMessage } from './forward-message.ts'
import { keepGreeting } from './keep-greeting.ts'

export interface ErrandParts {
  readonly store: Pick<Store, 'messages' | 'documents' | 'facts'>
  readonly objects: ObjectStore
  readonly read: (key: string, bytesMax: number) => Promise<Uint8Array | undefined>
  readonly log: (line: Readonly<Record<string, unknown>>) => void
}

/** Does what a call left behind, then forgets it. An errand that is gone has been done; one that fails rejects and comes again. */
export async function errandArrived(parts: ErrandParts, key: string): Promise<void> {
  const bytes = await parts.objects.get(key)
  if (bytes === undefined) return
  const errand = Errand.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  if (errand.kind === 'greeting') await keepGreeting(parts, errand)
  else await forwardMessage(parts, errand)
  await parts.objects.remove(key)
}
