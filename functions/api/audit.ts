import { listAudit } from '@offhook/shared/api/audit.ts'
import { type Api, serve } from './serve.ts'

export function serveAudit(api: Api): void {
  serve(api, listAudit, async ({ query }, { accountId }) => api.store.audit.list(accountId, query))
}
