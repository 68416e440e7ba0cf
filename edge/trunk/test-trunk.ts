import { parseSipUri } from '../sip/uri.ts'
import type { UserAgent } from '../sip/user-agent.ts'
import type { TrunkHost, TrunkOptions } from './trunk.ts'

/** What a host of a trunk said when it was asked. */
export interface TrunkTestResult {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly method: 'OPTIONS' | 'REGISTER'
  /** Reached, and the password taken where there is one. */
  readonly isFine: boolean
  /** 408 and 503 stand for no answer and no way. */
  readonly status: number
  readonly reason: string
  readonly roundTripMs: number
}

/** A host that says nothing is not waited for longer, ms; SIP itself would take 32 s. */
export const testMs = 5_000

/**
 * Asks every host of a trunk at once: OPTIONS, or where there is a password REGISTER without a Contact, which proves it and changes nothing
 * (RFC 3261 §10.2.3).
 */
export function testTrunk(
  userAgent: Pick<UserAgent, 'request'>,
  { hosts, credentials }: Pick<TrunkOptions, 'hosts' | 'credentials'>,
): Promise<TrunkTestResult[]> {
  const method = credentials === undefined ? 'OPTIONS' : 'REGISTER'
  const ask = async ({
    host,
    transport = 'udp',
    port = transport === 'tls' ? 5_061 : 5_060,
  }: TrunkHost): Promise<TrunkTestResult> => {
    const began = performance.now()
    const uri = parseSipUri(`sip:${host.includes(':') ? `[${host}]` : host}:${port}`)
    const told = (status: number, reason: string, isFine = false): TrunkTestResult => ({
      ...{ host, port, transport, method, isFine, status, reason },
      roundTripMs: Math.round(performance.now() - began),
    })
    if (uri === undefined) return told(503, 'This is no host name and no address.')
    const user = encodeURIComponent(credentials?.username ?? 'ping')
    const who = { uri: `sip:${user}@${uri.host}` }
    const asked = userAgent.request({
      ...{ method, uri, transport, from: who, to: who },
      ...(credentials === undefined ? {} : { credentials }),
    })
    const response = await Promise.race([asked, silence()])
    if (response === undefined) return told(408, `No answer within ${testMs / 1_000} seconds.`)
    const { status, reason } = response
    // Any answer to OPTIONS says that somebody is there; only a good one to REGISTER says that the password was taken.
    return told(
      status,
      reason,
      method === 'REGISTER' ? status >= 200 && status < 300 : status !== 408 && status !== 503,
    )
  }
  return Promise.all(hosts.map(ask))
}

const silence = () =>
  new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), testMs).unref()
  })
