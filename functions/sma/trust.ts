import { createHmac, timingSafeEqual } from 'node:crypto'
import { XPbxCall, xPbxCallSeconds } from '@offhook/shared/sma-contract/x-pbx.ts'

/** Bytes of a truncated HMAC-SHA-256: 128 bits (RFC 2104 §5 allows half the output). */
const macBytes = 16

/** Signs a text for one purpose, so that a signature made for a call is worth nothing on a ring plan. */
export const macOf = (key: string, purpose: 'call' | 'ring', text: string): Buffer =>
  createHmac('sha256', key).update(`${purpose}.${text}`).digest().subarray(0, macBytes)

/** `X-Pbx-Call` for calls that a program starts (`CreateSipMediaApplicationCall`); the edge signs phones' calls itself. */
export function signCall(key: string, claims: XPbxCall): string {
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${body}.${macOf(key, 'call', body).toString('base64url')}`
}

/**
 * Who calls, as the edge vouched for it at most 60 s ago. Nothing when the header is foreign, altered or old.
 * A clock of the edge that runs ahead of ours by up to the same time does no harm.
 */
export function verifyCall(key: string, header: string, nowMs: number): XPbxCall | undefined {
  const [body, mac, ...rest] = header.split('.')
  if (body === undefined || mac === undefined || rest.length > 0) return undefined
  const given = Buffer.from(mac, 'base64url')
  const expected = macOf(key, 'call', body)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const claims = XPbxCall.safeParse(readJson(body))
  if (!claims.success) return undefined
  const leftSeconds = claims.data.exp - nowMs / 1_000
  return leftSeconds >= 0 && leftSeconds <= 2 * xPbxCallSeconds ? claims.data : undefined
}

function readJson(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64url').toString('utf8'))
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
