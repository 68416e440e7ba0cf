/**
 * What a call carries from one event to the next, in TransactionAttributes. The core's state with its event log is deflated where it
 * is long or knows a secret; what does not fit under 8 kB becomes an immutable item and the attribute holds its key.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { CallState } from '@offhook/shared/callflow/call-state.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Attributes } from '@offhook/shared/sma-contract/events.ts'
import { ownAttributeBytesMax } from '@offhook/shared/sma-contract/limits.ts'
import type { Spill } from './dependencies.ts'

/** Inflated bytes of one state; 900 events with their facts stay far below. */
const stateBytesMax = 8_000_000

export interface Carried {
  readonly state?: CallState
  /** Last event served; smaller or equal ones are late. */
  readonly sequence: number
  /** Plan that rings, so that its outcome can be asked for. */
  readonly planId?: string
  /** Who started an API-created call, from its start to its answer. */
  readonly callToken?: string
  /** Why an apology was given: what follows only ends the call. */
  readonly broken?: string
}

export const nothingCarried: Carried = { sequence: 0 }

/** States kept in mind: of the calls that are up on a busy machine. */
const ownStatesMax = 2_000

/** The texts of states that were packed here lately: one that comes back as it was sent needs no second check. */
export class OwnStates {
  readonly #texts = new Set<string>()

  has(text: string): boolean {
    return this.#texts.has(text)
  }

  add(text: string): void {
    this.#texts.add(text)
    const [oldest] = this.#texts
    if (this.#texts.size > ownStatesMax && oldest !== undefined) this.#texts.delete(oldest)
  }
}

export interface Packing {
  readonly spill: Spill
  readonly ownStates: OwnStates
}

/** Attributes for the whole map; at most 7 pairs and 8 kB. */
export async function pack(carried: Carried, { spill, ownStates }: Packing): Promise<Attributes> {
  const attributes: Attributes = { sequence: String(carried.sequence) }
  if (carried.planId !== undefined) attributes.plan = carried.planId
  if (carried.callToken !== undefined) attributes.token = carried.callToken
  if (carried.broken !== undefined) attributes.broken = carried.broken
  if (carried.state === undefined) return attributes
  const { state } = carried
  attributes.call = state.callId
  attributes.account = state.accountId
  const text = JSON.stringify(state)
  ownStates.add(text)
  // Most calls are short, and what is written out costs nothing to read.
  if (!knowsSecret(state) && fits({ ...attributes, state: text })) return { ...attributes, state: text }
  const bytes = deflateRawSync(text)
  const packed = { ...attributes, state: bytes.toString('base64url') }
  if (fits(packed)) return packed
  const key = `calls/${state.accountId}/${state.callId}/${carried.sequence}`
  await spill.save(key, bytes)
  return { ...attributes, stateKey: key }
}

/** A PIN, keyed in or looked up: it is not written out where the service logs it. */
const knowsSecret = ({ secretAt, log }: CallState): boolean =>
  (secretAt ?? []).length > 0 ||
  log.some((event) => event.type === 'looked-up' && event.facts.some(({ key }) => key.kind === 'voicemail-box'))

const fits = (attributes: Attributes): boolean => Buffer.byteLength(JSON.stringify(attributes)) <= ownAttributeBytesMax

/**
 * Reads the attributes back. Throws `PbxError('call-state-foreign')` when they belong to another call or account, and
 * `PbxError('call-state-lost')` when the item is gone.
 */
export async function unpack(
  callId: string,
  attributes: Attributes | null | undefined,
  packing: Packing,
): Promise<Carried> {
  if (attributes === null || attributes === undefined) return nothingCarried
  const state = await readState(attributes, packing)
  if (state !== undefined && (state.callId !== callId || state.accountId !== attributes.account))
    throw new PbxError('call-state-foreign', { status: 500, details: { callId, found: state.callId } })
  const sequence = Number(attributes.sequence)
  return {
    sequence: Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0,
    ...(state === undefined ? {} : { state }),
    ...(attributes.plan === undefined ? {} : { planId: attributes.plan }),
    ...(attributes.token === undefined ? {} : { callToken: attributes.token }),
    ...(attributes.broken === undefined ? {} : { broken: attributes.broken }),
  }
}

async function readState(attributes: Attributes, { spill, ownStates }: Packing): Promise<CallState | undefined> {
  const text = await textOf(attributes, spill)
  if (text === undefined) return undefined
  const state: unknown = JSON.parse(text)
  return ownStates.has(text) ? (state as CallState) : CallState.parse(state)
}

async function textOf({ state, stateKey }: Attributes, spill: Spill): Promise<string | undefined> {
  if (stateKey !== undefined) {
    const bytes = await spill.load(stateKey)
    if (bytes === undefined) throw new PbxError('call-state-lost', { status: 500, details: { key: stateKey } })
    return inflated(bytes)
  }
  return state === undefined || state.startsWith('{') ? state : inflated(Buffer.from(state, 'base64url'))
}

const inflated = (bytes: Uint8Array): string =>
  inflateRawSync(bytes, { maxOutputLength: stateBytesMax }).toString('utf8')
