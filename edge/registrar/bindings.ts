/** The rules of RFC 3261 §10.3 for the bindings of one AOR, with RFC 5626 (instance and reg-id) and RFC 3327 (Path). Pure. */
import type { Binding } from '@offhook/shared/model/registration.ts'
import { detached } from '../sip/detached.ts'
import { parseSipUri, sameTarget } from '../sip/uri.ts'

export const bindingsMax = 10
export const expirySecondsMin = 60
export const expirySecondsMax = 3_600
export const expirySecondsDefault = 300

/** One value of a Contact header. */
export interface ContactUpdate {
  readonly uri: string
  /** 0 to 1. */
  readonly q: number
  /** Its own `expires`, or that of the Expires header; absent: the default. */
  readonly expiresSeconds?: number
  /** `+sip.instance` and `reg-id`, RFC 5626 §4.1. */
  readonly instanceId?: string
  readonly regId?: number
}

export interface RegisterUpdate {
  readonly accountId: string
  readonly deviceId: string
  readonly username: string
  readonly sipCallId: string
  readonly cseq: number
  /** `'*'` stands for all bindings; with nothing the bindings are only asked for. */
  readonly contacts: readonly ContactUpdate[] | '*'
  /** Of the Expires header. */
  readonly expiresSeconds?: number
  readonly path: readonly string[]
  readonly transport: Binding['transport']
  /** Where the request came from, not where Contact says: what NAT makes of it. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly userAgent?: string
  readonly edgeId: string
}

export type RegisterResult =
  | {
      readonly kind: 'done'
      /** All live bindings now, best first. */
      readonly bindings: readonly Binding[]
      readonly saved: readonly Binding[]
      readonly removed: readonly Binding[]
    }
  | { readonly kind: 'refused'; readonly status: 400 | 423 | 500; readonly reason: string }

/** Highest q first, then the most recently refreshed. */
export const bestFirst = (bindings: readonly Binding[]): Binding[] =>
  [...bindings].sort((a, b) => b.q - a.q || Date.parse(b.registeredAt) - Date.parse(a.registeredAt))

export const isLive = (binding: Binding, nowMs: number): boolean => Date.parse(binding.expiresAt) > nowMs

/** The same phone, reached the same way: only its time has moved on. */
export const isRefresh = (before: Binding | undefined, after: Binding): boolean =>
  before !== undefined &&
  before.contact === after.contact &&
  before.q === after.q &&
  before.transport === after.transport &&
  before.remoteAddress === after.remoteAddress &&
  before.remotePort === after.remotePort &&
  before.deviceId === after.deviceId &&
  before.userAgent === after.userAgent &&
  before.edgeId === after.edgeId &&
  before.path.join() === after.path.join()

const outboundId = (contact: ContactUpdate): string | undefined =>
  contact.instanceId === undefined || contact.regId === undefined
    ? undefined
    : `${contact.instanceId};reg-id=${contact.regId}`

const sameUri = (a: string, b: string): boolean => {
  if (a === b) return true
  const [left, right] = [parseSipUri(a), parseSipUri(b)]
  return (
    left !== undefined &&
    right !== undefined &&
    sameTarget(left, right) &&
    left.params.get('transport') === right.params.get('transport')
  )
}

/**
 * The binding a contact speaks of. With outbound the instance and reg-id decide (RFC 5626 §6). Otherwise the URI does, and where two
 * phones behind different NATs call themselves the same private address, so does where they are or which Call-ID they keep.
 */
function findMatch(current: readonly Binding[], contact: ContactUpdate, update: RegisterUpdate): Binding | undefined {
  const id = outboundId(contact)
  if (id !== undefined) return current.find((binding) => binding.id === id.slice(0, 256))
  return current.find(
    (binding) =>
      sameUri(binding.contact, contact.uri) &&
      (binding.sipCallId === update.sipCallId || binding.remoteAddress === update.remoteAddress),
  )
}

function secondsOf(contact: ContactUpdate, update: RegisterUpdate): number {
  const asked = contact.expiresSeconds ?? update.expiresSeconds ?? expirySecondsDefault
  return Math.min(asked, expirySecondsMax)
}

/** RFC 3261 §10.3 step 7: a request older than what is known of the same Call-ID changes nothing. */
const isStale = (binding: Binding | undefined, update: RegisterUpdate): boolean =>
  binding !== undefined && binding.sipCallId === update.sipCallId && update.cseq <= binding.cseq

function newBinding(
  contact: ContactUpdate,
  match: Binding | undefined,
  update: RegisterUpdate,
  nowMs: number,
): Binding {
  const fallbackId = `${contact.uri}~${update.remoteAddress}:${update.remotePort}`
  return {
    id: (match?.id ?? outboundId(contact) ?? fallbackId).slice(0, 256),
    accountId: update.accountId,
    deviceId: update.deviceId,
    username: update.username,
    contact: detached(contact.uri),
    path: [...update.path],
    q: contact.q,
    transport: update.transport,
    remoteAddress: update.remoteAddress,
    remotePort: update.remotePort,
    ...(update.userAgent === undefined ? {} : { userAgent: detached(update.userAgent.slice(0, 256)) }),
    sipCallId: detached(update.sipCallId),
    cseq: update.cseq,
    registeredAt: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + secondsOf(contact, update) * 1_000).toISOString(),
    edgeId: update.edgeId,
  }
}

function removeAll(current: readonly Binding[], update: RegisterUpdate): RegisterResult {
  // "*" removes every binding, and only alone with Expires: 0 (RFC 3261 §10.2.2). Anything else is a 400.
  if (update.expiresSeconds !== 0) return { kind: 'refused', status: 400, reason: 'Contact * needs Expires: 0' }
  if (current.some((binding) => isStale(binding, update)))
    return { kind: 'refused', status: 500, reason: 'Out of order' }
  return { kind: 'done', bindings: [], saved: [], removed: current }
}

/**
 * What a REGISTER makes of the bindings of its AOR: all of its contacts or none. Expired ones in `current` count as gone; beyond
 * `bindingsMax` the one not refreshed for longest makes room, so that a phone that forgot its past never locks its owner out.
 */
export function applyRegister(current: readonly Binding[], update: RegisterUpdate, nowMs: number): RegisterResult {
  const live = current.filter((binding) => isLive(binding, nowMs))
  if (update.contacts === '*') return removeAll(live, update)
  const next = new Map(live.map((binding) => [binding.id, binding]))
  const saved = new Map<string, Binding>()
  const removed = new Map<string, Binding>()
  for (const contact of update.contacts.slice(0, bindingsMax)) {
    const match = findMatch(live, contact, update)
    if (isStale(match, update)) return { kind: 'refused', status: 500, reason: 'Out of order' }
    const seconds = secondsOf(contact, update)
    if (seconds > 0 && seconds < expirySecondsMin) return { kind: 'refused', status: 423, reason: 'Interval Too Brief' }
    if (seconds === 0) {
      if (match === undefined) continue
      next.delete(match.id)
      removed.set(match.id, match)
      continue
    }
    const binding = newBinding(contact, match, update, nowMs)
    next.set(binding.id, binding)
    saved.set(binding.id, binding)
  }
  for (const binding of bestFirst([...next.values()].map((each) => ({ ...each, q: 1 }))).slice(bindingsMax)) {
    next.delete(binding.id)
    if (!saved.delete(binding.id)) removed.set(binding.id, binding)
  }
  return {
    kind: 'done',
    bindings: bestFirst([...next.values()]),
    saved: [...saved.values()],
    removed: [...removed.values()],
  }
}
