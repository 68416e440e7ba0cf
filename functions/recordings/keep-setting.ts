import { settables } from '@offhook/shared/callflow/recorded-by-phone.ts'
import type { Errand } from '@offhook/store/errands.ts'
import type { Store } from '@offhook/store/store.ts'

/**
 * Saves what was set by phone in the box itself, by the system; the live fact learns the revision. From then on whoever saves the box last
 * decides: a PIN that an administrator sets is the PIN. Set again meanwhile, or of a box that is gone: nothing is left to do.
 */
export async function keepSetting(
  { store }: { readonly store: Pick<Store, 'facts' | 'documents'> },
  { accountId, boxId, what, value }: Extract<Errand, { kind: 'setting' }>,
): Promise<void> {
  const fact = await store.facts.latest(accountId, 'voicemail-box', boxId)
  const saved = await store.documents.get(accountId, 'voicemail-box', boxId)
  if (saved === undefined || fact[what] !== value) return
  const { document, revision: ifMatch } = saved
  const revision =
    document[what] === value
      ? ifMatch
      : await store.documents.saveMany(
          accountId,
          [{ kind: 'voicemail-box', id: boxId, document: { ...document, [what]: value }, ifMatch }],
          { by: 'system', act: 'update' },
        )
  const key = { kind: 'voicemail-box', id: boxId } as const
  await store.facts.filed(accountId, key, { key: what, revision: settables[what] }, value, revision)
}
