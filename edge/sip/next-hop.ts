import { lookup, resolveSrv } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { SipUri } from './uri.ts'
import type { SipTransport } from './user-agent.ts'

export interface NextHop {
  readonly transport: SipTransport
  readonly address: string
  readonly port: number
}

/** Answers are kept this long, and at most so many. */
const cacheMs = 60_000
const cacheMax = 2_000

const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

/** Where a request to a URI goes: transport and port from the URI, else SRV, else the address of the host. RFC 3263 §4, without NAPTR. */
export function createResolver(now: () => number): { resolve(uri: SipUri, wanted?: SipTransport): Promise<NextHop> } {
  const cache = new Map<string, { readonly untilMs: number; readonly hop: Promise<NextHop> }>()

  async function look(uri: SipUri, transport: SipTransport): Promise<NextHop> {
    const host = bare(uri.host)
    const standard = transport === 'tls' || transport === 'wss' ? 5061 : 5060
    if (isIP(host) !== 0) return { transport, address: host, port: uri.port ?? standard }
    if (uri.port === undefined) {
      const service = `${transport === 'tls' ? '_sips._tcp' : transport === 'tcp' ? '_sip._tcp' : '_sip._udp'}.${host}`
      const records = await resolveSrv(service).catch(() => [])
      const best = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)[0]
      if (best !== undefined) return { transport, address: (await lookup(best.name)).address, port: best.port }
    }
    return { transport, address: (await lookup(host)).address, port: uri.port ?? standard }
  }

  return {
    resolve(uri, wanted) {
      const named = uri.params.get('transport')?.toLowerCase() as SipTransport | undefined
      const transport = wanted ?? (uri.scheme === 'sips' ? 'tls' : (named ?? 'udp'))
      if (isIP(bare(uri.host)) !== 0) return look(uri, transport)
      const key = `${transport}|${uri.host}|${uri.port ?? ''}`
      const kept = cache.get(key)
      if (kept !== undefined && kept.untilMs > now()) return kept.hop
      const hop = look(uri, transport)
      if (cache.size >= cacheMax) cache.delete(cache.keys().next().value ?? '')
      cache.set(key, { untilMs: now() + cacheMs, hop })
      hop.catch(() => cache.delete(key))
      return hop
    },
  }
}
