import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi } from '@offhook/functions/api/app.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import type { Store } from '@offhook/store/store.ts'
import { type TestEngine, testEngine } from '@offhook/store/testing/test-table.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdentity, type Identity } from './identity.ts'
import { Browser, readForm } from './testing/browser.ts'

const redirectUri = 'http://console.example/callback'
const password = 'correct horse battery'

let engine: TestEngine
let store: Store
let server: Server
let origin: string
let identity: Identity
const folder = mkdtempSync(join(tmpdir(), 'offhook-identity-'))
const reported: unknown[] = []

/** A fresh process on the same data, as after a restart. */
const start = () =>
  createIdentity({
    store,
    origin,
    keyFile: join(folder, 'secrets', 'identity.json'),
    redirectUris: [redirectUri],
    report: (error) => reported.push(error),
  })

beforeAll(async () => {
  engine = await testEngine()
  store = await engine.store()
  for (const [id, name] of [
    ['acme', 'Acme & Sons'],
    ['bolt', 'Bolt GmbH'],
  ] as const) {
    await store.accounts.create({ id, name, address: id })
    await store.people.set({ accountId: id, username: `admin@${id}`, role: 'admin', enabled: true }, password)
  }
  await store.people.set({ accountId: 'acme', username: 'victim', role: 'user', enabled: true }, password)
  server = createServer((request, response) => {
    if (!identity.handle(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  identity = start()
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await engine.stop()
  rmSync(folder, { recursive: true, force: true })
})

const pkce = () => {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

const authorize = (challenge: string, more: Record<string, string> = {}) =>
  `/oidc/auth?${new URLSearchParams({
    client_id: 'console',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile api',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'xyz',
    account: 'acme',
    ...more,
  })}`

const redeem = (form: Record<string, string>) =>
  fetch(`${origin}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'console', redirect_uri: redirectUri, ...form }),
  })

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
}

/** Signs in at an address and comes back with the code. */
async function signIn(browser: Browser, account: string, username: string, challenge: string) {
  const { html } = await browser.open(authorize(challenge, { account }))
  return browser.open(readForm(html).action, { username, password })
}

async function tokensOf(browser: Browser, account = 'acme', username = `admin@${account}`): Promise<Tokens> {
  const { verifier, challenge } = pkce()
  const { left } = await signIn(browser, account, username, challenge)
  const answer = await redeem({
    grant_type: 'authorization_code',
    code: left?.searchParams.get('code') ?? '',
    code_verifier: verifier,
  })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Tokens
}

const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

describe('signing in', () => {
  it('by code and PKCE gives a token that says who, of which account, and that the API accepts', async () => {
    const tokens = await tokensOf(new Browser(origin))
    const person = await store.people.find('acme', 'admin@acme')

    expect(claimsOf(tokens.access_token)).toMatchObject({
      iss: identity.issuer,
      aud: 'urn:offhook:api',
      sub: person?.subject,
      account: 'acme',
      role: 'admin',
      scope: 'api',
    })
    expect(await identity.verifyToken(tokens.access_token)).toEqual({ subject: person?.subject, accountId: 'acme' })
    await expect(identity.verifyToken(tokens.id_token)).rejects.toThrow('something else')
    expect(reported).toEqual([])
  })

  it('R-001: the page names the account of the address, and credentials of one account are refused at another', async () => {
    const browser = new Browser(origin)
    const { page, html } = await browser.open(authorize(pkce().challenge))
    const atBolt = new Browser(origin)

    expect(page.status).toBe(200)
    expect(html).toContain('<h1>Sign in to Acme &amp; Sons</h1>')
    const refused = await signIn(atBolt, 'bolt', 'admin@acme', pkce().challenge)
    expect([refused.page.status, refused.left]).toEqual([401, undefined])
    expect(refused.html).toContain('Sign in to Bolt GmbH')
    expect(refused.html).toContain('role="alert"')
    const nowhere = await browser.open(authorize(pkce().challenge, { account: 'nowhere' }))
    expect(nowhere.page.status).toBe(404)
  })

  it('R-001: somebody signed in at one address must sign in again at another', async () => {
    const browser = new Browser(origin)
    const { refresh_token } = await tokensOf(browser)

    const again = await browser.open(authorize(pkce().challenge))
    const other = await browser.open(authorize(pkce().challenge, { account: 'bolt' }))

    expect(again.left?.searchParams.get('code')).toBeTruthy()
    expect(other.html).toContain('Sign in to Bolt GmbH')
    expect(claimsOf((await tokensOf(browser, 'bolt')).access_token).account).toBe('bolt')
    expect((await redeem({ grant_type: 'refresh_token', refresh_token })).status).toBe(400)
  })

  it('a code is good once, with its own verifier, and only with PKCE', async () => {
    const { verifier, challenge } = pkce()
    const { left } = await signIn(new Browser(origin), 'acme', 'admin@acme', challenge)
    const code = left?.searchParams.get('code') ?? ''
    const take = (code_verifier: string) => redeem({ grant_type: 'authorization_code', code, code_verifier })

    const wrong = await take(pkce().verifier)
    const right = await take(verifier)
    const twice = await take(verifier)
    const plain = await new Browser(origin).open(authorize('', { code_challenge_method: '' }))

    expect([wrong.status, right.status, twice.status]).toEqual([400, 200, 400])
    expect(plain.left?.searchParams.get('code') ?? null).toBeNull()
  })

  it('a code goes to the console, at the address of any account, and nowhere else', async () => {
    const browser = new Browser(origin)
    const there = { account: 'bolt', redirect_uri: 'http://console.example/bolt/' }
    const { html } = await browser.open(authorize(pkce().challenge, there))
    const { left: console } = await browser.open(readForm(html).action, { username: 'admin@bolt', password })
    expect(console?.href).toMatch(/^http:\/\/console\.example\/bolt\/\?code=/)

    const { page, left } = await new Browser(origin).open(
      authorize(pkce().challenge, { redirect_uri: 'https://evil.example/callback' }),
    )

    expect([page.status, left]).toEqual([400, undefined])
  })

  it('the page runs no script, is not framed, and sends its form to nobody else', async () => {
    const { page, html } = await new Browser(origin).open(authorize(pkce().challenge))
    const policy = page.headers.get('content-security-policy') ?? ''

    expect(html).not.toContain('<script')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("form-action 'self' http://console.example;")
    for (const name of ['username', 'password']) expect(html).toContain(`<label for="${name}">`)
  })

  it('what is typed comes back as text, never as a page', async () => {
    const browser = new Browser(origin)
    const { html } = await browser.open(authorize(pkce().challenge))

    const shown = await browser.open(readForm(html).action, { username: '"><script>alert(1)</script>', password: 'x' })

    expect(shown.html).not.toContain('<script>')
    expect(shown.html).toContain('&lt;script&gt;')
  })
})

describe('staying signed in', () => {
  it('a refresh token gives the next access token, once; used twice, all of its family end', async () => {
    const { refresh_token } = await tokensOf(new Browser(origin))
    const refresh = (token: string) => redeem({ grant_type: 'refresh_token', refresh_token: token })

    const first = await refresh(refresh_token)
    const next = (await first.json()) as Tokens
    const stolen = await refresh(refresh_token)
    const family = await refresh(next.refresh_token)

    expect(first.status).toBe(200)
    expect(await identity.verifyToken(next.access_token)).toMatchObject({ accountId: 'acme' })
    expect([stolen.status, family.status]).toEqual([400, 400])
  })

  it('a restart signs nobody out: same keys, same session, same refresh token', async () => {
    const browser = new Browser(origin)
    const { access_token, refresh_token } = await tokensOf(browser)

    identity = start()

    expect(await identity.verifyToken(access_token)).toMatchObject({ accountId: 'acme' })
    expect((await redeem({ grant_type: 'refresh_token', refresh_token })).status).toBe(200)
    expect((await browser.open(authorize(pkce().challenge))).left?.searchParams.get('code')).toBeTruthy()
  })

  it('a person who is switched off gets no further token', async () => {
    await store.people.set({ accountId: 'acme', username: 'leaver', role: 'admin', enabled: true }, password)
    const { refresh_token } = await tokensOf(new Browser(origin), 'acme', 'leaver')

    await store.people.change('acme', 'leaver', { enabled: false })

    expect((await redeem({ grant_type: 'refresh_token', refresh_token })).status).toBe(400)
    expect((await signIn(new Browser(origin), 'acme', 'leaver', pkce().challenge)).page.status).toBe(401)
  })

  it('the keys are for their owner alone, and only the public half is published', async () => {
    const keys = await (await fetch(`${origin}/oidc/jwks`)).text()

    expect(statSync(join(folder, 'secrets', 'identity.json')).mode & 0o777).toBe(0o600)
    expect(keys).toContain('"kid"')
    expect(keys).not.toContain('"d"')
  })
})

describe('guessing', () => {
  it('ends after ten wrong passwords, with a note in the audit log, and says the same of names nobody has', async () => {
    const browser = new Browser(origin)
    const { html } = await browser.open(authorize(pkce().challenge))
    const { action } = readForm(html)
    const guess = (username: string, guessed: string) => browser.open(action, { username, password: guessed })

    const known = await guess('victim', 'wrong password')
    const unknown = await guess('nobody-at-all', 'wrong password')
    for (let tries = 1; tries < 11; tries += 1) await guess('victim', `guess ${tries}`)
    const locked = await guess('victim', password)

    expect(known.html.replace('victim', '')).toBe(unknown.html.replace('nobody-at-all', ''))
    expect([known.page.status, unknown.page.status, locked.page.status]).toEqual([401, 401, 401])
    expect(locked.html.replace('victim', '')).toBe(known.html.replace('victim', ''))
    const { items } = await store.audit.list('acme', { limit: 50 })
    expect(items.filter((entry) => entry.act === 'lock-out')).toMatchObject([{ targetId: 'victim', by: 'system' }])
  })

  it('costs an address its minute', async () => {
    const browser = new Browser(origin)
    const { html } = await browser.open(authorize(pkce().challenge))
    const statuses: number[] = []
    for (let tries = 0; tries < 60; tries += 1)
      statuses.push((await browser.send(readForm(html).action, { username: 'x', password: '' })).status)

    expect(statuses.at(-1)).toBe(429)
    identity = start()
  })
})

describe('programs', () => {
  it('and people get into the API of their account with what they were given, and into no other', async () => {
    const objects = folderObjects({ folder, secret: 's'.repeat(32), baseUrl: `${origin}/objects` })
    const { verifyToken, signIn: settings } = identity
    const api = createApi({
      store,
      objects,
      verifyToken,
      signIn: settings,
      report: (failure) => reported.push(failure),
    })
    const { access_token } = await tokensOf(new Browser(origin))
    const read = async (path: string) => {
      const response = await api.request(path, { headers: { authorization: `Bearer ${access_token}` } })
      return { status: response.status, text: await response.text() }
    }

    const [me, mine, others] = [await read('/v1/me'), await read('/v1/accounts/acme'), await read('/v1/accounts/bolt')]

    expect(JSON.parse(me.text)).toMatchObject({ role: 'admin', username: 'admin@acme', account: { id: 'acme' } })
    expect([mine.status, others.status]).toEqual([200, 404])
  })

  it('that send nonsense are answered or passed on, never fatal', async () => {
    const ask = (path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = server.address() as AddressInfo
        get({ port, path, agent: false }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        }).on('error', reject)
      })

    const statuses = await Promise.all(['//', '/oidc/%', '/oidc/sign-in/%00', '/oidc/auth/x', '/oidc//evil'].map(ask))

    expect(statuses.every((status) => status !== undefined && status >= 400 && status < 500)).toBe(true)
  })

  it('get a token signed by the same key, for as long as was said', async () => {
    const person = await store.people.find('acme', 'admin@acme')
    const subject = person?.subject ?? ''

    const token = await identity.mintToken({ subject, account: 'acme', role: 'admin', seconds: 3_600 })

    expect(await identity.verifyToken(token)).toEqual({ subject, accountId: 'acme' })
    const { exp, iat, role } = claimsOf(token)
    expect([Number(exp) - Number(iat), role]).toEqual([3_600, 'admin'])
    await expect(identity.mintToken({ subject, account: 'acme', role: 'admin', seconds: 0 })).rejects.toThrow('lives')
  })

  it('what is not below /oidc is left to others', async () => {
    const others = await Promise.all(['/', '/oidcx', '/v1/me'].map((path) => fetch(origin + path)))

    expect(others.map((answer) => answer.status)).toEqual([404, 404, 404])
    const discovery = (await (await fetch(`${origin}/oidc/.well-known/openid-configuration`)).json()) as object
    expect(discovery).toMatchObject({
      issuer: identity.issuer,
      authorization_endpoint: `${identity.issuer}/auth`,
      code_challenge_methods_supported: ['S256'],
    })
  })
})
