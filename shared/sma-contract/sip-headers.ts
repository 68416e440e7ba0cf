import { sipHeaderCharsMax } from './limits.ts'

/** Prefixes the service keeps for itself (sip-headers). */
const refusedPrefixes = ['x-vine', 'x-amzn', 'x-vc', 'x-canary', 'x-voice']

/** Whether a SIP header may cross the contract: `x-*`, `User-to-User` or `Diversion`, and none of the service's own. */
export function mayCross(name: string): boolean {
  const lower = name.toLowerCase()
  if (lower === 'user-to-user' || lower === 'diversion') return true
  return lower.startsWith('x-') && !refusedPrefixes.some((prefix) => lower.startsWith(prefix))
}

/** The first header that may not be sent, by name or by length, or nothing. */
export const refusedHeader = (headers: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(headers).find(
    ([name, value]) => !mayCross(name) || name.length + value.length > sipHeaderCharsMax,
  )?.[0]

/** The value of a header, whatever the case of its name. */
export const headerOf = (headers: Readonly<Record<string, string>> | undefined, name: string): string | undefined =>
  Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
