import { createHmac, createSecretKey, hash as hashOnce, randomBytes, timingSafeEqual } from 'node:crypto'
import { detached } from './detached.ts'
import { randomHex } from './random-hex.ts'

export type DigestAlgorithm = 'MD5' | 'SHA-256'

/** A nonce is good for this long; then the phone is told `stale` and tries again by itself. */
export const nonceSeconds = 300
/** Nonces whose counts are watched at once; when one is forgotten, it and all older ones become stale. */
const noncesWatched = 100_000
/** Counts below the highest one that may still come: UDP requests overtake each other. */
const countWindow = 64

const hash = (algorithm: DigestAlgorithm, text: string): string =>
  hashOnce(algorithm === 'MD5' ? 'md5' : 'sha256', text, 'hex')

/** H(user:realm:password), all that a server need know. RFC 7616 §3.4.2. */
export const ha1 = (algorithm: DigestAlgorithm, username: string, realm: string, password: string): string =>
  hash(algorithm, `${username}:${realm}:${password}`)

export type DigestParams = ReadonlyMap<string, string>

/** One parameter and the comma behind it. Sticky: a search from every letter would cost the square of the length. */
const digestParam = /[\s,]*([\w-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/sy
const digestLengthMax = 4_096

/** The parameters of a `Digest …` header up to the first that is none, at most 30; `undefined` for other schemes. */
export function parseDigest(header: string | undefined): DigestParams | undefined {
  const scheme = /^\s*Digest\s/i.exec(header ?? '')
  if (header === undefined || scheme === null || header.length > digestLengthMax) return undefined
  const params = new Map<string, string>()
  digestParam.lastIndex = scheme[0].length
  for (let match = digestParam.exec(header); match !== null && params.size < 30; match = digestParam.exec(header))
    params.set((match[1] ?? '').toLowerCase(), match[2]?.replaceAll(/\\(.)/gs, '$1') ?? match[3] ?? '')
  digestParam.lastIndex = 0
  return params
}

export interface DigestAnswer {
  readonly algorithm: DigestAlgorithm
  readonly ha1: string
  readonly method: string
  readonly uri: string
  readonly nonce: string
  readonly qop?: string
  readonly nc?: string
  readonly cnonce?: string
}

/** RFC 7616 §3.4.1, qop `auth` or none. */
export const digestResponse = (a: DigestAnswer): string => {
  const ha2 = hash(a.algorithm, `${a.method}:${a.uri}`)
  return a.qop === undefined
    ? hash(a.algorithm, `${a.ha1}:${a.nonce}:${ha2}`)
    : hash(a.algorithm, `${a.ha1}:${a.nonce}:${a.nc}:${a.cnonce}:${a.qop}:${ha2}`)
}

const equal = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a.toLowerCase()), Buffer.from(b.toLowerCase())]
  return left.length === right.length && timingSafeEqual(left, right)
}

export type Verdict = 'accepted' | 'wrong' | 'stale' | 'replayed'

export interface DigestServer {
  /** Value of a WWW-Authenticate or Proxy-Authenticate header. */
  challenge(algorithm: DigestAlgorithm, stale: boolean): string
  /**
   * Checks an answer against what the server knows. Costs the same for an unknown user (`known` undefined). The nonce is bound to the
   * realm, its count must not come twice, and the digest must be for this very method and one of `uris`.
   */
  verify(
    params: DigestParams,
    request: { readonly method: string; readonly uris: readonly string[] },
    known: { readonly ha1: string; readonly algorithm: DigestAlgorithm } | undefined,
  ): Verdict
}

/** Makes challenges whose nonces carry their own time under an HMAC, so that none need be stored until it is used. RFC 7616 §5.4. */
export function createDigestServer(
  realm: string,
  now: () => number,
  secret: Buffer = randomBytes(32),
  noncesMax = noncesWatched,
): DigestServer {
  /** Highest count seen and the counts just below it. */
  const counts = new Map<string, { readonly issuedMs: number; highest: number; seen: bigint }>()
  /** Nonces issued at or before this are forgotten: their counts could be played again. */
  let forgottenMs = 0
  // Made once: from bytes, the key would cost seven times the HMAC.
  const key = createSecretKey(secret)
  const sign = (stamp: string) => createHmac('sha256', key).update(`${realm}:${stamp}`).digest('base64url').slice(0, 22)
  const decoy = randomBytes(16).toString('hex')

  const issuedAt = (nonce: string): number => Number.parseInt(nonce.split('.')[0] ?? '', 36)

  const isFresh = (nonce: string): boolean => {
    const [stamp = '', salt = '', signature = ''] = nonce.split('.')
    const issuedMs = issuedAt(nonce)
    const ageMs = now() - issuedMs
    return (
      equal(signature, sign(`${stamp}.${salt}`)) &&
      ageMs >= 0 &&
      ageMs <= nonceSeconds * 1_000 &&
      issuedMs > forgottenMs
    )
  }

  /** Drops nonces that are too old anyway, and the oldest when there are too many. */
  const makeRoom = () => {
    const expiredMs = now() - nonceSeconds * 1_000
    for (const [nonce, { issuedMs }] of counts) {
      if (issuedMs >= expiredMs && counts.size < noncesMax) return
      counts.delete(nonce)
      if (issuedMs >= expiredMs) forgottenMs = Math.max(forgottenMs, issuedMs)
    }
  }

  const takeCount = (nonce: string, nc: number): boolean => {
    let entry = counts.get(nonce)
    if (entry === undefined) {
      makeRoom()
      entry = { issuedMs: issuedAt(nonce), highest: nc, seen: 1n }
      counts.set(detached(nonce), entry)
      return true
    }
    if (nc > entry.highest) {
      const step = BigInt(Math.min(nc - entry.highest, countWindow))
      entry.seen = BigInt.asUintN(countWindow, (entry.seen << step) | 1n)
      entry.highest = nc
      return true
    }
    const below = entry.highest - nc
    const bit = 1n << BigInt(Math.min(below, countWindow))
    if (below >= countWindow || (entry.seen & bit) !== 0n) return false
    entry.seen |= bit
    return true
  }

  return {
    challenge(algorithm, stale) {
      const stamp = `${now().toString(36)}.${randomHex(6)}`
      return `Digest realm="${realm}", nonce="${stamp}.${sign(stamp)}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`
    },
    verify(params, request, known) {
      const nonce = params.get('nonce') ?? ''
      const qop = params.get('qop')
      const named = (params.get('algorithm') ?? 'MD5').toUpperCase()
      const { algorithm, ha1: secretHash } = known ?? {
        algorithm: named === 'SHA-256' ? ('SHA-256' as const) : ('MD5' as const),
        ha1: decoy,
      }
      const uri = params.get('uri') ?? ''
      const nc = params.get('nc') ?? ''
      const cnonce = params.get('cnonce') ?? ''
      const expected = digestResponse({
        algorithm,
        ha1: secretHash,
        method: request.method,
        uri,
        nonce,
        ...(qop === undefined ? {} : { qop, nc, cnonce }),
      })
      const right = equal(expected, params.get('response') ?? '') && known !== undefined && named === algorithm
      const bound =
        params.get('realm') === realm &&
        request.uris.includes(uri) &&
        qop === 'auth' &&
        /^[0-9a-f]{8}$/i.test(nc) &&
        nc !== '00000000' &&
        cnonce !== ''
      if (!right || !bound) return 'wrong'
      if (!isFresh(nonce)) return 'stale'
      return takeCount(nonce, Number.parseInt(nc, 16)) ? 'accepted' : 'replayed'
    },
  }
}

const quoted = (text: string): string => `"${text.replaceAll(/(["\\])/g, '\\$1')}"`

/** Our answer to a challenge of somebody else's (a trunk); `undefined` when it asks for what we do not have. */
export function answerChallenge(
  header: string,
  request: { readonly method: string; readonly uri: string },
  credentials: { readonly username: string; readonly password: string },
): string | undefined {
  const params = parseDigest(header)
  if (params === undefined) return undefined
  const algorithm = (params.get('algorithm') ?? 'MD5').toUpperCase()
  if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return undefined
  const qop = params
    .get('qop')
    ?.split(',')
    .map((word) => word.trim())
    .includes('auth')
    ? 'auth'
    : undefined
  if (params.has('qop') && qop === undefined) return undefined
  const realm = params.get('realm') ?? ''
  const nonce = params.get('nonce') ?? ''
  const cnonce = randomHex(8)
  const response = digestResponse({
    algorithm,
    ha1: ha1(algorithm, credentials.username, realm, credentials.password),
    method: request.method,
    uri: request.uri,
    nonce,
    ...(qop === undefined ? {} : { qop, nc: '00000001', cnonce }),
  })
  const parts = [
    `username=${quoted(credentials.username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(request.uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
  ]
  if (qop !== undefined) parts.push(`qop=${qop}`, 'nc=00000001', `cnonce="${cnonce}"`)
  const opaque = params.get('opaque')
  if (opaque !== undefined) parts.push(`opaque=${quoted(opaque)}`)
  return `Digest ${parts.join(', ')}`
}
