import type { SipHeaders } from '../sip/message.ts'
import type { ForkOptions } from './fork.ts'

/** Hops a request of ours may take when it continues no other one, RFC 3261 §8.1.1.6. */
export const hopsMax = 70

/** Hops a caller's INVITE had left when it came; one that says nothing has all of them. Those with none were refused with 483. */
export function hopsOf(headers: SipHeaders): number {
  const text = headers.get('max-forwards')
  return text === undefined ? hopsMax : Math.min(Number(text), hopsMax)
}

/**
 * An INVITE that continues a caller's has one hop less: a call that comes back by way of others, again and again, ends with 483 instead
 * of filling every trunk (RFC 7092 §3.2.2, RFC 5853 §3.1.2).
 */
export const withHops = (fork: ForkOptions, hops: number): ForkOptions => ({
  ...fork,
  invite: { ...fork.invite, headers: [...(fork.invite.headers ?? []), ['Max-Forwards', String(hops)]] },
})
