import { listMediaLibrary, listMenuOverview, type MenuOverview } from '@offhook/shared/api/media-library.ts'
import { media } from '@offhook/shared/api/nouns.ts'
import { withReference } from '@offhook/shared/api/references.ts'
import type { Callflow } from '@offhook/shared/callflow/callflow.ts'
import { type DocumentOf, type SavedKind, singletonId } from '@offhook/shared/model/document.ts'
import type { Media } from '@offhook/shared/model/media.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Edit } from '@offhook/store/documents.ts'
import type { Store } from '@offhook/store/store.ts'
import { getDocument, removeDocument } from './documents.ts'
import { referencesTo } from './references.ts'
import { searchPage } from './search.ts'
import { type Api, type Scene, serve } from './serve.ts'

/** References of one piece of media that are listed. */
const usesMax = 100
/** Documents that are given other media together: two writes each, in one transaction of a hundred. */
const replacedMax = 40

const hasSound = ({ objectKey, text }: Media): boolean => objectKey !== undefined || text !== undefined

/** Media as a library: what uses what, and nothing in use goes without something in its place. */
export function serveMediaLibrary(api: Api): void {
  const { store } = api
  serve(api, listMediaLibrary, async ({ query }, { accountId }) => {
    const [page, uses] = await Promise.all([
      searchPage(store, accountId, 'media', query),
      store.referencesByTarget(accountId, 'media'),
    ])
    const items = page.items.map((one) => ({
      ...one,
      hasSound: hasSound(one),
      usedBy: (uses.get(one.id) ?? []).slice(0, usesMax),
    }))
    return { ...page, items }
  })
  serve(api, listMenuOverview, async ({ query }, { accountId }) => {
    const [page, callflows, recordings] = await Promise.all([
      searchPage(store, accountId, 'menu', query),
      store.documents.all(accountId, 'callflow'),
      store.documents.all(accountId, 'media'),
    ])
    return { ...page, items: page.items.map((menu) => overviewOf(menu, callflows, recordings)) }
  })
  serve(api, media.remove, async ({ params, query }, scene) => {
    if (query.replaceWith === undefined) await removeDocument(api, scene, 'media', params.id)
    else await removeReplaced(api, scene, params.id, query.replaceWith)
    return undefined
  })
}

function overviewOf(
  menu: DocumentOf<'menu'>,
  callflows: readonly Callflow[],
  recordings: readonly Media[],
): MenuOverview {
  const { id, name, attempts, dialExtensions } = menu
  const greeting = recordings.find((one) => one.id === menu.greeting)
  const usedBy = callflows.flatMap((callflow) => usesOf(callflow, id))
  return {
    id,
    name,
    attempts,
    dialExtensions,
    ...(greeting === undefined
      ? {}
      : { greeting: { id: greeting.id, name: greeting.name, hasSound: hasSound(greeting) } }),
    keys: [...new Set(usedBy.flatMap(({ keys }) => keys))].toSorted(),
    usedBy,
  }
}

function usesOf(callflow: Callflow, menuId: string): MenuOverview['usedBy'] {
  return Object.values(callflow.nodes)
    .filter(({ type, params }) => type === 'menu' && params.menuId === menuId)
    .map((node) => {
      const exits = Object.keys(node.exits)
      return {
        callflowId: callflow.id,
        callflow: callflow.name,
        nodeId: node.id,
        keys: exits.filter((exit) => exit !== 'default').toSorted() as MenuOverview['keys'],
        hasDefault: exits.includes('default'),
      }
    })
}

/** Puts other media in all places of one and deletes it, in one save. Throws in-use-too-often (409) where that would be too many. */
async function removeReplaced(api: Api, scene: Scene, id: string, replaceWith: string): Promise<void> {
  const { accountId, by, ifMatch } = scene
  const { store } = api
  const before = await getDocument(api, accountId, 'media', id)
  if (id === replaceWith || (await store.documents.get(accountId, 'media', replaceWith)) === undefined)
    throw new PbxError('bad-request', {
      message: id === replaceWith ? 'It cannot take its own place.' : `There is no media ${replaceWith}.`,
      details: { errors: [{ field: 'replaceWith', message: 'Name other media of this account.' }] },
    })
  const references = await referencesTo(store, accountId, [{ kind: 'media', id }])
  const edits = await replacing(store, accountId, references, replaceWith)
  if (references.length >= usesMax || edits.length > replacedMax)
    throw new PbxError('in-use-too-often', {
      status: 409,
      message: `More than ${replacedMax} things use this. Give some of them other media first.`,
    })
  const expected = typeof ifMatch === 'number' ? ifMatch : before.revision
  await store.documents.saveMany(accountId, [{ kind: 'media', id, ifMatch: expected }, ...edits], { by, act: 'delete' })
}

interface Place {
  readonly kind: string
  readonly id: string
  readonly field: string
}

/** Each document that has the places, with another id there, under the revision it was read at. */
async function replacing(
  store: Store,
  accountId: string,
  places: readonly Place[],
  replaceWith: string,
): Promise<Edit[]> {
  const documents = Map.groupBy(places, ({ kind, id }) => `${kind}/${id}`)
  return Promise.all(
    [...documents.values()].map(async (fields) => {
      const [{ kind, id: named } = { kind: '', id: '' }] = fields
      // An account's settings bear the account's id, and are found by a fixed one.
      const id = kind === 'account' ? singletonId : named
      const saved = await store.documents.get(accountId, kind as SavedKind, id)
      if (saved === undefined)
        throw new PbxError('revision-conflict', { status: 412, message: 'Somebody else changed this. Try again.' })
      const document = fields.reduce<unknown>(
        (changed, { field }) => withReference(changed, field, replaceWith),
        saved.document,
      )
      return { kind: kind as SavedKind, id, document, ifMatch: saved.revision }
    }),
  )
}
