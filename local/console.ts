import type { IncomingMessage } from 'node:http'
import type { SignInSettings } from '@offhook/functions/api/dependencies.ts'
import type { Store } from '@offhook/store/store.ts'

/** Below it every account has a SIP domain of its own: `acme.offhook.local`. */
const sipSuffix = '.offhook.local'
export const sipDomainOf = (address: string): string => `${address}${sipSuffix}`
/** Whether a host is some account's SIP domain: whose a phone is follows from its credentials, never from here. */
export const isSipDomain = (host: string): boolean => /^[a-z][a-z0-9-]{1,39}\.offhook\.local$/i.test(host)

/** Names by which a machine calls itself. */
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])
const hostPattern = /^(?<name>[a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(?::\d{1,5})?$/i

const nameOf = (host: string): string | undefined => hostPattern.exec(host)?.groups?.name?.toLowerCase()

/**
 * Where a page is to be opened instead, when it was asked for by another name of this machine than the one signing in knows: always below
 * `origin`, whatever was asked for. Nothing where it may stay.
 */
export function elsewhere(origin: string, host: string | undefined, path: string): string | undefined {
  const known = new URL(origin)
  if (host === undefined || host === known.host) return undefined
  const isSameMachine = loopbackNames.has(nameOf(host) ?? '') && loopbackNames.has(known.hostname)
  return isSameMachine ? `${origin}${path}` : undefined
}

export interface ConsoleParts {
  readonly store: Store
  readonly signIn: SignInSettings
  /** Where browsers find this machine, e.g. `http://127.0.0.1:8080`. */
  readonly origin: string
}

/** What the page at an address must know before it can sign anybody in; nothing for an address that is nobody's. */
export const consoleConfigOf =
  ({ store, signIn, origin }: ConsoleParts) =>
  async (address: string, request: Pick<IncomingMessage, 'headers'>): Promise<Record<string, unknown> | undefined> => {
    const account = await store.accounts.byAddress(address)
    if (account === undefined) return undefined
    const { protocol, host } = new URL(origin)
    // The phone goes where the page came from: a certificate or a firewall knows that name.
    const asked = request.headers.host ?? ''
    const socketHost = hostPattern.test(asked) ? asked : host
    return {
      ...signIn,
      apiUrl: `${origin}/v1`,
      accountId: account.accountId,
      accountName: account.name,
      sip: { wsUrl: `${protocol === 'https:' ? 'wss' : 'ws'}://${socketHost}/sip`, domain: sipDomainOf(address) },
      emergencyAvailable: false,
    }
  }
