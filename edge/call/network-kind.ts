import { BlockList, isIP } from 'node:net'
import type { LegNote } from '@offhook/shared/model/leg-note.ts'

type Network = NonNullable<LegNote['network']>
type Subnet = readonly [net: string, prefix: number, family: 'ipv4' | 'ipv6']

const listOf = (subnets: readonly Subnet[]): BlockList => {
  const list = new BlockList()
  for (const [net, prefix, family] of subnets) list.addSubnet(net, prefix, family)
  return list
}

/** The IANA special-purpose address registries, as far as phones stand there: RFC 6890, RFC 6598 (a carrier's NAT), RFC 4193. */
const kinds: readonly (readonly [Network, BlockList])[] = [
  [
    'loopback',
    listOf([
      ['127.0.0.0', 8, 'ipv4'],
      ['::1', 128, 'ipv6'],
    ]),
  ],
  ['shared', listOf([['100.64.0.0', 10, 'ipv4']])],
  [
    'private',
    listOf([
      ['10.0.0.0', 8, 'ipv4'],
      ['172.16.0.0', 12, 'ipv4'],
      ['192.168.0.0', 16, 'ipv4'],
      ['169.254.0.0', 16, 'ipv4'],
      ['fc00::', 7, 'ipv6'],
      ['fe80::', 10, 'ipv6'],
    ]),
  ],
]

/** What kind of address a host is: enough to see a NAT in the way, and nothing of whose it is. */
export function networkOf(host: string): Network {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(address)
  if (version === 0) return 'name'
  const family = version === 4 ? 'ipv4' : 'ipv6'
  return kinds.find(([, list]) => list.check(address, family))?.[0] ?? 'public'
}
