import { PbxError } from '@offhook/shared/pbx-error.ts'
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import * as z from 'zod'

/** Who a token says it is; what they may do is in the store. */
export interface TokenClaims {
  readonly subject: string
  readonly accountId: string
}

export type TokenVerifier = (token: string) => Promise<TokenClaims>

export interface TokenRules {
  readonly issuer: string
  /** The `aud` of access tokens; Cognito, which sets none, names it in `client_id`. */
  readonly audience: string
  /** Public keys of the issuer: the set at hand, or where it is fetched from. */
  readonly keys: JSONWebKeySet | URL
}

/** Longest token looked at, and how far the clocks of issuer and API may be apart, seconds. */
const tokenLengthMax = 8_192
const clockToleranceSeconds = 5
/** Key sets are kept ten minutes and asked for again at most twice a minute, however many unknown keys strangers name. */
const keysMaxAgeMs = 600_000
const keysCooldownMs = 30_000

const Claims = z.object({
  sub: z.string().min(1).max(128),
  account: z.string().max(64).optional(),
  'custom:account': z.string().max(64).optional(),
  token_use: z.string().optional(),
  client_id: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
})

export const unauthenticated = (message: string, cause?: unknown): PbxError =>
  new PbxError('unauthenticated', { status: 401, message, ...(cause === undefined ? {} : { cause }) })

/** Verifies access tokens of one issuer (RFC 9068 as far as issuers keep to it). Throws PbxError('unauthenticated', 401). */
export function createTokenVerifier({ issuer, audience, keys }: TokenRules): TokenVerifier {
  const getKey =
    keys instanceof URL
      ? createRemoteJWKSet(keys, {
          cacheMaxAge: keysMaxAgeMs,
          cooldownDuration: keysCooldownMs,
          timeoutDuration: 3_000,
        })
      : createLocalJWKSet(keys)
  return async (token) => {
    if (token.length > tokenLengthMax) throw unauthenticated('The token is too long.')
    const payload = await jwtVerify(token, getKey, {
      issuer,
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['sub', 'exp'],
    }).then(
      (verified) => verified.payload,
      (error: unknown) => {
        // The issuer being away is our trouble, not the caller's.
        if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error
        throw unauthenticated('The token is not valid here. Sign in again.', error)
      },
    )
    const claims = Claims.safeParse(payload)
    const accountId = claims.data?.account ?? claims.data?.['custom:account']
    if (!claims.success || accountId === undefined) throw unauthenticated('The token names no account.')
    const { aud, client_id, token_use, sub } = claims.data
    const audiences = aud === undefined ? [client_id] : [aud].flat()
    if (!audiences.includes(audience) || token_use === 'id') throw unauthenticated('The token is for something else.')
    return { subject: sub, accountId }
  }
}
