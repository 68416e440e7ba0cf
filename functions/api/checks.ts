import { checkDirectoryDraft, checkRingGroupDraft } from '@offhook/shared/api/checks.ts'
import { checkRingGroup } from '@offhook/shared/callflow/check-ring-group.ts'
import { checkDirectory } from '@offhook/shared/directory/check-directory.ts'
import { requireMentioned } from './references.ts'
import { type Api, serve } from './serve.ts'

/** Checks of drafts whose answer depends on what else the account has. What the draft names must be there, as when it is saved. */
export function serveChecks(api: Api): void {
  const { documents } = api.store
  serve(api, checkDirectoryDraft, async ({ body }, { accountId }) => {
    await requireMentioned(api.store, accountId, 'directory', body)
    return { warnings: checkDirectory(body, await documents.all(accountId, 'user')) }
  })
  serve(api, checkRingGroupDraft, async ({ body }, { accountId }) => {
    await requireMentioned(api.store, accountId, 'ring-group', body)
    const [users, devices, groups] = await Promise.all([
      documents.all(accountId, 'user'),
      documents.all(accountId, 'device'),
      documents.all(accountId, 'group'),
    ])
    return { warnings: checkRingGroup(body, { users, devices, groups }) }
  })
}
