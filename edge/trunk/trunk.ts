import { lookup } from 'node:dns/promises'
import type { TrunkChoice } from '@offhook/shared/callflow/ring-plan.ts'
import type { AudioSource } from '../media/media-engine.ts'
import { parseSipUri, type SipUri, uriHost } from '../sip/uri.ts'
import type { Flow, SipTransport, UserAgent } from '../sip/user-agent.ts'

export interface TrunkHost {
  readonly host: string
  /** @default 5060, 5061 on TLS */
  readonly port?: number
  /** @default 'udp' */
  readonly transport?: 'udp' | 'tcp' | 'tls'
}

/** A SIP trunk as configured: plain data. */
export interface TrunkOptions {
  readonly id: string
  /** Tried in order. */
  readonly hosts: readonly TrunkHost[]
  /** The account that owns it; absent: it serves every account. */
  readonly accountId?: string
  readonly direction?: 'inbound' | 'outbound' | 'both'
  /** Lower ones are tried first. @default 50 */
  readonly priority?: number
  /** Answers 401 and 407 of the carrier. */
  readonly credentials?: { readonly username: string; readonly password: string }
  /** What its calls prove themselves by where no address can. */
  readonly inbound?: { readonly username: string; readonly password: string }
  /** Addresses its calls come from. @default those of `hosts` that are addresses */
  readonly sources?: readonly { readonly address: string; readonly port?: number }[]
  /** How it wants numbers written. @default 'e164' */
  readonly callerIdFormat?: 'e164' | 'national'
  /** Calls at once. @default 1,000 */
  readonly callsMax?: number
  /** Offers SRTP (SDES) instead of plain RTP. @default false */
  readonly srtp?: boolean
  /** It can carry emergency calls. @default true */
  readonly emergency?: boolean
  /** Asks for its health by OPTIONS. @default true */
  readonly options?: boolean
  readonly holdMusic?: AudioSource
}

/** One way out: a host of a trunk. */
export interface TrunkRoute {
  readonly trunk: TrunkOptions
  readonly host: TrunkHost
  /** Request-URI for a number. */
  uriOf(number: string): SipUri
}

export interface RouteWish {
  readonly emergency?: boolean
  /** Whose trunks. @default the account's own first, then those of the installation */
  readonly carrier?: TrunkChoice | undefined
}

export interface TrunkHealth {
  readonly trunkId: string
  readonly host: string
  readonly isUp: boolean
  readonly callsUp: number
}

export interface Trunks {
  /**
   * The trunks a request may come from, by source address (and port where one is given); never by what it says of itself. Several where
   * accounts have the same carrier: the number that is called tells them apart.
   */
  recognise(flow: Flow): readonly TrunkOptions[]
  find(accountId: string, trunkId: string): TrunkOptions | undefined
  /** Accounts' own trunks from now on, instead of those before; calls that are up stay up. At most 1,000 with the others. */
  use(own: readonly TrunkOptions[]): void
  /** The trunk whose calls prove themselves by this digest user name. */
  findByUsername(username: string): TrunkOptions | undefined
  /**
   * Ways out for an account, in order: own trunks before shared ones, or one kind of them; priority, healthy hosts first. Full trunks are
   * left out unless `emergency`.
   */
  routes(accountId: string, options?: RouteWish): TrunkRoute[]
  isFull(trunk: TrunkOptions): boolean
  /** Counts a call on a trunk; returns what ends it. */
  hold(trunk: TrunkOptions): () => void
  health(): TrunkHealth[]
  close(): void
}

/** Carriers want to be asked this often (chime-sdk-voice.md §7.4), ms. */
export const optionsEveryMs = 30_000
export const trunksMax = 1_000
const callsMaxDefault = 1_000

const portOf = (host: TrunkHost): number => host.port ?? (host.transport === 'tls' ? 5_061 : 5_060)
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
const isAddress = (host: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.includes(':')

type Addresses = ReadonlyMap<string, readonly string[]>

/** Where a trunk's calls come from. On loopback everybody has the same address, so there the port counts too. */
function sourcesOf(
  trunk: TrunkOptions,
  named: Addresses,
): readonly { readonly address: string; readonly port?: number }[] {
  if (trunk.sources !== undefined) return trunk.sources
  return trunk.hosts.flatMap((host) =>
    (isAddress(host.host) ? [host.host] : (named.get(host.host) ?? [])).map((address) => ({
      address,
      ...(isLoopback(address) ? { port: portOf(host) } : {}),
    })),
  )
}

const addressesOf = async (name: string): Promise<string[]> =>
  (await lookup(name, { all: true })).map(({ address }) => address)

function routeOf(trunk: TrunkOptions, host: TrunkHost): TrunkRoute {
  return {
    trunk,
    host,
    uriOf(number) {
      const transport: SipTransport = host.transport ?? 'udp'
      const uri = parseSipUri(
        `sip:${number}@${uriHost(host.host)}:${portOf(host)}${transport === 'udp' ? '' : `;transport=${transport}`}`,
      )
      if (uri === undefined) throw new Error(`trunk ${trunk.id}: ${host.host} is no host`)
      return uri
    },
  }
}

/** The trunks of an edge: who is calling, where to call, and who is alive. */
export function createTrunks(
  userAgent: Pick<UserAgent, 'request'>,
  configured: readonly TrunkOptions[],
  resolve: (name: string) => Promise<readonly string[]> = addressesOf,
): Trunks {
  let trunks = configured.slice(0, trunksMax)
  /** Addresses of carriers that are known by a name: their calls come from there. What cannot be resolved now keeps what it had. */
  const named = new Map<string, readonly string[]>()
  const down = new Set<string>()
  const calls = new Map<string, number>()
  const nameOf = ({ accountId = '', id }: TrunkOptions) => `${accountId}/${id}`
  const key = (trunk: TrunkOptions, host: TrunkHost) => `${nameOf(trunk)} ${host.host}:${portOf(host)}`

  async function ask(trunk: TrunkOptions, host: TrunkHost): Promise<void> {
    const uri = parseSipUri(`sip:${uriHost(host.host)}:${portOf(host)}`)
    if (uri === undefined) return
    const aor = `sip:ping@${uriHost(host.host)}`
    const { status } = await userAgent.request({
      method: 'OPTIONS',
      uri,
      from: { uri: aor },
      to: { uri: `sip:${uriHost(host.host)}` },
      ...(host.transport === undefined ? {} : { transport: host.transport }),
    })
    // Any answer says that somebody is there; only silence, no way and "do not use me" count (RFC 3261 §11).
    if (status === 408 || status === 503) down.add(key(trunk, host))
    else down.delete(key(trunk, host))
  }

  async function lookUp(name: string): Promise<void> {
    const found = await resolve(name).catch(() => [])
    if (found.length > 0) named.set(name, found)
  }

  const askAll = () => {
    const names = trunks.flatMap(({ hosts }) => hosts.flatMap(({ host }) => (isAddress(host) ? [] : [host])))
    for (const name of new Set(names)) void lookUp(name)
    for (const trunk of trunks) if (trunk.options !== false) for (const host of trunk.hosts) void ask(trunk, host)
  }
  const timer = setInterval(askAll, optionsEveryMs)
  timer.unref()
  askAll()

  const isFull = (trunk: TrunkOptions) => (calls.get(nameOf(trunk)) ?? 0) >= (trunk.callsMax ?? callsMaxDefault)
  const rank = (route: TrunkRoute) =>
    (down.has(key(route.trunk, route.host)) ? 1_000 : 0) + (route.trunk.priority ?? 50)

  return {
    recognise: (flow) =>
      trunks.filter(
        (trunk) =>
          trunk.direction !== 'outbound' &&
          sourcesOf(trunk, named).some(
            ({ address, port }) => address === flow.remoteAddress && (port === undefined || port === flow.remotePort),
          ),
      ),
    find: (accountId, trunkId) => trunks.find((trunk) => trunk.accountId === accountId && trunk.id === trunkId),
    use(own) {
      trunks = [...configured, ...own].slice(0, trunksMax)
      askAll()
    },
    findByUsername: (username) => trunks.find(({ inbound }) => inbound?.username === username),
    routes(accountId, { emergency = false, carrier } = {}) {
      const usable = trunks.filter(
        (trunk) =>
          trunk.direction !== 'inbound' &&
          (trunk.accountId === undefined ? carrier !== 'account' : trunk.accountId === accountId) &&
          !(trunk.accountId !== undefined && carrier === 'installation') &&
          (emergency ? trunk.emergency !== false : !isFull(trunk)),
      )
      const routes = usable.flatMap((trunk) => trunk.hosts.map((host) => routeOf(trunk, host)))
      return routes.sort(
        (a, b) =>
          Number(a.trunk.accountId === undefined) - Number(b.trunk.accountId === undefined) || rank(a) - rank(b),
      )
    },
    isFull,
    hold(trunk) {
      const name = nameOf(trunk)
      calls.set(name, (calls.get(name) ?? 0) + 1)
      let isHeld = true
      return () => {
        const left = (calls.get(name) ?? 1) - 1
        if (isHeld && left > 0) calls.set(name, left)
        else if (isHeld) calls.delete(name)
        isHeld = false
      }
    },
    health: () =>
      trunks.flatMap((trunk) =>
        trunk.hosts.map((host) => ({
          trunkId: trunk.id,
          host: host.host,
          isUp: !down.has(key(trunk, host)),
          callsUp: calls.get(nameOf(trunk)) ?? 0,
        })),
      ),
    close: () => clearInterval(timer),
  }
}
