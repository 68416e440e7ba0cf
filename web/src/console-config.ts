import { jsonOf, reach } from './connection.ts'

/** What the server tells a page about the address it was opened at. */
export interface ConsoleConfig {
  readonly issuer: string
  readonly clientId: string
  readonly resource: string
  readonly scope: string
  readonly apiUrl: string
  readonly accountId: string
  readonly accountName: string
  readonly sip: { readonly wsUrl: string; readonly domain: string }
  readonly emergencyAvailable: boolean
}

/** The first part of the path names the account: `/acme/` → `acme`. */
export const addressOf = (path: string): string => path.split('/')[1] ?? ''

/** Where a signed-in browser comes back to. */
export const homeOf = (location: Pick<Location, 'origin' | 'pathname'>): string =>
  `${location.origin}/${addressOf(location.pathname)}/`

export async function loadConfig(address: string): Promise<ConsoleConfig> {
  const response = await reach(`/${address}/config.json`)
  if (!response.ok) throw new Error(`There is no account at /${address}/.`)
  return (await jsonOf(response)) as unknown as ConsoleConfig
}
