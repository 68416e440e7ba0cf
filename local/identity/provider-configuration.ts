import { findCaller } from '@offhook/functions/api/auth.ts'
import type { Store } from '@offhook/store/store.ts'
import { type Configuration, errors, interactionPolicy, type ResourceServer } from 'oidc-provider'
import { GrantRecords } from './grant-records.ts'
import type { IdentityKeys } from './identity-keys.ts'
import { messagePage, pageHeaders, signOutPage } from './pages.ts'
import { accountAndSubject, addressIn } from './sign-in.ts'

export const clientId = 'console'
/** The audience of access tokens, RFC 8707, and what they allow. */
export const resource = 'urn:offhook:api'
export const apiScope = 'api'
export const openIdScope = 'openid profile'
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

/** Access tokens of the API are JWTs, RFC 9068. */
export const resourceServer: ResourceServer = {
  scope: apiScope,
  audience: resource,
  accessTokenTTL: lifetimes.AccessToken,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg } },
}

/** How the provider is set up: one client, code with PKCE, people and records from the store. */
export function providerConfiguration(
  store: Store,
  keys: IdentityKeys,
  redirectUris: readonly string[],
): Configuration {
  return {
    adapter: (model) => new GrantRecords(store.table, model),
    jwks: { keys: [keys.signing] },
    cookies: { keys: keys.cookies },
    clients: [consoleAt(redirectUris)],
    enabledJWA: { idTokenSigningAlgValues: [alg] },
    clientDefaults: { id_token_signed_response_alg: alg },
    responseTypes: ['code'],
    pkce: { required: () => true },
    // Browsers name the origin of every POST, also of the console's own.
    clientBasedCORS: (_context, origin) => redirectUris.some((uri) => new URL(uri).origin === origin),
    scopes: openIdScope.split(' '),
    claims: { openid: ['sub'], profile: ['preferred_username', 'account', 'role'] },
    ttl: lifetimes,
    /** The address a console is at, without a slash: it alone selects the account. */
    extraParams: ['account'],
    interactions: { policy: policy(store), url: (_context, interaction) => `/oidc/sign-in/${interaction.uid}` },
    features,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: grantOf,
    ...claimsFrom(store),
    renderError: (context, { error }) => {
      context.set(pageHeaders())
      context.body = messagePage('Signing in did not work', `Go back to the console and try again (${error}).`)
    },
  }
}

const consoleAt = (redirectUris: readonly string[]): NonNullable<Configuration['clients']>[number] => ({
  client_id: clientId,
  client_name: 'Offhook console',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [...redirectUris],
  post_logout_redirect_uris: [...new Set(redirectUris.map((uri) => `${new URL(uri).origin}/`))],
  id_token_signed_response_alg: alg,
})

const features: NonNullable<Configuration['features']> = {
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
}

/** Who somebody is, asked of the store whenever a token is made: people who are switched off get none. */
const claimsFrom = (store: Store): Pick<Configuration, 'findAccount' | 'extraTokenClaims' | 'formats'> => {
  const find = (id: string) => {
    const { accountId, subject } = accountAndSubject(id)
    return findCaller(store, accountId, subject)
  }
  return {
    findAccount: async (_context, id) => {
      const caller = await find(id)
      if (caller === undefined) return undefined
      const { accountId, role, username } = caller
      const named = username === undefined ? {} : { preferred_username: username }
      const claims = { sub: id, account: accountId, role, ...named }
      return { accountId: id, claims: () => claims }
    },
    extraTokenClaims: async (_context, token) => {
      const caller = 'accountId' in token && token.accountId !== undefined ? await find(token.accountId) : undefined
      return caller === undefined ? undefined : { account: caller.accountId, role: caller.role }
    },
    // Inside the provider a person is named with the account; the API knows both apart.
    formats: {
      customizers: {
        jwt: (_context, _token, { payload }) => {
          payload.sub = accountAndSubject(String(payload.sub)).subject
        },
      },
    },
  }
}

/** Somebody signed in at one address is a stranger at another, in the same browser too. */
function policy(store: Store): interactionPolicy.Prompt[] {
  const { base, Check } = interactionPolicy
  const prompts = base()
  const otherAccount = new Check('other_account', 'the session is of another account', async ({ oidc }) => {
    const signedIn = oidc.session?.accountId
    if (signedIn === undefined) return Check.NO_NEED_TO_PROMPT
    const account = await store.accounts.byAddress(addressIn(oidc.params))
    const isSame = accountAndSubject(signedIn).accountId === account?.accountId
    return isSame ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
  })
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
  grant.addOIDCScope(openIdScope)
  grant.addResourceScope(resource, apiScope)
  await grant.save()
  return grant
}
