import type { SipHeaders } from '../headers.ts'

/** Shortest interval taken, seconds. RFC 4028 §4 recommends 1,800 and forbids less than 90. */
export const sessionMinSeconds = 90
export const sessionSeconds = 1_800
const sessionMaxSeconds = 86_400

export interface SessionTimer {
  readonly seconds: number
  readonly refresher: 'us' | 'them'
}

/**
 * The session timer that a request or response sets. When we answer (`uas`) and the far end left the refresher open, it refreshes if it
 * can, else we do. RFC 4028 §9.
 */
export function readSessionTimer(headers: SipHeaders, weAre: 'uac' | 'uas'): SessionTimer | undefined {
  const match = /^\s*(\d{1,7})\s*(?:;\s*refresher\s*=\s*(uac|uas))?/i.exec(headers.get('session-expires') ?? '')
  if (match === null) return undefined
  const seconds = Math.min(Math.max(Number(match[1]), sessionMinSeconds), sessionMaxSeconds)
  const named = match[2]?.toLowerCase()
  const theirs = weAre === 'uas' ? 'uac' : 'uas'
  const theyCan = headers.includes('supported', 'timer') || weAre === 'uac'
  const refresher = named === undefined ? (theyCan ? 'them' : 'us') : named === theirs ? 'them' : 'us'
  return { seconds, refresher }
}
