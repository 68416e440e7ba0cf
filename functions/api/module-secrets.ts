import { revealModuleSecret } from '@offhook/shared/api/callflows.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import * as z from 'zod'
import { notFound } from './auth.ts'
import { getDocument } from './documents.ts'
import { type Api, serve } from './serve.ts'

/** Modules that turn to URLs, and what their secrets are numbered by. */
const turningOutside: ReadonlySet<string> = new Set(['pivot', 'webhook'])
const Numbered = z.object({ keyVersion: z.int().min(1).max(1_000).default(1) })

/** Secrets that requests to URLs are signed with. They stand in no document: each is made when it is asked for, which is noted. */
export function serveModuleSecrets(api: Api): void {
  serve(api, revealModuleSecret, async ({ params: { id, nodeId } }, { accountId, by }) => {
    const { value: callflow } = await getDocument(api, accountId, 'callflow', id)
    const draft = await api.store.drafts.get(accountId, id)
    // What is being drawn has the secret it will have when it is live.
    const node = [draft?.callflow.nodes, callflow.nodes].flatMap((nodes) =>
      nodes !== undefined && Object.hasOwn(nodes, nodeId) ? [nodes[nodeId]] : [],
    )[0]
    if (node === undefined || !turningOutside.has(node.type))
      throw notFound(`The callflow ${id} has no Pivot or Webhook ${nodeId}.`)
    if (api.moduleSecret === undefined)
      throw new PbxError('no-secrets', { status: 501, message: 'This installation signs no requests to URLs.' })
    const { keyVersion } = Numbered.catch({ keyVersion: 1 }).parse(node.params)
    await api.store.audit.append(accountId, {
      by,
      act: 'reveal-secret',
      kind: 'callflow',
      targetId: id,
      summary: `secret ${keyVersion} of ${nodeId}`,
    })
    return { keyVersion, secret: api.moduleSecret(accountId, { callflowId: id, nodeId, keyVersion }) }
  })
}
