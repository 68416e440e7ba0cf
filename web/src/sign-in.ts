import { jsonOf, Refused, reach } from './connection.ts'
import { addressOf, type ConsoleConfig } from './console-config.ts'

/** Kept for the tab only, while it is away at the sign-in page. */
const pendingKey = 'offhook-sign-in'

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** When the access token ends, ms since 1970. */
  readonly endsAtMs: number
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)))

/** The S256 challenge of a verifier, RFC 7636 §4.2. */
export const challengeOf = async (verifier: string): Promise<string> =>
  base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))

interface Endpoints {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly end_session_endpoint?: string
}

const discover = async (config: ConsoleConfig): Promise<Endpoints> =>
  (await jsonOf(await reach(`${config.issuer}/.well-known/openid-configuration`))) as unknown as Endpoints

/** Leaves for the sign-in page of the account. */
export async function beginSignIn(config: ConsoleConfig, home: string): Promise<void> {
  const [verifier, state] = [random(), random()]
  sessionStorage.setItem(pendingKey, JSON.stringify({ verifier, state }))
  const url = new URL((await discover(config)).authorization_endpoint)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: home,
    scope: config.scope,
    resource: config.resource,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    // The address alone selects the account.
    account: addressOf(new URL(home).pathname),
  }).toString()
  location.assign(url)
}

async function askTokens(config: ConsoleConfig, form: Record<string, string>): Promise<Tokens> {
  const response = await reach((await discover(config)).token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ client_id: config.clientId, resource: config.resource, ...form }),
  })
  const body = (await jsonOf(response)) as {
    access_token?: string
    refresh_token?: string
    expires_in?: number
    error?: string
    error_description?: string
  }
  if (!response.ok || body.access_token === undefined)
    throw new Refused(body.error_description ?? 'Signing in did not work.', response.status, body.error)
  return {
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
    endsAtMs: Date.now() + (body.expires_in ?? 60) * 1_000,
  }
}

/** Tokens for the code the browser came back with; `undefined` when it did not come from the sign-in page. */
export async function finishSignIn(config: ConsoleConfig, search: string, home: string): Promise<Tokens | undefined> {
  const query = new URLSearchParams(search)
  const refusal = query.get('error_description')
  if (refusal !== null) throw new Error(refusal)
  const code = query.get('code')
  const pending = sessionStorage.getItem(pendingKey)
  if (code === null || pending === null) return undefined
  sessionStorage.removeItem(pendingKey)
  const { verifier, state } = JSON.parse(pending) as { verifier: string; state: string }
  if (state !== query.get('state')) throw new Error('The answer belongs to another sign-in. Try again.')
  return askTokens(config, { grant_type: 'authorization_code', code, redirect_uri: home, code_verifier: verifier })
}

/** Leaves for the page that ends the sign-in, which comes back to `home`. */
export async function endSignIn(config: ConsoleConfig, home: string): Promise<void> {
  const { end_session_endpoint } = await discover(config)
  if (end_session_endpoint === undefined) return location.assign(home)
  const url = new URL(end_session_endpoint)
  url.search = new URLSearchParams({ client_id: config.clientId, post_logout_redirect_uri: home }).toString()
  location.assign(url)
}

export const refresh = (config: ConsoleConfig, refreshToken: string): Promise<Tokens> =>
  askTokens(config, { grant_type: 'refresh_token', refresh_token: refreshToken })
