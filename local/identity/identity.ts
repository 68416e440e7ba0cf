import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SignInSettings } from '@offhook/functions/api/dependencies.ts'
import { createTokenVerifier, type TokenVerifier } from '@offhook/functions/api/token.ts'
import type { ApiRole } from '@offhook/shared/api/permission.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Store } from '@offhook/store/store.ts'
import Provider, { errors } from 'oidc-provider'
import { allowEveryAccount } from './console-addresses.ts'
import { ensureIdentityKeys, publicKeys } from './identity-keys.ts'
import { messagePage } from './pages.ts'
import {
  apiScope,
  clientId,
  openIdScope,
  providerConfiguration,
  resource,
  resourceServer,
} from './provider-configuration.ts'
import { providerIdOf, SignIn, send } from './sign-in.ts'

/** Longest life of a token for programs, seconds. */
const mintedSecondsMax = 86_400

export interface IdentityOptions {
  readonly store: Store
  /** Kept with mode 0600; made where it is not there. */
  readonly keyFile: string
  /** Where browsers find this machine, e.g. `http://127.0.0.1:8080`; the issuer is below it. */
  readonly origin: string
  /** Where the console takes its code, on every name this machine goes by. `<origin>/<account>/` of the same origins is allowed as well. */
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
  const provider = new Provider(issuer, providerConfiguration(store, keys, options.redirectUris))
  allowEveryAccount(provider, options.redirectUris)
  provider.on('server_error', (_context, error) => report(error))
  const signIn = new SignIn({ store, provider })
  const callback = provider.callback()
  return {
    issuer,
    signIn: { issuer, clientId, resource, scope: `${openIdScope} ${apiScope}` },
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
