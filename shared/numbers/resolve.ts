import { classifyEmergency } from '../emergency/emergency.ts'
import type { Routing } from '../model/number-route.ts'
import { isService } from './classify.ts'
import { isPublic } from './normalise.ts'
import { compilePattern } from './pattern.ts'

export type FeatureCodeEntry = Routing['featureCodes'][number]

/** What something dialled inside an account names. */
export type Resolution =
  | { readonly kind: 'emergency'; readonly help: 'emergency' | 'test' }
  | {
      readonly kind: 'callflow'
      readonly callflowId: string
      readonly by: 'number' | 'pattern'
      readonly capture?: string
    }
  | { readonly kind: 'feature-code'; readonly code: FeatureCodeEntry; readonly digits: string }
  | { readonly kind: 'outside'; readonly number: string }
  | { readonly kind: 'nothing' }

/** The feature code that fits best: the longest code that the dialled text starts with, and exactly it when it takes no digits. */
export function findFeatureCode(
  codes: readonly FeatureCodeEntry[],
  dialled: string,
): { code: FeatureCodeEntry; digits: string } | undefined {
  if (!dialled.startsWith('*')) return undefined
  let best: { code: FeatureCodeEntry; digits: string } | undefined
  for (const code of codes) {
    const text = `*${code.digits}`
    const rest = dialled.slice(text.length)
    const fits = dialled.startsWith(text) && (rest === '' || (code.takesDigits && /^[\d*#]{1,36}$/.test(rest)))
    if (fits && (best === undefined || text.length > best.code.digits.length + 1)) best = { code, digits: rest }
  }
  return best
}

/** The callflow whose pattern captures most; ties keep the earlier. A pattern that does not compile is passed over. */
function findByPattern(routing: Routing, dialled: string): Resolution | undefined {
  let best: { callflowId: string; length: number; capture?: string } | undefined
  for (const { pattern, callflowId } of routing.patterns) {
    const compiled = compilePattern(pattern)
    const match = 'problem' in compiled ? undefined : compiled.exec(dialled)
    if (match === undefined) continue
    const text = match.capture ?? match.whole
    if (best === undefined || text.length > best.length)
      best = { callflowId, length: text.length, ...(match.capture === undefined ? {} : { capture: match.capture }) }
  }
  return best === undefined
    ? undefined
    : {
        kind: 'callflow',
        callflowId: best.callflowId,
        by: 'pattern',
        ...(best.capture === undefined ? {} : { capture: best.capture }),
      }
}

/**
 * A call for help before everything, so that nothing an account saves can shadow it; then the exact number, feature codes,
 * patterns, the outside world with its services of three digits. `dialled` is normalised; `exact` is the callflow that has the number, looked up by the caller of this;
 * `prefix` is the account's outside-line digit before 911.
 */
export function resolve(routing: Routing, exact: string | undefined, dialled: string, prefix = ''): Resolution {
  const help = classifyEmergency(dialled, prefix)
  if (help !== undefined) return { kind: 'emergency', help }
  if (exact !== undefined) return { kind: 'callflow', callflowId: exact, by: 'number' }
  const feature = findFeatureCode(routing.featureCodes, dialled)
  if (feature !== undefined) return { kind: 'feature-code', code: feature.code, digits: feature.digits }
  const patterned = findByPattern(routing, dialled)
  if (patterned !== undefined) return patterned
  return isPublic(dialled) || isService(dialled) ? { kind: 'outside', number: dialled } : { kind: 'nothing' }
}
