import { describe, expect, it } from 'vitest'
import { createResolver, type Dns } from './next-hop.ts'
import { parseSipUri } from './uri.ts'
import type { SipTransport } from './user-agent.ts'

const records: Record<string, { name: string; port: number; priority: number; weight: number }[]> = {
  '_sip._udp.acme.example': [
    { name: 'second.example', port: 5_070, priority: 20, weight: 0 },
    { name: 'first.example', port: 5_060, priority: 10, weight: 0 },
  ],
  '_sips._tcp.acme.example': [{ name: 'secure.example', port: 5_081, priority: 1, weight: 1 }],
}
const addresses: Record<string, string> = {
  'first.example': '192.0.2.1',
  'secure.example': '192.0.2.3',
  'acme.example': '192.0.2.9',
  'plain.example': '2001:db8::9',
}

/** A resolver on names that stand still, its clock, and what it asked. */
function setUp() {
  let nowMs = 0
  const asked: string[] = []
  const answer = <T>(table: Record<string, T>, name: string): Promise<T> => {
    asked.push(name)
    const found = table[name]
    return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found)
  }
  const dns: Dns = { srv: (service) => answer(records, service), address: (host) => answer(addresses, host) }
  const resolver = createResolver(() => nowMs, dns)
  const hop = async (text: string, wanted?: SipTransport) => {
    const uri = parseSipUri(text)
    if (uri === undefined) throw new Error('a URI')
    const { transport, address, port } = await resolver.resolve(uri, wanted)
    return `${transport} ${address} ${port}`
  }
  return { hop, asked, pass: (ms: number) => (nowMs += ms) }
}

describe('the next hop', () => {
  it.each([
    ['an address', 'sip:a@198.51.100.7', 'udp 198.51.100.7 5060'],
    ['an IPv6 address with its port', 'sip:a@[2001:db8::1]:5070', 'udp 2001:db8::1 5070'],
    ['an address by TLS', 'sips:a@198.51.100.7', 'tls 198.51.100.7 5061'],
    ['the transport that is named', 'sip:a@198.51.100.7;transport=TCP', 'tcp 198.51.100.7 5060'],
    ['the best service record of a domain', 'sip:a@acme.example', 'udp 192.0.2.1 5060'],
    ['the secure service of a domain', 'sips:a@acme.example', 'tls 192.0.2.3 5081'],
    ['the host itself when a port is given', 'sip:a@acme.example:5080', 'udp 192.0.2.9 5080'],
    ['the host itself when there is no service record', 'sip:a@plain.example', 'udp 2001:db8::9 5060'],
  ])('is %s', async (_, uri, expected) => {
    expect(await setUp().hop(uri)).toBe(expected)
  })

  it.each(['sip:a@nowhere.example', 'sip:a@198.51.100.7:0', 'sip:a@198.51.100.7;transport=pigeon'])(
    'of %s is nowhere',
    async (uri) => {
      await expect(setUp().hop(uri)).rejects.toThrow(Error)
    },
  )

  it('is remembered for a minute, a failure not at all', async () => {
    const { hop, asked, pass } = setUp()
    await hop('sip:a@acme.example')
    await hop('sip:b@acme.example')
    expect(asked).toHaveLength(2)
    pass(60_001)
    await hop('sip:a@acme.example')
    expect(asked).toHaveLength(4)

    await hop('sip:a@nowhere.example:5060').catch(() => {})
    await hop('sip:a@nowhere.example:5060').catch(() => {})
    expect(asked.filter((name) => name === 'nowhere.example')).toHaveLength(2)
  })
})
