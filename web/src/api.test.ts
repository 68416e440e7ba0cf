import { listCalls } from '@offhook/shared/api/calls.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Api, SignedOut } from './api.ts'
import { NoConnection } from './connection.ts'

const config = {
  issuer: 'http://pbx.example/oidc',
  clientId: 'console',
  resource: 'urn:offhook:api',
  scope: 'openid',
  apiUrl: 'http://pbx.example/v1',
  accountId: 'acme',
  accountName: 'Acme',
  sip: { wsUrl: '', domain: '' },
  emergencyAvailable: false,
}
const startMs = Date.parse('2026-11-23T09:00:00.000Z')

/** A server as ours is: tokens of ten minutes, refresh tokens good for one use, a second use ends the family. */
class Server {
  isDown = false
  isInTrouble = false
  refreshes = 0
  #family = 0
  #current = { access: '', refresh: '' }
  #ended = false

  issue() {
    this.#family += 1
    this.#current = { access: `access-${this.#family}`, refresh: `refresh-${this.#family}` }
    return {
      accessToken: this.#current.access,
      refreshToken: this.#current.refresh,
      endsAtMs: Date.now() + 600_000,
    }
  }

  end(): void {
    this.#ended = true
  }

  readonly fetch = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (this.isDown) throw new TypeError('fetch failed')
    if (this.isInTrouble) return new Response('<h1>502</h1>', { status: 502 })
    const path = new URL(url).pathname
    if (path.endsWith('/openid-configuration'))
      return Response.json({ token_endpoint: `${config.issuer}/token`, authorization_endpoint: '' })
    if (path === '/oidc/token') return this.#refresh(init.body as URLSearchParams)
    const isCurrent = new Headers(init.headers).get('authorization') === `Bearer ${this.#current.access}`
    return isCurrent && !this.#ended
      ? Response.json({ items: [] })
      : Response.json({ detail: 'no', code: 'unauthenticated' }, { status: 401 })
  }

  #refresh(form: URLSearchParams): Response {
    this.refreshes += 1
    if (this.#ended || form.get('refresh_token') !== this.#current.refresh) {
      this.#ended = true
      return Response.json({ error: 'invalid_grant' }, { status: 400 })
    }
    const { accessToken, refreshToken } = this.issue()
    return Response.json({ access_token: accessToken, refresh_token: refreshToken, expires_in: 600 })
  }
}

let server: Server
let api: Api
beforeEach(() => {
  vi.useFakeTimers({ now: startMs })
  server = new Server()
  vi.stubGlobal('fetch', server.fetch)
  api = new Api(config, server.issue())
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** What became of some questions asked at once. */
async function asked(times = 1): Promise<string[]> {
  const answers = Promise.allSettled(Array.from({ length: times }, () => api.ask(listCalls)))
  await vi.advanceTimersByTimeAsync(1_000)
  return (await answers).map((answer) =>
    answer.status === 'fulfilled'
      ? 'answered'
      : answer.reason instanceof SignedOut
        ? 'signed out'
        : answer.reason instanceof NoConnection
          ? 'no connection'
          : String(answer.reason),
  )
}
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('staying signed in', () => {
  it('several questions at the end of a token fetch one new token together', async () => {
    // The page asks for registrations, calls and history at once. Each used to refresh by itself with the same refresh token, which the
    // server took for theft: everybody was signed out nine and a half minutes after signing in.
    for (let hour = 0; hour < 6; hour += 1) {
      await later(590_000)
      expect(await asked(4)).toEqual(['answered', 'answered', 'answered', 'answered'])
    }

    expect(server.refreshes).toBe(6)
  })

  it('a server that is down signs nobody out: the same page goes on when it is back', async () => {
    server.isDown = true
    expect(await asked(3)).toEqual(['no connection', 'no connection', 'no connection'])
    await later(3_600_000)
    expect(await asked(3)).toEqual(['no connection', 'no connection', 'no connection'])
    server.isDown = false
    server.isInTrouble = true
    expect(await asked()).toEqual(['no connection'])
    server.isInTrouble = false

    expect(await asked(3)).toEqual(['answered', 'answered', 'answered'])
  })

  it('a token that is still good is used while a new one cannot be had', async () => {
    await later(580_000)
    const { fetch } = server
    vi.stubGlobal('fetch', async (url: string, init?: RequestInit) =>
      String(url).includes('/oidc/') ? new Response('', { status: 503 }) : fetch(url, init),
    )

    expect(await asked()).toEqual(['answered'])
  })

  it('a token that ended earlier than was thought is renewed once, for all who ask', async () => {
    api = new Api(config, { ...server.issue(), accessToken: 'of-yesterday' })

    expect(await asked(3)).toEqual(['answered', 'answered', 'answered'])
    expect(server.refreshes).toBe(1)
  })

  it('whoever is signed out by the server stays so, and no token is tried again', async () => {
    server.end()
    expect(await asked(2)).toEqual(['signed out', 'signed out'])
    const { refreshes } = server

    expect(await asked(2)).toEqual(['signed out', 'signed out'])
    expect(server.refreshes).toBe(refreshes)
  })
})
