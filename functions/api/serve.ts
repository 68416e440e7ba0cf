import { type BodyOf, type Contract, fullPath, type ParamsOf, type QueryOf } from '@offhook/shared/api/contract.ts'
import { fieldMessage } from '@offhook/shared/api/field-message.ts'
import { Id } from '@offhook/shared/model/id.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Context, Hono } from 'hono'
import type * as z from 'zod'
import { authenticate, type Caller, enterAccount, notFound, requirePermission } from './auth.ts'
import type { ApiDependencies } from './dependencies.ts'
import { etagOf, isKnown, readIfMatch, requireIfMatch, Tagged } from './etag.ts'
import { badRequest } from './problem.ts'

/** The app and what it stands on, as every resource is given it. */
export interface Api extends ApiDependencies {
  readonly app: Hono
}

export interface Request<C extends Contract> {
  readonly params: ParamsOf<C>
  readonly query: QueryOf<C>
  readonly body: BodyOf<C>
  /** The file that was sent, where the contract says `upload`; else nothing in it. */
  readonly upload: Uint8Array
  /** A header as it was sent. */
  readonly header: (name: string) => string | undefined
}

export interface Scene {
  readonly caller: Caller
  /** The account in the path, whose walls the caller is inside of; their own where the path has none. */
  readonly accountId: string
  readonly ifMatch: number | 'any' | undefined
  /** Goes into the audit log. */
  readonly by: string
}

type Replied<C extends Contract> = C['reply'] extends z.ZodType ? z.input<C['reply']> : undefined
/** What a handler gives back: the reply, with or without its revision; a whole response where the contract says `media`. */
export type Answer<C extends Contract> = C extends { readonly media: string }
  ? Response
  : Replied<C> | (Replied<C> extends undefined ? never : Tagged<Replied<C>>)
export type Handler<C extends Contract> = (request: Request<C>, scene: Scene) => Promise<Answer<C>>

const nobody: Caller = { subject: 'nobody', accountId: '', role: 'user' }

/** Serves a contract: who it is, which account, whether they may, what they sent; then the handler; then only what the reply names. */
export function serve<C extends Contract>(api: Api, contract: C, handler: Handler<C>): void {
  const path = fullPath(contract).replaceAll(/\{(\w+)\}/g, ':$1')
  api.app.on(contract.method.toUpperCase(), path, async (context) => {
    const scene = await admit(api, contract, context)
    const answer = await handler(await read(contract, context), scene)
    return reply(contract, context, answer)
  })
}

async function admit(api: Api, contract: Contract, context: Context): Promise<Scene> {
  if (contract.may === 'anyone') return { caller: nobody, accountId: '', ifMatch: undefined, by: nobody.subject }
  const caller = await authenticate(api, context.req.header('authorization'))
  const named = contract.scope === 'installation' ? undefined : Id.safeParse(context.req.param('accountId'))
  if (named !== undefined) {
    if (!named.success) throw notFound()
    await enterAccount(api, caller, named.data)
  }
  requirePermission(caller, contract.may)
  const given = context.req.header('if-match')
  const ifMatch = contract.etag === 'required' ? requireIfMatch(given) : readIfMatch(given)
  return { caller, accountId: named?.data ?? caller.accountId, by: caller.subject, ifMatch }
}

async function read<C extends Contract>(contract: C, context: Context): Promise<Request<C>> {
  const params = contract.params?.safeParse(context.req.param())
  // An id that cannot be one names nothing.
  if (params?.success === false) throw notFound()
  const query = contract.query?.safeParse(context.req.query(), { error: fieldMessage })
  if (query?.success === false) throw badRequest(query.error, 'query')
  const body = contract.body?.safeParse(await json(context), { error: fieldMessage })
  if (body?.success === false) throw badRequest(body.error, 'body')
  return {
    params: params?.data as ParamsOf<C>,
    query: query?.data as QueryOf<C>,
    body: body?.data as BodyOf<C>,
    upload: contract.upload === undefined ? new Uint8Array() : new Uint8Array(await context.req.arrayBuffer()),
    header: (name) => context.req.header(name),
  }
}

async function json(context: Context): Promise<unknown> {
  if (!/^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(context.req.header('content-type') ?? ''))
    throw new PbxError('not-json', { status: 415, message: 'Send JSON, with Content-Type: application/json.' })
  const text = await context.req.text()
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PbxError('bad-json', { message: 'The body is not JSON.', cause })
  }
}

function reply<C extends Contract>(contract: C, context: Context, answer: unknown): Response {
  if (answer instanceof Response) return answer
  if (contract.reply === undefined) return context.body(null, 204)
  if (!(answer instanceof Tagged))
    return context.json(contract.reply.parse(answer), contract.status === 201 ? 201 : 200)
  context.header('etag', etagOf(answer.revision))
  if (contract.method === 'get' && isKnown(context.req.header('if-none-match'), answer.revision))
    return context.body(null, 304)
  return context.json(contract.reply.parse(answer.value), contract.status === 201 ? 201 : 200)
}
