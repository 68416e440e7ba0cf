import { singletonId } from '../model/document.ts'
import { numberRouteId } from '../model/number-route.ts'
import { normaliseNumber } from '../numbers/normalise.ts'
import { type Resolution, resolve } from '../numbers/resolve.ts'
import type { CallView } from './define-module.ts'

/** What digits keyed by a caller name inside the account: help, a callflow, a feature code, an outside number or nothing. */
export function resolveNumber(view: CallView, digits: string): Resolution['kind'] {
  const dialled = normaliseNumber(digits, view.account.country)
  const routing = view.find('routing', singletonId)
  const route = /^(\+?\d{2,15}|\*{1,2}\d{1,6})$/.test(dialled)
    ? view.find('number-route', numberRouteId(dialled))
    : undefined
  return resolve(
    routing ?? { id: singletonId, patterns: [], featureCodes: [], emergencyNumbers: [] },
    route?.callflowId,
    dialled,
    view.account.emergency.prefix,
  ).kind
}
