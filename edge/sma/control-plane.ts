/**
 * Create and Update of calls over HTTP, shaped like the chime-sdk-voice control plane (API version 2022-08-03), so that its real client,
 * pointed here by `endpoint`, reaches live calls. Requests are signed with the installation's own credentials.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { argumentsMax, quotas, sipHeadersMax } from '@offhook/shared/sma-contract/limits.ts'
import { refusedHeader } from '@offhook/shared/sma-contract/sip-headers.ts'
import * as z from 'zod'
import type { SmaRuntime } from './runtime.ts'
import { type Credentials, isSignedBy } from './sigv4.ts'

/** Bytes of a request body: twenty arguments and twenty headers fit many times. */
const bodyBytesMax = 131_072

const E164 = z.string().regex(/^\+?[1-9]\d{1,14}$/)
const texts = (max: number) =>
  z
    .record(z.string().max(2_048), z.string().max(2_048))
    .refine((map) => Object.keys(map).length <= max, `at most ${max} entries`)

const CreateCallBody = z.object({
  FromPhoneNumber: E164,
  ToPhoneNumber: E164,
  SipHeaders: texts(sipHeadersMax).optional(),
  ArgumentsMap: texts(argumentsMax).optional(),
})
const UpdateCallBody = z.object({ Arguments: texts(argumentsMax) })

export interface ControlPlaneOptions {
  readonly runtime: SmaRuntime
  readonly credentials: Credentials
  /** Whose call it is: the account that owns the number shown. Nothing: the request is refused. */
  readonly accountOf: (fromPhoneNumber: string) => Promise<string | undefined>
  readonly nowMs?: () => number
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

/** Exception of the client and its `Code`, by status (API reference, common errors). */
const exceptions: Readonly<Record<number, readonly [exception: string, code: string]>> = {
  400: ['BadRequestException', 'BadRequest'],
  401: ['UnauthorizedClientException', 'Unauthorized'],
  403: ['ForbiddenException', 'Forbidden'],
  404: ['NotFoundException', 'NotFound'],
  429: ['ThrottledClientException', 'Throttled'],
  500: ['ServiceFailureException', 'ServiceFailure'],
}

const refusal = (status: number, message: string) => new PbxError('control-plane', { status, message })

/** A handler for a plain Node HTTP server. Listens nowhere itself. */
export function controlPlane(
  options: ControlPlaneOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const nowMs = options.nowMs ?? Date.now
  const rates = { create: new Rate(quotas.createCallsPerSecond), update: new Rate(quotas.updateCallsPerSecond) }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const body = await readBody(request)
      const signed = { method: request.method ?? '', url: request.url ?? '/', headers: request.headers, body }
      if (!isSignedBy(options.credentials, signed, nowMs()))
        throw refusal(401, 'The request is not signed with credentials of this installation.')
      const reply = await route(options, rates, nowMs(), signed.method, signed.url, body)
      send(response, reply.status, reply.body)
    } catch (cause) {
      const status = cause instanceof PbxError && exceptions[cause.status] !== undefined ? cause.status : 500
      const [exception, code] = exceptions[status] ?? ['ServiceFailureException', 'ServiceFailure']
      const message = cause instanceof PbxError ? cause.message : 'The call could not be handled.'
      response.setHeader('x-amzn-errortype', exception)
      send(response, status, { Code: code, Message: message })
    }
  }
  // `serve` answers every failure itself.
  return (request, response) => void serve(request, response)
}

async function route(
  options: ControlPlaneOptions,
  rates: { readonly create: Rate; readonly update: Rate },
  nowMs: number,
  method: string,
  url: string,
  body: Uint8Array,
): Promise<Reply> {
  const path = new URL(url, 'http://host').pathname.split('/').map(decodeURIComponent)
  const [, root, applicationId, calls, transactionId, ...rest] = path
  if (root !== 'sip-media-applications' || calls !== 'calls' || method !== 'POST' || rest.length > 0)
    throw refusal(404, 'There is no such operation here.')
  if (applicationId !== options.runtime.sipMediaApplicationId)
    throw refusal(404, 'There is no such SIP media application.')
  const isMetered = options.runtime.profile.quotas
  if (transactionId === undefined) {
    if (isMetered && !rates.create.allows(nowMs)) throw refusal(429, 'Rate exceeded')
    return created(options, parse(CreateCallBody, body))
  }
  if (isMetered && !rates.update.allows(nowMs)) throw refusal(429, 'Rate exceeded')
  options.runtime.update(transactionId, parse(UpdateCallBody, body).Arguments)
  return { status: 202, body: callOf(transactionId) }
}

async function created(options: ControlPlaneOptions, call: z.infer<typeof CreateCallBody>): Promise<Reply> {
  const header = refusedHeader(call.SipHeaders ?? {})
  if (header !== undefined) throw refusal(400, `Invalid SIP header(s) provided: ${header}`)
  const accountId = await options.accountOf(call.FromPhoneNumber)
  if (accountId === undefined) throw refusal(403, 'FromPhoneNumber is not a number of this installation.')
  const { transactionId } = options.runtime.create({
    accountId,
    from: call.FromPhoneNumber,
    to: call.ToPhoneNumber,
    ...(call.SipHeaders === undefined ? {} : { headers: call.SipHeaders }),
    ...(call.ArgumentsMap === undefined ? {} : { arguments: call.ArgumentsMap }),
  })
  return { status: 201, body: callOf(transactionId) }
}

const callOf = (transactionId: string) => ({ SipMediaApplicationCall: { TransactionId: transactionId } })

function parse<T extends z.ZodType>(schema: T, body: Uint8Array): z.infer<T> {
  const parsed = schema.safeParse(readJson(body))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw refusal(400, `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'invalid'}`)
}

function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw refusal(400, 'The body is not JSON.')
    throw cause
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bodyBytesMax) throw refusal(400, 'The body is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** So many requests in any second. */
class Rate {
  readonly #perSecond: number
  #atMs: number[] = []

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  allows(nowMs: number): boolean {
    this.#atMs = this.#atMs.filter((atMs) => nowMs - atMs < 1_000)
    if (this.#atMs.length >= this.#perSecond) return false
    this.#atMs.push(nowMs)
    return true
  }
}
