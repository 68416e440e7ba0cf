import { bodyBytesMax } from '@offhook/shared/api/contract.ts'
import { describeApi } from '@offhook/shared/api/describe-api.ts'
import { audioBytesMax } from '@offhook/shared/api/media-audio.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { secureHeaders } from 'hono/secure-headers'
import { serveAccount, serveAccounts } from './account.ts'
import { serveApiKeys } from './api-keys.ts'
import { serveAudit } from './audit.ts'
import { notFound } from './auth.ts'
import { serveBlacklists } from './blacklists.ts'
import { serveCallerIds } from './caller-ids.ts'
import { serveCallflows } from './callflows.ts'
import { serveCarriers } from './carriers.ts'
import { serveCdrs } from './cdrs.ts'
import { serveChecks } from './checks.ts'
import { serveNouns } from './crud.ts'
import type { ApiDependencies } from './dependencies.ts'
import { serveDevices } from './devices.ts'
import { serveExtensions } from './extensions.ts'
import { serveLive } from './live.ts'
import { serveLiveStates } from './live-states.ts'
import { serveMe } from './me.ts'
import { serveMediaAudio } from './media-audio.ts'
import { serveMediaLibrary } from './media-library.ts'
import { serveModuleSecrets } from './module-secrets.ts'
import { serveMyPhone } from './my-phone.ts'
import { problemOf, problemResponse } from './problem.ts'
import { serveProvisioning } from './provisioning.ts'
import { serveProvisioningFiles } from './provisioning-files.ts'
import type { Api } from './serve.ts'
import { serveSipTraces } from './sip-traces.ts'
import { serveSystemPrompts } from './system-prompts.ts'
import { serveUsedBy } from './used-by.ts'
import { serveMessages } from './voicemail-messages.ts'

/** The admin API, `/v1/…`. The same app answers a Lambda's events and a Node server's requests. */
export function createApi(dependencies: ApiDependencies): Hono {
  const app = new Hono()
  const api: Api = { ...dependencies, app }
  guard(api)
  // The description never changes while the process lives.
  const description = JSON.stringify(describeApi())
  app.get('/v1/openapi.json', (context) => context.body(description, 200, { 'content-type': 'application/json' }))
  serveMe(api)
  serveMyPhone(api)
  serveAccounts(api)
  serveAccount(api)
  serveNouns(api)
  serveExtensions(api)
  serveUsedBy(api)
  serveChecks(api)
  serveBlacklists(api)
  serveCallerIds(api)
  serveCarriers(api)
  serveMediaAudio(api)
  serveMediaLibrary(api)
  serveSystemPrompts(api)
  serveDevices(api)
  serveProvisioning(api)
  serveProvisioningFiles(api)
  serveCallflows(api)
  serveModuleSecrets(api)
  serveLive(api)
  serveLiveStates(api)
  serveCdrs(api)
  serveSipTraces(api)
  serveMessages(api)
  serveAudit(api)
  serveApiKeys(api)
  return app
}

const limitedTo = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new PbxError('body-too-large', { status: 413, message: `A body may have ${maxSize / 1_000} kB here.` })
    },
  })
const isUpload = (path: string): boolean => /^\/v1\/accounts\/[^/]+\/media\/[^/]+\/audio$/.test(path)

/** What belongs to every request: headers, the longest body, and refusals as problems. */
function guard({ app, allowedOrigins = [], report }: Api): void {
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      referrerPolicy: 'no-referrer',
      xFrameOptions: 'DENY',
      // Whether a name is to be reached by TLS alone is for who owns the name; on a desk it is `localhost`.
      strictTransportSecurity: false,
    }),
  )
  app.use(async (context, next) => {
    await next()
    // Answers are somebody's own: no cache between keeps them.
    if (!context.res.headers.has('cache-control')) context.res.headers.set('cache-control', 'no-store')
  })
  if (allowedOrigins.length > 0)
    app.use(
      cors({
        origin: [...allowedOrigins],
        allowHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match', 'range'],
        exposeHeaders: ['etag', 'content-range', 'content-disposition'],
        maxAge: 600,
      }),
    )
  const [json, audio] = [limitedTo(bodyBytesMax), limitedTo(audioBytesMax)]
  app.use((context, next) => (isUpload(context.req.path) ? audio : json)(context, next))
  app.notFound(() => problemResponse(problemOf(notFound('There is no such address.'))))
  app.onError((error, context) => {
    const problem = problemOf(error)
    if (problem.status >= 500) report({ method: context.req.method, path: context.req.path, error })
    return problemResponse(problem)
  })
}
