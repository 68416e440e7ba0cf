/** The edge's side of the two headers: it vouches for callers, and it obeys no ring plan but the handler's. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import type { Origin } from '@offhook/shared/callflow/vocabulary.ts'
import { type XPbxCall, XPbxRing, xPbxCallSeconds } from '@offhook/shared/sma-contract/x-pbx.ts'
import type { Leg, LegIdentity } from '../call/call-control.ts'

/** Bytes of a truncated HMAC-SHA-256, the same on both sides (`functions/sma/trust.ts`). */
const macBytes = 16
/** Inflated bytes of a plan of 100 legs, with room. */
const planBytesMax = 200_000

const macOf = (key: string, purpose: 'call' | 'ring', text: string): Buffer =>
  createHmac('sha256', key).update(`${purpose}.${text}`).digest().subarray(0, macBytes)

/** `X-Pbx-Call` of a new call: who it is from was proven by digest or by the trunk; it is believed for 60 s. */
export function signCall(key: string, transactionId: string, leg: Leg, nowMs: number, linkedCallId?: string): string {
  const claims: XPbxCall = {
    call: transactionId,
    account: leg.identity.accountId,
    origin: originOf(leg.identity),
    dialled: leg.to.slice(0, 64),
    ...(leg.from === '' ? {} : { number: leg.from.slice(0, 64) }),
    ...(leg.fromName === undefined ? {} : { name: leg.fromName.slice(0, 64) }),
    ...(leg.anonymous ? { anonymous: true } : {}),
    ...(linkedCallId === undefined ? {} : { linked: linkedCallId }),
    exp: Math.ceil(nowMs / 1_000) + xPbxCallSeconds,
  }
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${body}.${macOf(key, 'call', body).toString('base64url')}`
}

function originOf(identity: LegIdentity): Origin {
  switch (identity.kind) {
    case 'device':
      return { kind: 'device', deviceId: identity.deviceId }
    case 'trunk':
      return { kind: 'trunk', trunkId: identity.trunkId }
    case 'system':
      return { kind: 'system', ...(identity.deviceId === undefined ? {} : { deviceId: identity.deviceId }) }
  }
}

/** Reads items that hold plans too long for a header. */
export type LoadItem = (key: string) => Promise<Uint8Array | undefined>

/** The ring plan of a header, or nothing when the header is foreign, altered or unreadable. */
export async function readRing(key: string, header: string, loadItem: LoadItem): Promise<XPbxRing | undefined> {
  const [form, body, mac, ...rest] = header.split('.')
  if (form === undefined || body === undefined || mac === undefined || rest.length > 0) return undefined
  const given = Buffer.from(mac, 'base64url')
  const expected = macOf(key, 'ring', `${form}.${body}`)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const content = Buffer.from(body, 'base64url')
  const bytes = form === 'z' ? content : form === 'k' ? await loadItem(content.toString('utf8')) : undefined
  if (bytes === undefined) return undefined
  const ring = XPbxRing.safeParse(JSON.parse(inflateRawSync(bytes, { maxOutputLength: planBytesMax }).toString('utf8')))
  return ring.success ? ring.data : undefined
}
