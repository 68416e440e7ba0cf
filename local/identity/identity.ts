import type { IncomingMessage, ServerResponse } from 'node:http'
import { findCaller } from '@offhook/functions/api/auth.ts'
import type { SignInSettings } from '@offhook/functions/api/dependencies.ts'
import { createTokenVerifier, type TokenVerifier } from '@offhook/functions/api/token.ts'
import type { ApiRole } from '@offhook/shared/api/permission.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import Provider, { type Configuration, errors, interactionPolicy, type ResourceServer } from 'oidc-provider'
import { GrantRecords } from './grant-records.ts'
import { ensureIdentityKeys, type IdentityKeys, publicKeys } from './identity-keys.ts'
import { messagePage, pageHeaders, signOutPage } from './pages.ts'
import { accountAndSubject, addressIn, providerIdOf, SignIn, send } from './sign-in.ts'

const clientId = 'console'
/** The audience of access tokens, RFC 8707. */
const resource = 'urn:offhook:api'
const scope = 'openid profile'
const apiScope = 'api'
const alg = 'ES256'
/** Seconds. A token is short-lived; whoever stays signed in gets the next one with a refresh token that changes with every use. */
const lifetimes = {
  AccessToken: 600,
  AuthorizationCode: 60,
  IdToken: 600,
  Interaction: 1_800,
  Session: 14 * 86_400,
  Grant: 14 * 86_400,
  RefreshToken: 14 * 86_400,
}
const mintedSecondsMax = 86_400

export interface IdentityOptions {
  readonly store: Store
  /** Kept with mode 0600; made where it is not there. */
  readonly keyFile: string
  /** Where browsers find this machine, e.g. `http://127.0.0.1:8080`; the issuer is below it. */
  readonly origin: string
  /** Where the console takes its code, on every name this machine goes by. */
  readonly redirectUris: readonly string[]
  readonly report: (error: unknown) => void
}

export interface MintOptions {
  readonly subject: string
  readonly account: string
  readonly role: ApiRole
  /** 1 to 86,400. */
  readonly seconds: number
}

export interface Identity {
  readonly issuer: string
  /** What the API tells consoles. */
  readonly signIn: SignInSettings
  readonly verifyToken: TokenVerifier
  /** Answers what is below `/oidc`; false for everything else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** A token for a program, signed by the same key. What its subject may do is looked up at every request all the same. */
  mintToken(options: MintOptions): Promise<string>
}

/** OpenID Connect for one machine: authorization code with PKCE for the console, people from the store, sessions that outlive a restart. */
export function createIdentity(options: IdentityOptions): Identity {
  const { store, origin, report } = options
  const issuer = `${origin}/oidc`
  const keys = ensureIdentityKeys(options.keyFile)
  const provider = new Provider(issuer, configuration(options, keys))
  provider.on('server_error', (_context, error) => report(error))
  const signIn = new SignIn({ store, provider })
  const callback = provider.callback()
  return {
    issuer,
    signIn: { issuer, clientId, resource, scope: `${scope} ${apiScope}` },
    verifyToken: createTokenVerifier({ issuer, audience: resource, keys: publicKeys(keys) }),
    handle(request, response) {
      // Not parsed as a URL: what strangers send need not be one.
      const [path = ''] = (request.url ?? '/').split('?')
      if (!/^\/oidc(\/|$)/.test(path)) return false
      const done = path.startsWith('/oidc/sign-in/')
        ? signIn.handle(request, response)
        : callback(below(request, '/oidc'), response)
      done.catch((error: unknown) => refuse(response, error, report))
      return true
    },
    mintToken: (minted) => mint(provider, minted),
  }
}

/** As mounted servers do it: the provider finds its own place by comparing the two. */
function below(request: IncomingMessage & { originalUrl?: string }, prefix: string): IncomingMessage {
  request.originalUrl = request.url ?? '/'
  request.url = request.originalUrl.slice(prefix.length) || '/'
  return request
}

function refuse(response: ServerResponse, error: unknown, report: (error: unknown) => void): void {
  const isTheirs = error instanceof errors.OIDCProviderError && error.status < 500
  if (!isTheirs) report(error)
  if (response.headersSent) {
    response.end()
    return
  }
  const text = isTheirs
    ? 'This page is too old. Go back to the console and sign in again.'
    : 'Something went wrong here.'
  send(response, isTheirs ? 400 : 500, messagePage('Signing in did not work', text))
}

const resourceServer: ResourceServer = {
  scope: apiScope,
  audience: resource,
  accessTokenTTL: lifetimes.AccessToken,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg } },
}

async function mint(provider: Provider, { subject, account, role, seconds }: MintOptions): Promise<string> {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > mintedSecondsMax)
    throw new PbxError('bad-lifetime', { message: `A token lives 1 to ${mintedSecondsMax} seconds.` })
  const client = await provider.Client.find(clientId)
  if (client === undefined) throw new Error('the console is no client of its own provider')
  const token = new provider.AccessToken({
    client,
    accountId: providerIdOf(account, subject),
    scope: apiScope,
    grantId: 'minted',
    gty: 'minted',
    resourceServer: { ...resourceServer, scopes: new Set([apiScope]), identifier: () => resource },
    aud: resource,
    extra: { account, role },
    expiresIn: seconds,
  })
  return token.save()
}

function configuration({ store, redirectUris }: IdentityOptions, keys: IdentityKeys): Configuration {
  return {
    adapter: (model) => new GrantRecords(store.table, model),
    jwks: { keys: [keys.signing] },
    cookies: { keys: keys.cookies },
    clients: [
      {
        client_id: clientId,
        client_name: 'Offhook console',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [...redirectUris],
        post_logout_redirect_uris: [...new Set(redirectUris.map((uri) => `${new URL(uri).origin}/`))],
        id_token_signed_response_alg: alg,
      },
    ],
    enabledJWA: { idTokenSigningAlgValues: [alg] },
    clientDefaults: { id_token_signed_response_alg: alg },
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'account', 'role'] },
    ttl: lifetimes,
    /** The address a console is at, without a slash: it alone selects the account. */
    extraParams: ['account'],
    interactions: { policy: policy(store), url: (_context, interaction) => `/oidc/sign-in/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, indicator) => {
          if (indicator !== resource) throw new errors.InvalidTarget()
          return resourceServer
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.set(pageHeaders())
          context.body = signOutPage(form)
        },
        postLogoutSuccessSource: (context) => {
          context.set(pageHeaders())
          context.body = messagePage('Signed out', 'You can close this page.')
        },
      },
    },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: grantOf,
    findAccount: async (_context, id) => {
      const { accountId, subject } = accountAndSubject(id)
      const caller = await findCaller(store, accountId, subject)
      if (caller === undefined) return undefined
      const { role, username } = caller
      const claims = {
        sub: id,
        account: accountId,
        role,
        ...(username === undefined ? {} : { preferred_username: username }),
      }
      return { accountId: id, claims: () => claims }
    },
    extraTokenClaims: async (_context, token) => {
      if (!('accountId' in token) || token.accountId === undefined) return undefined
      const { accountId, subject } = accountAndSubject(token.accountId)
      const caller = await findCaller(store, accountId, subject)
      return caller === undefined ? undefined : { account: accountId, role: caller.role }
    },
    // Inside the provider a person is named with the account; the API knows both apart.
    formats: {
      customizers: {
        jwt: (_context, _token, { payload }) => {
          payload.sub = accountAndSubject(String(payload.sub)).subject
        },
      },
    },
    renderError: (context, { error }) => {
      context.set(pageHeaders())
      context.body = messagePage('Signing in did not work', `Go back to the console and try again (${error}).`)
    },
  }
}

/** Somebody signed in at one address is a stranger at another, in the same browser too. */
function policy(store: Store): interactionPolicy.Prompt[] {
  const prompts = interactionPolicy.base()
  const otherAccount = new interactionPolicy.Check(
    'other_account',
    'the session is of another account',
    async ({ oidc }) => {
      const signedIn = oidc.session?.accountId
      if (signedIn === undefined) return interactionPolicy.Check.NO_NEED_TO_PROMPT
      const account = await store.accounts.byAddress(addressIn(oidc.params))
      return accountAndSubject(signedIn).accountId === account?.accountId
        ? interactionPolicy.Check.NO_NEED_TO_PROMPT
        : interactionPolicy.Check.REQUEST_PROMPT
    },
  )
  prompts.get('login')?.checks.add(otherAccount)
  return prompts
}

/** The console is our own: signing in is consent. */
const grantOf: NonNullable<Configuration['loadExistingGrant']> = async ({ oidc }) => {
  const { client, session, provider, result } = oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  const found = known === undefined ? undefined : await provider.Grant.find(known)
  if (found !== undefined && found.accountId === session.accountId) return found
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(scope)
  grant.addResourceScope(resource, apiScope)
  await grant.save()
  return grant
}
