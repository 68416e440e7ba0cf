import { parseSipUri, type SipUri } from '../sip/uri.ts'
import type { Location } from './location-table.ts'

/**
 * Where a binding's phone is reached. Its flow carries the request; a UDP binding of before a restart has none, so there its
 * received address stands in the URI, which is the same for a phone that is not behind NAT.
 */
export function reachedAt({ binding, flow }: Location): SipUri | undefined {
  const contact = parseSipUri(binding.contact)
  if (contact === undefined || flow !== undefined) return contact
  const host = binding.remoteAddress.includes(':') ? `[${binding.remoteAddress}]` : binding.remoteAddress
  return { ...contact, host, port: binding.remotePort }
}
