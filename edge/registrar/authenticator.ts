import {
  type DigestAlgorithm,
  type DigestParams,
  type DigestServer,
  type Verdict as DigestVerdict,
  ha1,
  parseDigest,
} from '../sip/digest.ts'
import type { SipRequest } from '../sip/message.ts'
import { parseSipUri, sameTarget } from '../sip/uri.ts'
import type { Credential, CredentialSource } from './credentials.ts'
import type { LockOut } from './lock-out.ts'

export type Verdict =
  | { readonly kind: 'proven'; readonly credential: Credential }
  /** 401 with this header, at once. */
  | { readonly kind: 'challenge'; readonly header: string }
  /** 401 with this header; the same for a wrong password, an unknown name and a blocked address. */
  | { readonly kind: 'refused'; readonly header: string }

export interface Claim {
  readonly request: SipRequest
  /** Address the request came from, behind our own proxies if there are any. */
  readonly address: string
  /** Name to ask for when the request brings no proof: only chooses the algorithm. */
  readonly claimedName: string
  /** The lock-out does not apply: the flow is that of a live binding of the name, or the call is an emergency. */
  isExempt(username: string): boolean
}

export interface AuthenticatorOptions {
  readonly realm: string
  readonly digest: DigestServer
  readonly credentials: CredentialSource
  readonly lockOut: LockOut
  nowMs(): number
}

export interface Authenticator {
  /** Never rejects but when the source of credentials fails. */
  verify(claim: Claim): Promise<Verdict>
}

/**
 * Request-URIs a digest may be made for: what was sent, or the same resource with other parameters, which some phones drop. A digest
 * made for one number must not be good for another one.
 */
function boundUris(request: SipRequest, digestUri: string): string[] {
  const [a, b] = [parseSipUri(request.uri), parseSipUri(digestUri)]
  return a !== undefined && b !== undefined && sameTarget(a, b) ? [request.uri, digestUri] : [request.uri]
}

/** Digest authentication of requests: RFC 3261 §22, RFC 8760, with the lock-out of R-146. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { realm, digest, lockOut, credentials } = options

  const algorithmFor = (username: string): DigestAlgorithm => credentials.digestOf?.(username) ?? 'MD5'

  const compare = (
    params: DigestParams,
    request: SipRequest,
    username: string,
    credential: Credential | undefined,
  ): DigestVerdict => {
    // Checked by the algorithm the phone chose: whether that one is allowed matters only after the password proved right.
    const algorithm: DigestAlgorithm = params.get('algorithm')?.toUpperCase() === 'SHA-256' ? 'SHA-256' : 'MD5'
    const known =
      credential === undefined ? undefined : { algorithm, ha1: ha1(algorithm, username, realm, credential.password) }
    return digest.verify(params, { method: request.method, uris: boundUris(request, params.get('uri') ?? '') }, known)
  }

  async function check(params: DigestParams, username: string, claim: Claim): Promise<Verdict> {
    const now = options.nowMs()
    const credential = await credentials.lookUp(username)
    const wanted = (credential?.kind === 'device' ? credential.digest : undefined) ?? algorithmFor(username)
    const verdict = compare(params, claim.request, username, credential)
    const isBlocked = lockOut.isBlocked(claim.address, username, now) && !claim.isExempt(username)
    if (verdict === 'wrong' && !isBlocked) lockOut.failed(claim.address, username, credential !== undefined, now)
    if (verdict === 'wrong' || isBlocked || credential === undefined)
      return { kind: 'refused', header: digest.challenge(algorithmFor(username), false) }
    const isWanted = (params.get('algorithm') ?? 'MD5').toUpperCase() === wanted
    if (verdict !== 'accepted' || !isWanted) return { kind: 'challenge', header: digest.challenge(wanted, true) }
    return { kind: 'proven', credential }
  }

  return {
    async verify(claim) {
      const params = claim.request.headers
        .getAll('authorization')
        .map((value) => parseDigest(value))
        .find((each) => each?.get('realm') === realm)
      const username = params?.get('username')
      if (params === undefined || !username)
        return { kind: 'challenge', header: digest.challenge(algorithmFor(claim.claimedName), false) }
      return check(params, username, claim)
    },
  }
}
