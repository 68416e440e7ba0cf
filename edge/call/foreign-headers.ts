import type { SipHeaders } from '../sip/message.ts'

/** Headers of one leg that are passed on, and characters of each. */
export const headersPassedMax = 20
export const headerLengthMax = 2_048

/**
 * What a stranger's INVITE may tell: `X-*` but our own `X-Pbx-*`, which only we may write; Diversion and User-to-User of a trunk are data
 * (a phone has no business sending them, design.md §3 Trust). Names as they came, the first of each.
 */
export function foreignHeaders(headers: SipHeaders, from: 'device' | 'trunk'): Record<string, string> {
  const passed: Record<string, string> = {}
  const seen = new Set<string>()
  for (const [name, value] of headers.entries()) {
    const lower = name.toLowerCase()
    const isExtra = lower.startsWith('x-') && !lower.startsWith('x-pbx-')
    const isData = from === 'trunk' && (lower === 'diversion' || lower === 'user-to-user')
    if (!(isExtra || isData) || seen.has(lower) || value.length > headerLengthMax) continue
    if (seen.size >= headersPassedMax) break
    seen.add(lower)
    passed[name] = value
  }
  return passed
}

/** True when the caller asked not to be shown: RFC 3323, or the From that RFC 3261 §8.1.1.3 gives anonymous callers. */
export function isAnonymous(headers: SipHeaders): boolean {
  const privacy = headers.get('privacy')?.toLowerCase() ?? ''
  return /\b(id|user|header)\b/.test(privacy) || /^sips?:anonymous@/i.test(headers.from.uri)
}
