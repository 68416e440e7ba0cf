import type { CrudKind, NounContracts } from '@offhook/shared/api/crud.ts'
import { crudNouns, extensions } from '@offhook/shared/api/nouns.ts'
import type { DocumentOf } from '@offhook/shared/model/document.ts'
import { createDocument, getDocument, removeDocument, replaceDocument } from './documents.ts'
import { Tagged } from './etag.ts'
import { searchPage } from './search.ts'
import { seenBy } from './secrets.ts'
import { type Api, serve } from './serve.ts'

function serveReading(api: Api, { kind, list, get }: NounContracts): void {
  serve(api, list, async ({ query }, scene) => {
    const page = await searchPage(api.store, scene.accountId, kind, query)
    return { ...page, items: page.items.map((document) => seenBy(scene, document)) }
  })
  serve(api, get, async ({ params }, scene) => {
    const { value, revision } = await getDocument(api, scene.accountId, kind, params.id)
    return new Tagged(seenBy(scene, value), revision)
  })
}

const serveReplacing = (api: Api, { kind, replace }: NounContracts): void =>
  serve(api, replace, async ({ params, body }, scene) =>
    replaceDocument(api, scene, kind, params.id, body as DocumentOf<CrudKind>),
  )

/** Everything that is the same for every saved noun. */
export function serveNouns(api: Api): void {
  const nouns: readonly NounContracts[] = crudNouns
  for (const noun of nouns) {
    serveReading(api, noun)
    serveReplacing(api, noun)
    serve(api, noun.create, async ({ body }, scene) =>
      createDocument(api, scene, noun.kind, body as DocumentOf<CrudKind>),
    )
    // Media are deleted together with what takes their place: media-library.ts.
    if (noun.kind === 'media') continue
    serve(api, noun.remove, async ({ params }, scene) => {
      await removeDocument(api, scene, noun.kind, params.id)
      return undefined
    })
  }
  // An extension is made and deleted as a whole: extensions.ts.
  serveReading(api, extensions)
  serveReplacing(api, extensions)
}
