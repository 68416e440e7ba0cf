import type { IncomingMessage } from 'node:http'
import type { ProvisioningSettings } from '@offhook/functions/api/provisioning-source.ts'
import type { SipService } from '@offhook/shared/provisioning/phone-settings.ts'
import { sipDomainOf } from './console.ts'
import { isLoopback, type Settings } from './settings.ts'

/** Clocks of phones: this machine serves no time. */
const ntpServer = 'pool.ntp.org'

export interface ProvisioningParts {
  /** Where this machine is found from outside, such as `https://pbx.example:8080`. */
  readonly origin: string
  readonly settings: Pick<Settings, 'tls'>
  /** Of the transports that are open. */
  readonly ports: SipService['ports']
}

/** What phones are told of one machine: its SIP domains are in no DNS, so everything goes through the address it is found at. */
export function localProvisioning({ origin, settings, ports }: ProvisioningParts): ProvisioningSettings {
  const { hostname } = new URL(origin)
  return {
    origin,
    sipOf: (address) => ({
      domain: sipDomainOf(address),
      outboundProxy: hostname,
      ports,
      // A certificate that was given is one phones can know; ours they cannot.
      isTrusted: settings.tls !== undefined,
      ntpServer,
    }),
    connectionOf({ env }) {
      const { incoming } = env as { readonly incoming?: IncomingMessage }
      const socket = incoming?.socket
      const address = socket?.remoteAddress ?? ''
      const isEncrypted = socket !== undefined && 'encrypted' in socket
      return { address, isPrivate: isEncrypted || isLoopback(address.replace(/^::ffff:/, '')) }
    },
  }
}
