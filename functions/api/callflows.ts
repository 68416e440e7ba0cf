import { randomUUID } from 'node:crypto'
import * as contracts from '@offhook/shared/api/callflows.ts'
import { idToCome } from '@offhook/shared/api/crud.ts'
import type { Callflow } from '@offhook/shared/callflow/callflow.ts'
import { checkCallflow } from '@offhook/shared/callflow/check-callflow.ts'
import { CallflowNumber } from '@offhook/shared/model/number.ts'
import { numberRouteId } from '@offhook/shared/model/number-route.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { notFound } from './auth.ts'
import { createDocument, getDocument, replaceDocument } from './documents.ts'
import { Tagged } from './etag.ts'
import { badRequest } from './problem.ts'
import { requireMentioned } from './references.ts'
import { seenBy } from './secrets.ts'
import { type Api, type Scene, serve } from './serve.ts'

const name128 = (name: string): string => name.slice(0, 128)

/** The same picture with ids of its own, answering nothing yet. */
function copyOf(original: Callflow, name: string | undefined): Callflow {
  const ids = new Map(Object.keys(original.nodes).map((id) => [id, randomUUID() as string]))
  const renamed = (id: string): string => ids.get(id) ?? id
  const { extension: _, root, ...rest } = original
  return {
    ...rest,
    id: idToCome,
    name: name128(name ?? `Copy of ${original.name || original.numbers.join(', ')}`.trim()),
    numbers: [],
    patterns: [],
    ...(root === undefined ? {} : { root: renamed(root) }),
    nodes: Object.fromEntries(
      Object.values(original.nodes).map((node) => [
        renamed(node.id),
        {
          ...node,
          id: renamed(node.id),
          exits: Object.fromEntries(Object.entries(node.exits).map(([exit, to]) => [exit, renamed(to)])),
        },
      ]),
    ),
  }
}

function serveDrafts(api: Api): void {
  const { drafts } = api.store
  const draftOf = async (accountId: string, id: string) => {
    const found = await drafts.get(accountId, id)
    if (found === undefined) throw notFound(`The callflow ${id} has no draft.`)
    return found
  }
  serve(api, contracts.getCallflowDraft, async ({ params }, scene) => {
    const { callflow, version } = await draftOf(scene.accountId, params.id)
    return new Tagged(seenBy(scene, callflow), version)
  })
  serve(api, contracts.saveCallflowDraft, async ({ params, body }, { accountId, ifMatch, by }) => {
    await getDocument(api, accountId, 'callflow', params.id)
    const callflow = { ...body, id: params.id }
    const version = await drafts.save(accountId, callflow, {
      by,
      ...(typeof ifMatch === 'number' ? { ifMatch } : {}),
    })
    return new Tagged(callflow, version)
  })
  serve(api, contracts.discardCallflowDraft, async ({ params }, { accountId }) => {
    await draftOf(accountId, params.id)
    await drafts.remove(accountId, params.id)
    return undefined
  })
  serve(api, contracts.publishCallflow, async ({ params }, scene) => {
    const { callflow } = await draftOf(scene.accountId, params.id)
    const published = await replaceDocument(api, scene, 'callflow', params.id, callflow, 'publish')
    await drafts.remove(scene.accountId, params.id)
    return published
  })
}

function serveVersions(api: Api): void {
  const { store } = api
  const versionOf = async ({ accountId }: Scene, { id, revision }: { id: string; revision: number }) => {
    const found = await store.documents.at(accountId, 'callflow', id, revision)
    if (found === undefined) throw notFound(`There is no callflow ${id} at revision ${revision}.`)
    return found
  }
  serve(api, contracts.listCallflowVersions, async ({ params, query }, { accountId }) => {
    const page = await store.documents.revisions(accountId, 'callflow', params.id, query)
    if (page.items.length === 0 && query.cursor === undefined) throw notFound(`There is no callflow ${params.id}.`)
    return page
  })
  serve(api, contracts.getCallflowVersion, async ({ params }, scene) => seenBy(scene, await versionOf(scene, params)))
  serve(api, contracts.rollBackCallflow, async ({ params }, scene) => {
    const old = await versionOf(scene, params)
    return replaceDocument(api, scene, 'callflow', params.id, old, 'roll-back')
  })
}

/** a number belongs to one callflow; it leaves the one and joins the other in the same save. */
async function moveNumber(
  api: Api,
  { accountId, by }: Scene,
  id: string,
  { number, move }: { readonly number: string; readonly move: boolean },
): Promise<Tagged<Callflow>> {
  const parsed = CallflowNumber.safeParse(number)
  if (!parsed.success) throw badRequest(parsed.error, 'body')
  const { value: callflow, revision } = await getDocument(api, accountId, 'callflow', id)
  if (callflow.numbers.includes(number)) return new Tagged(callflow, revision)
  const route = await api.store.documents.get(accountId, 'number-route', numberRouteId(number))
  const owner = route && (await api.store.documents.get(accountId, 'callflow', route.document.callflowId))
  if (owner !== undefined && !move)
    throw new PbxError('number-taken', {
      status: 409,
      message: `${number} is in use by the callflow ${owner.document.name || owner.document.id}. Move it here?`,
      details: { field: 'number', number, callflowId: owner.document.id },
    })
  const document = { ...callflow, numbers: [...callflow.numbers, number] }
  const edits = [
    { kind: 'callflow' as const, id, document, ifMatch: revision },
    ...(owner === undefined
      ? []
      : [
          {
            kind: 'callflow' as const,
            id: owner.document.id,
            document: { ...owner.document, numbers: owner.document.numbers.filter((one) => one !== number) },
            ifMatch: owner.revision,
          },
        ]),
  ]
  return new Tagged(document, await api.store.documents.saveMany(accountId, edits, { by }))
}

export function serveCallflows(api: Api): void {
  serveDrafts(api)
  serveVersions(api)
  serve(api, contracts.duplicateCallflow, async ({ params, body }, scene) => {
    const { value } = await getDocument(api, scene.accountId, 'callflow', params.id)
    return createDocument(api, scene, 'callflow', copyOf(value, body.name))
  })
  serve(api, contracts.checkCallflowDraft, async ({ body }, { accountId }) => {
    const problems = checkCallflow(body)
    const missing = await requireMentioned(api.store, accountId, 'callflow', body).then(
      () => [],
      (error: unknown) => missingFrom(error),
    )
    return { problems: [...problems, ...missing] }
  })
  serve(api, contracts.moveNumber, async ({ params, body }, scene) => moveNumber(api, scene, params.id, body))
}

/** Things the callflow names and the account has not, as problems. */
function missingFrom(error: unknown) {
  if (!(error instanceof PbxError) || error.code !== 'bad-request') throw error
  const errors = error.details.errors as readonly { readonly field: string; readonly message: string }[]
  return errors.map(({ field, message }) => {
    const [, nodeId] = /^nodes\.([^.]+)\./.exec(field) ?? []
    return { severity: 'error' as const, ...(nodeId === undefined ? {} : { nodeId }), field, message }
  })
}
