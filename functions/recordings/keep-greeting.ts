import { createHash } from 'node:crypto'
import { recordables } from '@offhook/shared/callflow/recorded-by-phone.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import type { Media } from '@offhook/shared/model/media.ts'
import type { Edit } from '@offhook/store/documents.ts'
import type { Errand } from '@offhook/store/errands.ts'
import type { Store } from '@offhook/store/store.ts'
import { wavDurationMs } from '../speech/wav.ts'

type Greeting = Extract<Errand, { kind: 'greeting' }>

interface Parts {
  readonly store: Pick<Store, 'facts' | 'documents'>
  readonly read: (key: string, bytesMax: number) => Promise<Uint8Array | undefined>
}

/** Bytes of a greeting that are read: three minutes are 3 MB. */
const greetingBytesMax = 16 * 1_024 * 1_024

const kinds = { greeting: 'voicemail-greeting', temporary: 'voicemail-greeting', name: 'name' } as const
const titles = { greeting: 'greeting', temporary: 'temporary greeting', name: 'recorded name' } as const

/** Media of a recording: the same for the same object, so that filing it twice is filing it once. */
const mediaIdOf = (objectKey: string): string =>
  `phone-${createHash('sha256').update(objectKey).digest('hex').slice(0, 24)}`

/**
 * Files what was recorded by phone: media of the account with source `phone`, named by the box or menu, in one save by the system; the
 * live fact learns the revision. Recorded over meanwhile, deleted, or of a box that is gone: nothing is left to do.
 */
export async function keepGreeting({ store, read }: Parts, errand: Greeting): Promise<void> {
  const { accountId, noun, id, what, objectKey } = errand
  const { field, key } = recordables[what]
  const fact = await store.facts.latest(accountId, noun, id)
  if (!(key in fact) || (fact as Readonly<Record<string, unknown>>)[key] !== objectKey) return
  const saved = await store.documents.get(accountId, noun, id)
  if (saved === undefined) return
  const mediaId = objectKey === '' ? undefined : mediaIdOf(objectKey)
  const { [field]: before, ...document } = saved.document as typeof saved.document &
    Partial<Record<typeof field, string>>
  let { revision } = saved
  if (before !== mediaId) {
    const media = mediaId === undefined ? [] : await mediaOf({ store, read }, errand, mediaId, document.name)
    const edits: Edit[] = [
      ...media,
      {
        kind: noun,
        id,
        document: mediaId === undefined ? document : { ...document, [field]: mediaId },
        ifMatch: revision,
      },
    ]
    revision = await store.documents.saveMany(accountId, edits, { by: 'system', act: 'update' })
  }
  await store.facts.filed(accountId, { kind: noun, id }, recordables[what], objectKey, revision)
}

async function mediaOf(
  { store, read }: Parts,
  { accountId, noun, what, objectKey, at }: Greeting,
  id: string,
  name: string,
): Promise<Edit[]> {
  if ((await store.documents.get(accountId, 'media', id)) !== undefined) return []
  const bytes = await read(objectKey, greetingBytesMax)
  const durationMs = bytes === undefined ? undefined : wavDurationMs(bytes)
  const language = (await store.documents.get(accountId, 'account', singletonId))?.document.language
  const media = {
    id,
    name: `${name.slice(0, 80)}, ${titles[what]} recorded ${at.slice(0, 10)}`,
    kind: noun === 'menu' ? 'menu-greeting' : kinds[what],
    source: 'phone',
    objectKey,
    ...(language === undefined ? {} : { language }),
    ...(durationMs === undefined ? {} : { durationMs }),
  } satisfies Partial<Media>
  return [{ kind: 'media', id, document: media }]
}
