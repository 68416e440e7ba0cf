import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contract, urlOf } from '@offhook/shared/api/contract.ts'
import { operatorAccountId } from '@offhook/shared/api/permission.ts'
import { folderObjects } from '@offhook/store/objects/folder.ts'
import type { ObjectStore } from '@offhook/store/objects/object-store.ts'
import type { Store } from '@offhook/store/store.ts'
import { testEngine } from '@offhook/store/testing/test-table.ts'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createApi } from '../app.ts'
import type { ApiDependencies, Failure } from '../dependencies.ts'
import { createTokenVerifier } from '../token.ts'

export const issuer = 'https://sign-in.example'
export const audience = 'urn:offhook:api'

/** People of the two accounts and the operator, by subject: `admin@acme` and so on. */
const people = [
  ['acme', 'admin', 'admin'],
  ['acme', 'reader', 'read-only'],
  ['acme', 'nobody', 'user'],
  ['bolt', 'admin', 'admin'],
  [operatorAccountId, 'operator', 'operator'],
] as const
export type Who = 'admin@acme' | 'reader@acme' | 'nobody@acme' | 'admin@bolt' | 'operator@operator'

/** Cheap to sign in with; nobody does in these tests. */
const password = 'correct horse battery'

export interface Ask {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Account in the path. @default 'acme' */
  readonly account?: string
}

export interface Answered {
  readonly status: number
  readonly etag: string | null
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; an empty object where it is none. */
  readonly body: Readonly<Record<string, unknown>>
  /** The body's `id`, and what it lists. */
  readonly id: string
  readonly items: readonly Readonly<Record<string, unknown>>[]
  /** Where the next page begins. */
  readonly cursor: string | undefined
}

export interface ApiUnderTest {
  readonly store: Store
  readonly objects: ObjectStore
  readonly failures: Failure[]
  readonly app: ReturnType<typeof createApi>
  /** Sends what a contract describes, as somebody: a name of `Who`, or a bearer token. */
  ask(who: Who | { readonly bearer: string } | undefined, contract: Contract, ask?: Ask): Promise<Answered>
  tokenFor(subject: string, account: string, claims?: Readonly<Record<string, unknown>>): Promise<string>
  stop(): Promise<void>
}

/** The app over a real table and a real folder, with two accounts, Acme and Bolt, and an issuer of its own. */
export async function apiUnderTest(options: Partial<ApiDependencies> = {}): Promise<ApiUnderTest> {
  const engine = await testEngine()
  const folder = mkdtempSync(join(tmpdir(), 'offhook-api-'))
  const objects = folderObjects({ folder, secret: 's'.repeat(32), baseUrl: 'http://localhost/objects' })
  const store = await engine.store({ objects })
  const failures: Failure[] = []
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' }] }
  const tokenFor: ApiUnderTest['tokenFor'] = (subject, account, claims = {}) =>
    new SignJWT({
      sub: subject,
      account,
      iss: issuer,
      aud: audience,
      exp: Math.floor(Date.now() / 1_000) + 300,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: '1', typ: 'at+jwt' })
      .sign(privateKey)
  for (const [id, name] of [
    ['acme', 'Acme Ltd'],
    ['bolt', 'Bolt GmbH'],
    [operatorAccountId, 'Operator'],
  ] as const)
    await store.accounts.create({ id, name, address: id })
  for (const [accountId, username, role] of people)
    await store.people.set({ accountId, username, role, enabled: true, subject: `${username}@${accountId}` }, password)
  const app = createApi({
    store,
    objects,
    verifyToken: createTokenVerifier({ issuer, audience, keys }),
    signIn: { issuer, clientId: 'console', resource: audience, scope: 'openid offline_access' },
    report: (failure) => failures.push(failure),
    ...options,
  })
  const ask: ApiUnderTest['ask'] = async (who, contract, { params, query, body, headers, account = 'acme' } = {}) => {
    const bearer =
      typeof who === 'string'
        ? await tokenFor(who, who.split('@')[1] ?? '')
        : who === undefined
          ? undefined
          : who.bearer
    const response = await app.request(urlOf(contract, { accountId: account, ...params }, query), {
      method: contract.method.toUpperCase(),
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const answered = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      headers: response.headers,
      text,
      body: answered,
      id: String(answered.id),
      items: (answered.items ?? []) as Answered['items'],
      cursor: answered.cursor as string | undefined,
    }
  }
  return {
    store,
    objects,
    failures,
    app,
    ask,
    tokenFor,
    async stop() {
      await engine.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
