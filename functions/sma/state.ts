/**
 * What a call carries from one event to the next, in TransactionAttributes. The core's state with its event log is deflated; what does
 * not fit under 8 kB becomes an immutable item and the attribute holds its key.
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

/** Attributes for the whole map; at most 7 pairs and 8 kB. */
export async function pack(carried: Carried, spill: Spill): Promise<Attributes> {
  const attributes: Attributes = { sequence: String(carried.sequence) }
  if (carried.planId !== undefined) attributes.plan = carried.planId
  if (carried.callToken !== undefined) attributes.token = carried.callToken
  if (carried.broken !== undefined) attributes.broken = carried.broken
  if (carried.state === undefined) return attributes
  const { state } = carried
  attributes.call = state.callId
  attributes.account = state.accountId
  const bytes = deflateRawSync(JSON.stringify(state), { level: 6 })
  const inline = bytes.toString('base64url')
  if (inline.length + JSON.stringify(attributes).length + 16 <= ownAttributeBytesMax)
    return { ...attributes, state: inline }
  const key = `calls/${state.accountId}/${state.callId}/${carried.sequence}`
  await spill.save(key, bytes)
  return { ...attributes, stateKey: key }
}

/**
 * Reads the attributes back. Throws `PbxError('call-state-foreign')` when they belong to another call or account, and
 * `PbxError('call-state-lost')` when the item is gone.
 */
export async function unpack(
  callId: string,
  attributes: Attributes | null | undefined,
  spill: Spill,
): Promise<Carried> {
  if (attributes === null || attributes === undefined) return nothingCarried
  const state = await readState(attributes, spill)
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

async function readState(attributes: Attributes, spill: Spill): Promise<CallState | undefined> {
  const bytes =
    attributes.stateKey === undefined
      ? attributes.state === undefined
        ? undefined
        : Buffer.from(attributes.state, 'base64url')
      : await spill.load(attributes.stateKey)
  if (bytes === undefined) {
    if (attributes.stateKey === undefined) return undefined
    throw new PbxError('call-state-lost', { status: 500, details: { key: attributes.stateKey } })
  }
  const text = inflateRawSync(bytes, { maxOutputLength: stateBytesMax }).toString('utf8')
  return CallState.parse(JSON.parse(text))
}
