import type { Authenticator } from '../registrar/authenticator.ts'
import type { DeviceCredential } from '../registrar/credentials.ts'
import type { Location } from '../registrar/location-table.ts'
import { reachedAt } from '../registrar/reached-at.ts'
import type { Refuse } from '../registrar/refusals.ts'
import type { Registrar } from '../registrar/registrar.ts'
import type { SipUserAgent } from '../sip/sip-user-agent.ts'
import { parseSipUri } from '../sip/uri.ts'
import type { IncomingRequest } from '../sip/user-agent.ts'
import { eventPackage, type MailCounts, messageSummary, summaryType } from './message-summary.ts'
import { Subscription } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'

/** Who knows what waits: the account's boxes. The edge asks for a device it has proof of, and shows that device nothing else. */
export interface MailSource {
  /** What waits for whoever sits at a device; `undefined` when it is gone. */
  countsOf(accountId: string, deviceId: string): Promise<MailCounts | undefined>
}

export interface LampsOptions {
  readonly userAgent: Pick<SipUserAgent, 'request' | 'contact'>
  readonly registrar: Pick<Registrar, 'find' | 'device' | 'remember' | 'onChange' | 'isRegisteredFrom'>
  readonly authenticator: Authenticator
  readonly refuse: Refuse
  readonly source: MailSource
  isOurDomain(host: string): boolean
  sourceOf(incoming: Pick<IncomingRequest, 'request' | 'flow'>): string
  /** Stands in what is sent to phones that never subscribed. */
  readonly domain: string
  nowMs(): number
  onError(error: unknown): void
}

/** Lamps of phones that say how many messages wait: RFC 3842, by subscription and, to phones without one, unasked. */
export interface Lamps {
  /** Answers one SUBSCRIBE, whatever it is to. */
  handle(incoming: IncomingRequest): Promise<void>
  /** What waits for these names of the account may have changed: their phones are told if it has. */
  changed(accountId: string, usernames: readonly string[]): void
  readonly size: number
  close(): void
}

/** Seconds a subscription lives: asked for nothing, at least, at most. */
export const expires = { usual: 3_600, min: 60, max: 3_600 } as const
/** A phone that has just registered is given this long to subscribe before it is told unasked, ms. */
export const unaskedAfterMs = 500
const sweepMs = 1_000
/** Names told at once; the others wait their turn. */
const atOnce = 16
/** Answers of a phone that does not want to be told unasked; it is not told again until it registers anew. */
const unwanted: ReadonlySet<number> = new Set([403, 404, 405, 406, 415, 481, 489, 501, 603])

const readEvent = (text: string | undefined): { readonly name: string; readonly value: string } | undefined => {
  const [, name, id] = /^\s*([\w.-]{1,64})\s*(?:;\s*id\s*=\s*([\w.-]{1,64})\s*)?$/.exec(text ?? '') ?? []
  return name === undefined
    ? undefined
    : { name: name.toLowerCase(), value: id === undefined ? name : `${name};id=${id}` }
}

/** Seconds asked for; NaN for what is no number. */
const readSeconds = (text: string | undefined): number =>
  text === undefined ? expires.usual : /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : Number.NaN

const accepts = (values: readonly string[]): boolean =>
  values.length === 0 ||
  values.some((value) => /^(application\/simple-message-summary|application\/\*|\*\/\*)/i.test(value))

export function createLamps(options: LampsOptions): Lamps {
  const { userAgent, registrar, source, authenticator } = options
  const subscriptions = new Subscriptions()
  /** What bindings without a subscription were told last; `unwanted` by those that refused it. */
  const unasked = new Map<string, string>()
  const waiting = new Set<string>()
  const telling = new Set<string>()
  const timers = new Set<NodeJS.Timeout>()
  let isClosed = false

  const drop = async (subscription: Subscription, reason: string) => {
    subscriptions.remove(subscription)
    await subscription.notify(`terminated;reason=${reason}`, undefined, summaryType)
  }

  const dropAll = async (gone: readonly Subscription[]) => {
    await Promise.all(gone.map((subscription) => drop(subscription, 'noresource')))
  }

  /** One more name to tell. Names are told one at a time each, so that what was told last is the truth. */
  const tellSoon = (username: string) => {
    waiting.add(username)
    for (const name of waiting) {
      if (telling.size >= atOnce || isClosed) return
      if (telling.has(name)) continue
      waiting.delete(name)
      telling.add(name)
      void tell(name)
        .catch((error: unknown) => options.onError(error))
        .finally(() => {
          telling.delete(name)
          const [next] = waiting
          if (next !== undefined) tellSoon(next)
        })
    }
  }

  async function tell(username: string): Promise<void> {
    const asked = subscriptions.of(username)
    const others = registrar
      .find(username)
      .filter(({ binding }) => !asked.some((one) => one.comesFrom(binding.remoteAddress, binding.remotePort)))
    if (asked.length === 0 && others.length === 0) return
    const device = await registrar.device(username)
    const counts = device?.enabled === true ? await source.countsOf(device.accountId, device.deviceId) : undefined
    if (device === undefined || counts === undefined) return await dropAll(asked)
    await Promise.all([
      ...asked.map((subscription) => tellSubscriber(subscription, counts)),
      ...others.map((location) => tellUnasked(location, device, counts)),
    ])
  }

  async function tellSubscriber(subscription: Subscription, counts: MailCounts): Promise<void> {
    const body = messageSummary(counts, subscription.domain)
    if (body === subscription.told || subscriptions.find(subscription.id) !== subscription) return
    subscription.told = body
    const left = Math.max(0, Math.round((subscription.expiresAtMs - options.nowMs()) / 1_000))
    const { status } = await subscription.notify(`active;expires=${left}`, body, summaryType)
    // The phone knows nothing of it any more, or is not there: it will come again (RFC 6665 §4.2.2).
    if (status >= 300 && status !== 401 && status !== 407 && status !== 500) subscriptions.remove(subscription)
    else if (status >= 300) subscription.told = undefined
  }

  async function tellUnasked(location: Location, device: DeviceCredential, counts: MailCounts): Promise<void> {
    const { binding, flow } = location
    const key = `${binding.username} ${binding.id}`
    const body = messageSummary(counts, options.domain)
    const before = unasked.get(key)
    const uri = reachedAt(location)
    if (binding.accountId !== device.accountId || before === body || before === 'unwanted' || uri === undefined) return
    unasked.set(key, body)
    const party = { uri: `sip:${binding.username}@${options.domain}` }
    const { status } = await userAgent.request({
      method: 'NOTIFY',
      uri,
      ...(flow === undefined ? {} : { flow }),
      from: party,
      to: party,
      // Outside any subscription it is the last of one (RFC 6665 §4.1.3).
      headers: [
        ['Event', eventPackage],
        ['Subscription-State', 'terminated;reason=noresource'],
      ],
      route: binding.path.map((path) => (path.includes('<') ? path : `<${path}>`)),
      credentials: { username: device.username, password: device.password },
      body,
      contentType: summaryType,
    })
    if (unwanted.has(status)) unasked.set(key, 'unwanted')
    else if (status >= 300) unasked.delete(key)
  }

  const stopListening = registrar.onChange(({ kind, binding }) => {
    const key = `${binding.username} ${binding.id}`
    if (kind === 'refreshed') return
    unasked.delete(key)
    if (kind !== 'registered') return
    const timer = setTimeout(() => {
      timers.delete(timer)
      tellSoon(binding.username)
    }, unaskedAfterMs)
    timer.unref()
    timers.add(timer)
  })

  const sweeper = setInterval(() => {
    for (const subscription of subscriptions.sweep(options.nowMs()).expired)
      subscription
        .notify('terminated;reason=timeout', undefined, summaryType)
        .catch((error: unknown) => options.onError(error))
  }, sweepMs)
  sweeper.unref()

  async function handle(incoming: IncomingRequest): Promise<void> {
    const sinceMs = options.nowMs()
    const { request, flow } = incoming
    const { headers } = request
    const event = readEvent(headers.get('event'))
    if (event?.name !== eventPackage) return incoming.respond(489, { headers: [['Allow-Events', eventPackage]] })
    const target = parseSipUri(headers.to.uri)
    if (target === undefined || !options.isOurDomain(target.host))
      return incoming.respond(404, { reason: 'Not our domain' })
    const verdict = await authenticator.verify({
      request,
      address: options.sourceOf(incoming),
      claimedName: parseSipUri(headers.from.uri)?.user ?? '',
      isExempt: (username) => registrar.isRegisteredFrom(username, flow),
    })
    if (verdict.kind === 'challenge') return incoming.respond(401, { headers: [['WWW-Authenticate', verdict.header]] })
    if (verdict.kind === 'refused') return options.refuse(incoming, verdict.header, sinceMs)
    const { credential } = verdict
    if (credential.kind !== 'device' || !credential.enabled) return incoming.respond(403)
    // A phone asks at its own address or at the number it calls to hear messages, and learns of its own boxes at either.
    if (target.user !== credential.username && target.user?.startsWith('*') !== true)
      return incoming.respond(403, { reason: 'Not your messages' })
    if (!accepts(headers.values('accept'))) return incoming.respond(406)
    registrar.remember(credential)
    subscribe(incoming, credential, event.value)
  }

  function subscribe(incoming: IncomingRequest, credential: DeviceCredential, event: string): void {
    const { request, flow } = incoming
    const asked = readSeconds(request.headers.get('expires'))
    if (Number.isNaN(asked)) return incoming.respond(400, { reason: 'Malformed Expires' })
    if (asked > 0 && asked < expires.min)
      return incoming.respond(423, { reason: 'Interval Too Brief', headers: [['Min-Expires', String(expires.min)]] })
    const seconds = Math.min(asked, expires.max)
    const localTag = request.headers.to.params.get('tag')
    const subscription =
      localTag === undefined ? begun(incoming, credential, event) : goneOn(incoming, localTag, credential)
    if (subscription === undefined) return
    subscription.expiresAtMs = options.nowMs() + seconds * 1_000
    subscription.told = undefined
    incoming.respond(200, {
      headers: [
        ['Contact', userAgent.contact(flow.transport)],
        ['Expires', String(seconds)],
        ['Allow-Events', eventPackage],
      ],
    })
    if (seconds > 0) return tellSoon(subscription.username)
    void last(subscription, credential).catch((error: unknown) => options.onError(error))
  }

  /** The answer to a poll, and to whoever leaves: what waits, and that it was the last (RFC 6665 §4.4.3). */
  async function last(subscription: Subscription, { accountId, deviceId }: DeviceCredential): Promise<void> {
    subscriptions.remove(subscription)
    const counts = await source.countsOf(accountId, deviceId)
    const body = counts === undefined ? undefined : messageSummary(counts, subscription.domain)
    await subscription.notify('terminated;reason=timeout', body, summaryType)
  }

  /** A new subscription; `undefined` for one that was refused, which has been answered. */
  function begun(
    incoming: IncomingRequest,
    { username, password }: DeviceCredential,
    event: string,
  ): Subscription | undefined {
    const { request, flow, localTag = '' } = incoming
    const made = Subscription.open({ userAgent, username, password, localTag, event, request, flow })
    if (made === undefined || subscriptions.isFull) {
      if (made === undefined) incoming.respond(400, { reason: 'No Contact' })
      else incoming.respond(503, { headers: [['Retry-After', '60']] })
      return undefined
    }
    const forgotten = subscriptions.add(made)
    if (forgotten !== undefined) drop(forgotten, 'rejected').catch((error: unknown) => options.onError(error))
    return made
  }

  /** The subscription that is refreshed or left; `undefined` when there is none such of this phone, and then it is answered. */
  function goneOn(
    incoming: IncomingRequest,
    localTag: string,
    { username }: DeviceCredential,
  ): Subscription | undefined {
    const { callId, from } = incoming.request.headers
    const known = subscriptions.find(`${callId}|${localTag}|${from.params.get('tag') ?? ''}`)
    if (known?.username === username && known.refresh(incoming.request, incoming.flow)) return known
    if (known?.username === username) incoming.respond(500, { reason: 'Out of order' })
    else incoming.respond(481)
    return undefined
  }

  return {
    handle,
    changed(accountId, usernames) {
      for (const username of usernames)
        if (
          subscriptions.of(username).length > 0 ||
          registrar.find(username).some(({ binding }) => binding.accountId === accountId)
        )
          tellSoon(username)
    },
    get size() {
      return subscriptions.size
    },
    close() {
      isClosed = true
      stopListening()
      clearInterval(sweeper)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
