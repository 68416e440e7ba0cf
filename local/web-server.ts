import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { FolderObjects } from '@offhook/store/objects/folder.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface WebParts {
  /** `/v1/…` and `/provision/…`; told whose connection a request came by. */
  readonly api: { fetch(request: Request, connection: object): Response | Promise<Response> }
  /** `/oidc/…`: sign-in. */
  readonly identity: Handler
  /** `/sip-media-applications/…`: shaped like the Chime SDK control plane. */
  readonly control: Handler
  readonly objects: FolderObjects
  /** Folder of the built console; its page is served below every account's address. */
  readonly consoleFolder: string
  /** What the console of an address must know before it can sign anybody in; nothing for an address that is nobody's. */
  consoleConfig(address: string, request: IncomingMessage): Promise<Record<string, unknown> | undefined>
  /** Where a page is to be opened instead, when it was asked for by a name that nobody can sign in at. */
  elsewhere(request: IncomingMessage, path: string): string | undefined
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wav': 'audio/wav',
  '.woff2': 'font/woff2',
}

const headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'content-security-policy':
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
} as const

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

async function sendFile(response: ServerResponse, path: string, cache: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) return say(response, 404, 'There is nothing here.')
  response.writeHead(200, {
    ...headers,
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-length': found.size,
    'cache-control': cache,
  })
  // A browser that goes away ends the stream, not the server.
  createReadStream(path)
    .on('error', () => response.destroy())
    .pipe(response)
}

/**
 * A request whose body is as long as nobody said: chunked (RFC 9112 §7.1) or none at all, as browsers send a DELETE. Whoever limits bodies
 * wraps it in another Request, which only the platform's own lets be done; the adapter's stands in for it and would be a 500.
 */
function measurable(request: Request): Request {
  const { method, url, headers } = request
  if (method === 'GET' || method === 'HEAD' || headers.has('content-length')) return request
  if (!headers.has('transfer-encoding')) return new Request(url, { method, headers })
  return new Request(url, { method, headers, body: request.body, duplex: 'half' })
}

/** Answers everything HTTP of one machine: API, sign-in, control plane, signed objects, the console. WebSockets are the edge's. */
export function serveWeb(server: Server, parts: WebParts): void {
  const api = getRequestListener((request, connection) => parts.api.fetch(measurable(request), connection), {
    overrideGlobalObjects: false,
  })
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, first = '', ...rest] = url.pathname.split('/')
    if (first === 'v1' || first === 'provision') {
      await api(request, response)
      return
    }
    if (first === 'oidc') return parts.identity(request, response)
    if (first === 'sip-media-applications') return parts.control(request, response)
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'Only GET is answered here.')
    if (first === 'objects') {
      const key = decodeURIComponent(rest.join('/'))
      const allowed = parts.objects.verify(
        key,
        url.searchParams.get('expires') ?? '',
        url.searchParams.get('signature') ?? '',
      )
      return allowed
        ? sendFile(response, parts.objects.pathOf(key), 'private, no-store')
        : say(response, 403, 'This address has expired.')
    }
    if (first === 'assets') {
      const path = normalize(join(parts.consoleFolder, 'assets', ...rest))
      return path.startsWith(join(parts.consoleFolder, 'assets'))
        ? sendFile(response, path, 'public, max-age=31536000, immutable')
        : say(response, 404, 'There is nothing here.')
    }
    if (first === '')
      return say(response, 404, 'Every account has its own address: add its name to this one, such as /acme/.')
    const config = await parts.consoleConfig(first, request)
    if (config === undefined) return say(response, 404, `There is no account at /${first.slice(0, 40)}/.`)
    if (rest.length === 0) return void response.writeHead(308, { location: `/${first}/` }).end()
    if (rest[0] === 'config.json')
      return void response
        .writeHead(200, { ...headers, 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(config))
    const location = parts.elsewhere(request, `${url.pathname}${url.search}`)
    if (location !== undefined) return void response.writeHead(307, { location, 'cache-control': 'no-store' }).end()
    return sendFile(response, join(parts.consoleFolder, 'index.html'), 'no-cache')
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => {
      if (!response.headersSent) say(response, 500, 'Something went wrong here.')
      else response.destroy()
    })
  })
}
