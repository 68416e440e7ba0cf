import * as z from 'zod'
import { Callflow } from '../callflow/callflow.ts'
import { CallflowProblem } from '../callflow/check-callflow.ts'
import { Id, Instant } from '../model/id.ts'
import { contract, PageQuery, pageOf } from './contract.ts'
import { draftOf } from './crud.ts'

const tag = 'Callflows'
const ById = z.object({ id: Id })
const AtRevision = ById.extend({ revision: z.coerce.number().int().min(1) })

/** One saved state of a callflow. */
export const CallflowVersion = z.object({
  revision: z.int(),
  at: Instant,
  by: z.string(),
  act: z.string(),
  deleted: z.boolean(),
})

export const getCallflowDraft = contract({
  method: 'get',
  path: '/callflows/{id}/draft',
  tag,
  summary: 'The draft of a callflow',
  params: ById,
  reply: Callflow,
  status: 200,
  may: 'config:read',
  etag: 'shown',
})

export const saveCallflowDraft = contract({
  method: 'put',
  path: '/callflows/{id}/draft',
  tag,
  summary: 'Save a draft; calls go on as published',
  params: ById,
  body: draftOf(Callflow),
  bodyName: 'CallflowDraft',
  reply: Callflow,
  status: 200,
  may: 'config:write',
  etag: 'optional',
  refusals: [412],
})

export const discardCallflowDraft = contract({
  method: 'delete',
  path: '/callflows/{id}/draft',
  tag,
  summary: 'Throw a draft away',
  params: ById,
  status: 204,
  may: 'config:write',
})

export const publishCallflow = contract({
  method: 'post',
  path: '/callflows/{id}/publish',
  tag,
  summary: 'Publish the draft: the next call follows it. Refused while the draft has errors',
  params: ById,
  reply: Callflow,
  status: 200,
  may: 'config:write',
  etag: 'shown',
  refusals: [409],
})

export const listCallflowVersions = contract({
  method: 'get',
  path: '/callflows/{id}/versions',
  tag,
  summary: 'Saved versions of a callflow, newest first',
  params: ById,
  query: PageQuery,
  reply: pageOf(CallflowVersion),
  status: 200,
  may: 'config:read',
})

export const getCallflowVersion = contract({
  method: 'get',
  path: '/callflows/{id}/versions/{revision}',
  tag,
  summary: 'A callflow as it was at a revision of the account',
  params: AtRevision,
  reply: Callflow,
  status: 200,
  may: 'config:read',
})

export const rollBackCallflow = contract({
  method: 'post',
  path: '/callflows/{id}/versions/{revision}/roll-back',
  tag,
  summary: 'Make an old version the newest again',
  params: AtRevision,
  reply: Callflow,
  status: 200,
  may: 'config:write',
  etag: 'optional',
  refusals: [409, 412],
})

export const duplicateCallflow = contract({
  method: 'post',
  path: '/callflows/{id}/duplicate',
  tag,
  summary: 'Copy a callflow without its numbers and patterns',
  params: ById,
  body: z.strictObject({ name: z.string().trim().max(128).optional() }),
  reply: Callflow,
  status: 201,
  may: 'config:write',
  etag: 'shown',
})

export const checkCallflowDraft = contract({
  method: 'post',
  path: '/callflow-checks',
  tag,
  summary: 'What is wrong with a callflow, without saving it',
  body: draftOf(Callflow),
  bodyName: 'CallflowDraft',
  reply: z.object({ problems: z.array(CallflowProblem) }),
  status: 200,
  may: 'config:read',
})

/** a number belongs to one callflow; moving it is one act. */
export const moveNumber = contract({
  method: 'post',
  path: '/callflows/{id}/numbers',
  tag,
  summary: 'Attach a number, taking it from the callflow that has it where `move` is set',
  params: ById,
  body: z.strictObject({ number: z.string().max(36), move: z.boolean().default(false) }),
  reply: Callflow,
  status: 200,
  may: 'config:write',
  etag: 'shown',
  refusals: [409],
})

export const revealModuleSecret = contract({
  method: 'post',
  path: '/callflows/{id}/modules/{nodeId}/secret/reveal',
  tag,
  summary: 'Show what requests of a Pivot or Webhook are signed with; who asked is noted in the audit log',
  params: z.object({ id: Id, nodeId: Id }),
  reply: z.object({ keyVersion: z.int(), secret: z.string() }),
  status: 200,
  may: 'secrets:read',
  refusals: [501],
})
