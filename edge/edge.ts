import { randomBytes } from 'node:crypto'
import { createCallControl, type EdgeAudio } from './call/back-to-back.ts'
import type { CallControl } from './call/call-control.ts'
import type { EmergencyReport } from './call/emergency-calls.ts'
import { createLadder, type Ladder } from './call/ladder.ts'
import { LegNotes, type LegReport } from './call/leg-notes.ts'
import { createLamps, type Lamps, type MailSource } from './lamps/lamps.ts'
import type { MediaEngine } from './media/media-engine.ts'
import { createAuthenticator } from './registrar/authenticator.ts'
import type { BindingStore } from './registrar/binding-keeper.ts'
import { type Credential, type CredentialSource, cached } from './registrar/credentials.ts'
import { createLockOut, type LockOutEvent } from './registrar/lock-out.ts'
import { createRefusals } from './registrar/refusals.ts'
import { createRegistrar, type Registrar } from './registrar/registrar.ts'
import { askToResync, type ResyncAnswer } from './registrar/resync.ts'
import { createDigestServer } from './sip/digest.ts'
import { parseVia } from './sip/headers.ts'
import { createUserAgent, type SipUserAgent, type UserAgentOptions } from './sip/sip-user-agent.ts'
import { uriHost } from './sip/uri.ts'
import type { IncomingRequest } from './sip/user-agent.ts'
import type { DidSource } from './trunk/did-source.ts'
import { type TrunkTestResult, testTrunk } from './trunk/test-trunk.ts'
import { createTrunks, type TrunkOptions, type Trunks } from './trunk/trunk.ts'

export interface EdgeOptions {
  /** Sockets, and the address others reach them by. */
  readonly sip: UserAgentOptions
  readonly media: MediaEngine
  /** Host names of our AORs; the listening and advertised addresses always count. The first one stands in what we send. */
  readonly domains: readonly string[]
  /** Further hosts that are ours, such as the domains of accounts made while the process runs. @default none */
  readonly isDomain?: (host: string) => boolean
  /** Digest realm. @default the first domain */
  readonly realm?: string
  /** Signs nonces; phones keep theirs over a restart when it stays. @default random */
  readonly secret?: string
  readonly edgeId?: string
  readonly trunks?: readonly TrunkOptions[]
  /** Addresses of proxies of our own in front: who is behind them is read from Via. */
  readonly proxies?: readonly string[]
  readonly credentials: CredentialSource
  readonly bindings: BindingStore
  readonly dids: DidSource
  readonly audio: EdgeAudio
  /** What waits in voicemail boxes. @default phones that ask are told that it is not known here (489) */
  readonly mail?: MailSource
  onEmergency(report: EmergencyReport): void
  /** How legs sounded and how they ended, a moment after they did; must not throw. @default nothing is noted */
  onLegs?(reports: readonly LegReport[]): void
  /** goes into the audit. */
  onLockOut(event: LockOutEvent): void
  onError(error: unknown): void
  readonly nowMs?: () => number
}

export interface Edge {
  readonly calls: CallControl
  readonly registrar: Registrar
  readonly trunks: Trunks
  readonly ladder: Ladder
  readonly addresses: SipUserAgent['addresses']
  /** Phones of these names are told what waits for them, if it has changed. */
  readonly mailChanged: Lamps['changed']
  /** Asks every contact of a username of that account to fetch its settings again; none where nobody is registered. */
  resync(accountId: string, username: string, event: string): Promise<readonly ResyncAnswer[]>
  /** Asks the hosts of a trunk whether they are there, and whether they take its password. */
  testTrunk(trunk: Pick<TrunkOptions, 'hosts' | 'credentials'>): Promise<readonly TrunkTestResult[]>
  /** `connections` are pairs of legs that hear each other, `sockets` stream connections. */
  counts(): ReturnType<CallControl['counts']> &
    Omit<ReturnType<SipUserAgent['counts']>, 'connections'> & {
      readonly sockets: number
      readonly bindings: number
      readonly subscriptions: number
    }
  /** No new calls; resolves when the last one is over. OPTIONS say 503 from now on, so that balancers look elsewhere. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** The address a request really came from: of the flow, or, behind a proxy of our own, what that proxy noted on its Via. */
function sourceReader(proxies: readonly string[]) {
  return ({ request, flow }: Pick<IncomingRequest, 'request' | 'flow'>): string => {
    if (!proxies.includes(flow.remoteAddress)) return flow.remoteAddress
    const vias = request.headers.values('via').slice(0, 10).map(parseVia)
    for (const via of vias.slice(1)) {
      const address = via?.params.get('received') ?? via?.host
      if (address !== undefined && !proxies.includes(address)) return address
    }
    return flow.remoteAddress
  }
}

/** Trunks that prove themselves by digest stand beside the devices. */
function withTrunks(source: CredentialSource, trunks: readonly TrunkOptions[]): CredentialSource {
  const byName = new Map(
    trunks.flatMap((trunk): [string, Credential][] =>
      trunk.inbound === undefined
        ? []
        : [[trunk.inbound.username, { kind: 'trunk', trunkId: trunk.id, ...trunk.inbound }]],
    ),
  )
  return {
    lookUp: async (username) => byName.get(username) ?? source.lookUp(username),
    digestOf: (username) => source.digestOf?.(username) ?? 'MD5',
  }
}

/** Opens the sockets, loads the bindings and answers phones and trunks from then on. Throws when a port is taken. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const nowMs = options.nowMs ?? Date.now
  const userAgent = await createUserAgent({ onError: (error) => options.onError(error), ...options.sip })
  const realm = options.realm ?? options.domains[0] ?? 'offhook'
  const own = new Set(
    [
      ...options.domains,
      options.sip.listen.host,
      options.sip.advertise ?? '',
      ...Object.values(userAgent.addresses).map(({ host }) => host),
    ].map(uriHost),
  )
  const isOurDomain = (host: string) => own.has(host) || (options.isDomain?.(host) ?? false)
  const credentials = cached(withTrunks(options.credentials, options.trunks ?? []), nowMs)
  const refuse = createRefusals(nowMs)
  const sourceOf = sourceReader(options.proxies ?? [])
  const authenticator = createAuthenticator({
    realm,
    credentials,
    nowMs,
    digest: createDigestServer(
      realm,
      nowMs,
      options.secret === undefined ? randomBytes(32) : Buffer.from(options.secret),
    ),
    lockOut: createLockOut((event) => options.onLockOut(event)),
  })
  const registrar = createRegistrar({
    authenticator,
    credentials,
    refuse,
    store: options.bindings,
    isOurDomain,
    sourceOf,
    edgeId: options.edgeId ?? 'local',
    nowMs,
    onError: (error) => options.onError(error),
  })
  await registrar.load()
  const trunks = createTrunks(userAgent, options.trunks ?? [])
  const ladder = createLadder(userAgent, nowMs)
  const notes = new LegNotes({ ladder, nowMs, report: options.onLegs?.bind(options) })
  const domain = uriHost(options.domains[0] ?? options.sip.advertise ?? options.sip.listen.host)
  const calls = createCallControl({
    userAgent,
    media: options.media,
    registrar,
    trunks,
    authenticator,
    refuse,
    isOurDomain,
    sourceOf,
    nowMs,
    dids: options.dids,
    audio: options.audio,
    notes,
    domain,
    ...(options.sip.advertise === undefined ? {} : { advertise: options.sip.advertise }),
    onEmergency: (report) => options.onEmergency(report),
    onError: (error) => options.onError(error),
  })
  const lamps =
    options.mail === undefined
      ? undefined
      : createLamps({
          userAgent,
          registrar,
          authenticator,
          refuse,
          source: options.mail,
          isOurDomain,
          sourceOf,
          domain,
          nowMs,
          onError: (error) => options.onError(error),
        })
  let isDraining = false

  userAgent.onRequest((incoming) => {
    const { method } = incoming.request
    if (method === 'REGISTER')
      registrar.handle(incoming).catch((error: unknown) => {
        options.onError(error)
        incoming.respond(500)
      })
    else if (method === 'OPTIONS')
      incoming.respond(isDraining ? 503 : 200, { headers: [['Accept', 'application/sdp']] })
    else if (method === 'SUBSCRIBE' && lamps !== undefined)
      lamps.handle(incoming).catch((error: unknown) => {
        options.onError(error)
        incoming.respond(500)
      })
    // Until a phone subscribes to what exists, it is told so (RFC 6665 §4.2.2).
    else incoming.respond(method === 'SUBSCRIBE' || method === 'PUBLISH' ? 489 : 405)
  })

  return {
    calls,
    registrar,
    trunks,
    ladder,
    addresses: userAgent.addresses,
    mailChanged: (accountId, usernames) => lamps?.changed(accountId, usernames),
    resync: (accountId, username, event) => askToResync({ userAgent, registrar, domain }, accountId, username, event),
    testTrunk: (trunk) => testTrunk(userAgent, trunk),
    counts() {
      const { connections: sockets, ...stack } = userAgent.counts()
      return { ...stack, ...calls.counts(), sockets, bindings: registrar.size, subscriptions: lamps?.size ?? 0 }
    },
    drain() {
      isDraining = true
      return calls.drain()
    },
    async close() {
      trunks.close()
      lamps?.close()
      await registrar.close()
      await userAgent.close()
      // The media layer answers what it was asked before it ends, and everybody when it cannot.
      const told = notes.flush()
      await options.media.close()
      await told
    },
  }
}
