import type { Binding } from '@offhook/shared/model/registration.ts'
import { parseSipUri } from '../sip/uri.ts'
import type { Flow, IncomingRequest, ResponseParts } from '../sip/user-agent.ts'
import type { Authenticator } from './authenticator.ts'
import { type BindingStore, createBindingKeeper } from './binding-keeper.ts'
import { applyRegister, expirySecondsMin, isLive, isRefresh, type RegisterUpdate } from './bindings.ts'
import type { CredentialSource, DeviceCredential } from './credentials.ts'
import { type Location, LocationTable } from './location-table.ts'
import type { Refuse } from './refusals.ts'
import { pathMax, readContacts, readExpires } from './register-request.ts'

/** A change of who can be reached, for live views. `expired` and `disconnected` were not asked for by the phone. */
export interface RegistrationEvent {
  readonly kind: 'registered' | 'refreshed' | 'removed' | 'expired' | 'disconnected'
  readonly binding: Binding
}

export interface RegistrarOptions {
  readonly authenticator: Authenticator
  readonly credentials: CredentialSource
  readonly refuse: Refuse
  readonly store: BindingStore
  /** True for host names and addresses that are ours: the domain of an AOR. */
  isOurDomain(host: string): boolean
  /** Address a request really came from, behind our own proxies if there are any. */
  sourceOf(incoming: Pick<IncomingRequest, 'request' | 'flow'>): string
  readonly edgeId: string
  nowMs(): number
  onError(error: unknown): void
}

export interface Registrar {
  /** Reads the store; drops what hung on connections of before. Call it before the first request. */
  load(): Promise<void>
  /** Answers one REGISTER. */
  handle(incoming: IncomingRequest): Promise<void>
  /** Live bindings of an AOR's user part, best `q` first. */
  find(username: string): Location[]
  /** What the edge knows of a device since it last proved itself; asks the source when it has not since the start. */
  device(username: string): Promise<DeviceCredential | undefined>
  /** The same without asking: for what must not wait, such as an emergency call. */
  knownDevice(username: string): DeviceCredential | undefined
  remember(credential: DeviceCredential): void
  /** True when this flow's far end is that of a live binding of the name. */
  isRegisteredFrom(username: string, flow: Flow): boolean
  all(): Location[]
  /** Returns what removes the listener. */
  onChange(listener: (event: RegistrationEvent) => void): () => void
  readonly size: number
  close(): Promise<void>
}

/** Devices whose facts are remembered. */
export const devicesRememberedMax = 200_000
const sweepMs = 1_000

/** The registrar of RFC 3261 §10 with RFC 3327 and RFC 5626: bindings in memory, written to the store in batches. */
export function createRegistrar(options: RegistrarOptions): Registrar {
  const table = new LocationTable()
  const devices = new Map<string, DeviceCredential>()
  const listeners = new Set<(event: RegistrationEvent) => void>()
  const keeper = createBindingKeeper(options.store, (error) => options.onError(error))

  const tell = (kind: RegistrationEvent['kind'], binding: Binding) => {
    for (const listener of listeners) listener({ kind, binding })
  }

  const sweep = () => {
    const { expired, disconnected } = table.sweep(options.nowMs())
    for (const { binding } of expired) tell('expired', binding)
    for (const { binding } of disconnected) tell('disconnected', binding)
    keeper.removed([...expired, ...disconnected].map(({ binding }) => binding))
  }
  const sweeper = setInterval(sweep, sweepMs)
  sweeper.unref()

  const remember = (credential: DeviceCredential) => {
    devices.delete(credential.username)
    devices.set(credential.username, credential)
    if (devices.size > devicesRememberedMax)
      for (const oldest of devices.keys()) {
        devices.delete(oldest)
        break
      }
  }

  const isRegisteredFrom = (username: string, flow: Flow) =>
    table
      .find(username, options.nowMs())
      .some(
        ({ binding }) =>
          binding.transport === flow.transport &&
          binding.remoteAddress === flow.remoteAddress &&
          binding.remotePort === flow.remotePort,
      )

  async function handle(incoming: IncomingRequest): Promise<void> {
    const sinceMs = options.nowMs()
    const { request, flow } = incoming
    const aor = parseSipUri(request.headers.to.uri)
    const name = aor?.user
    if (aor === undefined || name === undefined || !options.isOurDomain(aor.host))
      return incoming.respond(404, { reason: 'Not our domain' })
    const required = request.headers
      .values('require')
      .filter((tag) => !['path', 'outbound'].includes(tag.toLowerCase()))
    if (required.length > 0) return incoming.respond(420, { headers: [['Unsupported', required.join(', ')]] })
    const verdict = await options.authenticator.verify({
      request,
      address: options.sourceOf(incoming),
      claimedName: name,
      isExempt: (username) => isRegisteredFrom(username, flow),
    })
    if (verdict.kind === 'challenge') return incoming.respond(401, { headers: [['WWW-Authenticate', verdict.header]] })
    if (verdict.kind === 'refused') return options.refuse(incoming, verdict.header, sinceMs)
    const { credential } = verdict
    // A right password for one name registers no other one.
    if (credential.kind !== 'device' || credential.username !== name)
      return incoming.respond(403, { reason: 'Not your address' })
    remember(credential)
    if (!credential.enabled) return disable(incoming, credential)
    register(incoming, credential)
  }

  function disable(incoming: IncomingRequest, credential: DeviceCredential): void {
    drop(table.bindingsOf(credential.username))
    incoming.respond(403, { reason: 'Device disabled' })
  }

  const drop = (bindings: readonly Binding[]) => {
    for (const binding of bindings) if (table.remove(binding) !== undefined) tell('removed', binding)
    keeper.removed(bindings)
  }

  function register(incoming: IncomingRequest, credential: DeviceCredential) {
    const { request, flow } = incoming
    const contacts = readContacts(request)
    if (contacts === undefined) return incoming.respond(400, { reason: 'Malformed Contact' })
    const result = applyRegister(
      table.bindingsOf(credential.username),
      updateOf(incoming, credential, contacts),
      options.nowMs(),
    )
    if (result.kind === 'refused')
      return incoming.respond(result.status, {
        reason: result.reason,
        ...(result.status === 423 ? { headers: [['Min-Expires', String(expirySecondsMin)]] } : {}),
      })
    if (table.isFull && result.saved.length > 0) return incoming.respond(503, { headers: [['Retry-After', '60']] })
    drop(result.removed)
    for (const binding of result.saved) {
      const before = table.bindingsOf(binding.username).find(({ id }) => id === binding.id)
      table.put({ binding, flow })
      if (isRefresh(before, binding)) keeper.refreshed([binding])
      else keeper.saved([binding])
      tell(before === undefined ? 'registered' : 'refreshed', binding)
    }
    incoming.respond(200, answerOf(request, result.bindings, options.nowMs()))
  }

  const updateOf = (
    incoming: IncomingRequest,
    credential: DeviceCredential,
    contacts: RegisterUpdate['contacts'],
  ): RegisterUpdate => {
    const { headers } = incoming.request
    const expiresSeconds = readExpires(headers.get('expires'))
    const userAgent = headers.get('user-agent')
    return {
      accountId: credential.accountId,
      deviceId: credential.deviceId,
      username: credential.username,
      sipCallId: headers.callId.slice(0, 256),
      cseq: headers.cseq.number,
      contacts,
      ...(expiresSeconds === undefined ? {} : { expiresSeconds }),
      path: headers.values('path').slice(0, pathMax),
      transport: incoming.flow.transport,
      remoteAddress: incoming.flow.remoteAddress,
      remotePort: incoming.flow.remotePort,
      ...(userAgent === undefined ? {} : { userAgent }),
      edgeId: options.edgeId,
    }
  }

  return {
    async load() {
      const stored = await options.store.loadAll(options.edgeId)
      // A connection does not outlive the process; an address does (RFC 5626 §4.2: the phone will come again).
      const isUsable = (binding: Binding) => binding.transport === 'udp' && isLive(binding, options.nowMs())
      for (const binding of stored) if (isUsable(binding) && !table.isFull) table.put({ binding })
      keeper.removed(stored.filter((binding) => !isUsable(binding)))
    },
    handle,
    find: (username) => table.find(username, options.nowMs()),
    async device(username) {
      const known = devices.get(username)
      if (known !== undefined) return known
      const credential = await options.credentials.lookUp(username)
      if (credential?.kind !== 'device') return undefined
      remember(credential)
      return credential
    },
    knownDevice: (username) => devices.get(username),
    remember,
    isRegisteredFrom,
    all: () => [...table.all()].filter(({ binding }) => isLive(binding, options.nowMs())),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    get size() {
      return table.size
    },
    async close() {
      clearInterval(sweeper)
      await keeper.close()
    },
  }
}

/** 200 to a REGISTER: every binding with the seconds it has left, Path as it came (RFC 3327 §5.3), outbound when used (RFC 5626 §6). */
function answerOf(request: IncomingRequest['request'], bindings: readonly Binding[], nowMs: number): ResponseParts {
  const { headers } = request
  const list = bindings.map((binding): readonly [string, string] => {
    const left = Math.max(0, Math.ceil((Date.parse(binding.expiresAt) - nowMs) / 1_000))
    return ['Contact', `<${binding.contact}>;expires=${left}${binding.q === 1 ? '' : `;q=${binding.q}`}`]
  })
  const path = headers.getAll('path').map((value): readonly [string, string] => ['Path', value])
  const isOutbound = headers.includes('supported', 'outbound') && bindings.some(({ id }) => id.includes(';reg-id='))
  return {
    headers: [
      ...list,
      ...path,
      ['Date', new Date(nowMs).toUTCString()],
      ...(isOutbound ? [['Require', 'outbound'] as const] : []),
    ],
  }
}
