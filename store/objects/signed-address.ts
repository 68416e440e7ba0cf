import { createHmac, timingSafeEqual } from 'node:crypto'
import { boundedSeconds, type Grant } from './object-store.ts'

export interface SignedQuery {
  readonly expires: string
  readonly signature: string
}

/** Signs addresses of objects: HMAC-SHA-256 over grant, key and expiry. */
export class AddressSigner {
  readonly #secret: string
  readonly #now: () => number

  /** `secret`: at least 32 characters. */
  constructor(secret: string, now: () => number) {
    if (secret.length < 32) throw new Error('the secret of signed addresses is too short')
    this.#secret = secret
    this.#now = now
  }

  #signature(grant: Grant, key: string, expires: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${grant}\n${key}\n${expires}`).digest()
  }

  sign(grant: Grant, key: string, seconds: number): SignedQuery {
    const expires = String(Math.floor(this.#now() / 1_000) + boundedSeconds(seconds))
    return { expires, signature: this.#signature(grant, key, expires).toString('base64url') }
  }

  /** Compares in constant time. */
  isValid(grant: Grant, key: string, { expires, signature }: SignedQuery): boolean {
    if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1_000 <= this.#now()) return false
    const [expected, given] = [this.#signature(grant, key, expires), Buffer.from(signature, 'base64url')]
    return expected.length === given.length && timingSafeEqual(expected, given)
  }
}
