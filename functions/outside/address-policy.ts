import { BlockList, isIP } from 'node:net'
import { PbxError } from '@offhook/shared/pbx-error.ts'

/** Everything that is nobody's public address: IANA's special-purpose registries (RFC 6890), multicast, and ways to write IPv4 in IPv6. */
const special: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local, and with it the metadata services of clouds.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Unspecified, loopback, and IPv4-compatible addresses.
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
]

export interface AddressPolicy {
  /** Whether an address may be connected to. */
  readonly allows: (address: string) => boolean
  /** Whether it is in a network that the installation named: there plain http may be spoken. */
  readonly isNamed: (address: string) => boolean
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

function networkOf(text: string): readonly [string, number] {
  const [address = '', prefix = ''] = text.trim().split('/')
  const bits = isIP(address) === 6 ? 128 : 32
  const length = prefix === '' ? bits : Number(prefix)
  if (isIP(address) !== 0 && Number.isInteger(length) && length >= 0 && length <= bits) return [address, length]
  throw new PbxError('bad-setting', {
    message: `OFFHOOK_OUTSIDE_NETWORKS: ${text} is no network. Write addresses with the length of their prefix, such as 10.1.2.0/24, separated by commas.`,
  })
}

/** Public addresses, and those of the networks named, such as `10.1.2.0/24`. Throws `PbxError('bad-setting')`. */
export function addressPolicy(networks: readonly string[]): AddressPolicy {
  // Apart by family: in one list an IPv4 address is also looked for as `::ffff:…`, where all of them are.
  const [forbidden, named] = [listOf(special), listOf(networks.map(networkOf))]
  const isIn = (lists: typeof named, address: string) =>
    isIP(address) !== 0 && lists[familyOf(address)].check(address, familyOf(address))
  const isNamed = (address: string) => isIn(named, address)
  return { isNamed, allows: (address) => isNamed(address) || (isIP(address) !== 0 && !isIn(forbidden, address)) }
}

function listOf(networks: readonly (readonly [address: string, prefix: number])[]) {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const [address, prefix] of networks) lists[familyOf(address)].addSubnet(address, prefix, familyOf(address))
  return lists
}

/** The setting as it is written: networks separated by commas. */
export const networksIn = (setting: string): string[] =>
  setting
    .split(',')
    .map((network) => network.trim())
    .filter((network) => network !== '')
