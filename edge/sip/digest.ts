import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export type DigestAlgorithm = 'MD5' | 'SHA-256'

/** A nonce is good for this long; then the phone is told `stale` and tries again by itself. */
export const nonceSeconds = 300
/** Nonces whose counts are watched at once; the oldest is forgotten and becomes stale. */
const noncesMax = 100_000

const hash = (algorithm: DigestAlgorithm, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex')

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

interface Answer {
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
const responseOf = (a: Answer): string => {
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
   * Checks an answer against what the server knows. Costs the same for an unknown user (`known` undefined). The nonce is bound to
   * realm and source, its count must rise, and the digest must be for this very method and one of `uris`.
   */
  verify(
    params: DigestParams,
    request: { readonly method: string; readonly uris: readonly string[] },
    known: { readonly ha1: string; readonly algorithm: DigestAlgorithm } | undefined,
  ): Verdict
}

/** Makes challenges whose nonces carry their own time under an HMAC, so that none need be stored until it is used. RFC 7616 §5.4. */
export function createDigestServer(realm: string, now: () => number, secret: Buffer = randomBytes(32)): DigestServer {
  /** Highest count seen and the counts just below it, for UDP requests that overtake each other. */
  const counts = new Map<string, { highest: number; seen: bigint }>()
  const sign = (stamp: string) =>
    createHmac('sha256', secret).update(`${realm}:${stamp}`).digest('base64url').slice(0, 22)
  const decoy = { ha1: randomBytes(16).toString('hex'), algorithm: 'MD5' as const }

  const isFresh = (nonce: string): boolean => {
    const [stamp = '', salt = '', signature = ''] = nonce.split('.')
    const age = now() - Number.parseInt(stamp, 36)
    return equal(signature, sign(`${stamp}.${salt}`)) && age >= 0 && age <= nonceSeconds * 1_000
  }

  const takeCount = (nonce: string, nc: number): boolean => {
    const entry = counts.get(nonce) ?? { highest: 0, seen: 0n }
    if (!counts.has(nonce)) {
      if (counts.size >= noncesMax) counts.delete(counts.keys().next().value ?? '')
      counts.set(nonce, entry)
    }
    if (nc > entry.highest) {
      entry.seen = BigInt.asUintN(64, (entry.seen << BigInt(Math.min(nc - entry.highest, 64))) | 1n)
      entry.highest = nc
      return true
    }
    const bit = 1n << BigInt(entry.highest - nc)
    if (entry.highest - nc >= 64 || (entry.seen & bit) !== 0n) return false
    entry.seen |= bit
    return true
  }

  return {
    challenge(algorithm, stale) {
      const stamp = `${now().toString(36)}.${randomBytes(6).toString('base64url')}`
      return `Digest realm="${realm}", nonce="${stamp}.${sign(stamp)}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`
    },
    verify(params, request, known) {
      const nonce = params.get('nonce') ?? ''
      const qop = params.get('qop')
      const { algorithm, ha1: secretHash } = known ?? decoy
      const named = (params.get('algorithm') ?? 'MD5').toUpperCase()
      const uri = params.get('uri') ?? ''
      const nc = params.get('nc') ?? ''
      const cnonce = params.get('cnonce') ?? ''
      const expected = responseOf({
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
        cnonce !== ''
      if (!right || !bound) return 'wrong'
      if (!isFresh(nonce)) return 'stale'
      return takeCount(nonce, Number.parseInt(nc, 16)) ? 'accepted' : 'replayed'
    },
  }
}

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
  const cnonce = randomBytes(8).toString('hex')
  const response = responseOf({
    algorithm,
    ha1: ha1(algorithm, credentials.username, realm, credentials.password),
    method: request.method,
    uri: request.uri,
    nonce,
    ...(qop === undefined ? {} : { qop, nc: '00000001', cnonce }),
  })
  const opaque = params.get('opaque')
  return `Digest username="${credentials.username}", realm="${realm}", nonce="${nonce}", uri="${request.uri}", response="${response}", algorithm=${algorithm}${qop === undefined ? '' : `, qop=auth, nc=00000001, cnonce="${cnonce}"`}${opaque === undefined ? '' : `, opaque="${opaque}"`}`
}
