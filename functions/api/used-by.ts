import { listReferences } from '@offhook/shared/api/used-by.ts'
import { getDocument } from './documents.ts'
import { referencesTo } from './references.ts'
import { type Api, serve } from './serve.ts'

export function serveUsedBy(api: Api): void {
  serve(api, listReferences, async ({ params }, { accountId }) => {
    await getDocument(api, accountId, params.kind, params.id)
    return { references: await referencesTo(api.store, accountId, [params]) }
  })
}
