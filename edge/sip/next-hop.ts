import { lookup, resolveSrv } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { SipUri } from './uri.ts'
import type { SipTransport } from './user-agent.ts'

export interface NextHop {
  readonly transport: SipTransport
  readonly address: string
  readonly port: number
  /** Name the certificate of a TLS peer must have: what the URI says, not what DNS made of it (RFC 5922 §4). */
  readonly serverName: string
  /** Nobody asked for this transport: a request too large for UDP may go by TCP. */
  readonly isOpenChoice: boolean
}

/** The look-ups that are needed of DNS. */
export interface Dns {
  srv(service: string): Promise<readonly { name: string; port: number; priority: number; weight: number }[]>
  address(host: string): Promise<string>
}

/** Answers are kept this long, and at most so many. */
const cacheMs = 60_000
const cacheMax = 2_000

const transports: readonly string[] = ['udp', 'tcp', 'tls', 'ws', 'wss'] satisfies SipTransport[]
const isTransport = (name: string): name is SipTransport => transports.includes(name)
const services: Partial<Record<SipTransport, string>> = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' }

const standardPort = (transport: SipTransport): number => (transport === 'tls' || transport === 'wss' ? 5_061 : 5_060)
const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

const systemDns: Dns = {
  srv: (service) => resolveSrv(service),
  address: async (host) => (await lookup(host)).address,
}

/** The best record: lowest priority, and among those one by weight (RFC 2782). */
function chosen<T extends { priority: number; weight: number }>(records: readonly T[]): T | undefined {
  const lowest = Math.min(...records.map(({ priority }) => priority))
  const equals = records.filter(({ priority }) => priority === lowest)
  let left = Math.random() * equals.reduce((sum, { weight }) => sum + weight, 0)
  return equals.find(({ weight }) => {
    left -= weight
    return left <= 0
  })
}

/** Where a request to a URI goes: transport and port from the URI, else SRV, else the address of the host. RFC 3263 §4, without NAPTR. */
export function createResolver(
  now: () => number,
  dns: Dns = systemDns,
): { resolve(uri: SipUri, wanted?: SipTransport): Promise<NextHop> } {
  const cache = new Map<
    string,
    { readonly untilMs: number; readonly found: Promise<{ address: string; port: number }> }
  >()

  async function look(host: string, port: number | undefined, transport: SipTransport) {
    const service = services[transport]
    if (port === undefined && service !== undefined) {
      const best = chosen(await dns.srv(`${service}.${host}`).catch(() => []))
      if (best !== undefined) return { address: await dns.address(best.name), port: best.port }
    }
    return { address: await dns.address(host), port: port ?? standardPort(transport) }
  }

  const cached = (host: string, port: number | undefined, transport: SipTransport) => {
    const key = `${transport}|${host}|${port ?? ''}`
    const kept = cache.get(key)
    if (kept !== undefined && kept.untilMs > now()) return kept.found
    const found = look(host, port, transport)
    if (cache.size >= cacheMax) cache.delete(cache.keys().next().value ?? '')
    cache.set(key, { untilMs: now() + cacheMs, found })
    // A failure is asked again at once.
    found.catch(() => cache.delete(key))
    return found
  }

  return {
    async resolve(uri, wanted) {
      const named = uri.params.get('transport')?.toLowerCase()
      if (uri.port === 0 || (named !== undefined && !isTransport(named))) throw new Error('no such target')
      const transport = wanted ?? (uri.scheme === 'sips' ? 'tls' : (named ?? 'udp'))
      const host = bare(uri.host)
      const found =
        isIP(host) !== 0
          ? { address: host, port: uri.port ?? standardPort(transport) }
          : await cached(host, uri.port, transport)
      return { transport, ...found, serverName: host, isOpenChoice: wanted === undefined && named === undefined }
    },
  }
}
