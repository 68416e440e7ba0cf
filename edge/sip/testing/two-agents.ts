import { createUserAgent, type SipUserAgent, type UserAgentOptions } from '../sip-user-agent.ts'
import { parseSipUri, type SipUri } from '../uri.ts'

/** Two user agents on loopback with ports of the system's choice, for tests through real sockets. Close both. */
export async function twoAgents(
  options: Partial<UserAgentOptions> = {},
): Promise<{ a: SipUserAgent; b: SipUserAgent; uriOfB: SipUri; close: () => Promise<void> }> {
  const listen = { host: '127.0.0.1', udpPort: 0, tcpPort: 0 }
  const [a, b] = await Promise.all([createUserAgent({ listen, ...options }), createUserAgent({ listen, ...options })])
  return {
    a,
    b,
    uriOfB: uriOf(b),
    async close() {
      await a.close()
      await b.close()
    },
  }
}

export function uriOf(agent: SipUserAgent, user = 'callee', transport = 'udp'): SipUri {
  const address = transport === 'tcp' ? agent.addresses.tcp : agent.addresses.udp
  const uri = parseSipUri(`sip:${user}@${address?.host}:${address?.port};transport=${transport}`)
  if (uri === undefined) throw new Error('no such address')
  return uri
}
