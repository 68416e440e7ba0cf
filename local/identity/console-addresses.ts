import type Provider from 'oidc-provider'

/** `http://127.0.0.1:8080/acme/`: the console at an account's own address. */
const accountPath = /^\/[a-z][a-z0-9-]{1,39}\/$/

/** Whether a URI is the console of some account on a machine the console is known at; compared as text, so nothing can be hidden in it. */
export const isConsole = (uri: string, origins: readonly string[]): boolean =>
  origins.some((origin) => uri.startsWith(origin) && accountPath.test(uri.slice(origin.length)))

/**
 * Accounts come and go while the process runs, and each has an address of its own. So besides the URIs the console is
 * registered with, the same place at any account's address is its own too; everything else is refused as ever.
 */
export function allowEveryAccount(provider: Provider, redirectUris: readonly string[]): void {
  const origins = [...new Set(redirectUris.map((uri) => new URL(uri).origin))]
  const { prototype } = provider.Client
  for (const check of ['redirectUriAllowed', 'postLogoutRedirectUriAllowed'] as const) {
    const isRegistered = Reflect.get(prototype, check) as (this: unknown, uri: string) => boolean
    Object.defineProperty(prototype, check, {
      value(this: unknown, uri: string): boolean {
        return isRegistered.call(this, uri) || isConsole(uri, origins)
      },
    })
  }
}
