import { singletonId } from '../model/document.ts'
import { numberRouteId } from '../model/number-route.ts'
import { normaliseNumber } from '../numbers/normalise.ts'
import { type Resolution, resolve } from '../numbers/resolve.ts'
import type { CallView } from './define-module.ts'

/** Texts a callflow can be found by; others have no document of their own. */
const routable = /^(\+?\d{2,15}|\*{1,2}\d{1,6})$/

/** What something dialled names inside the account: help before all, a callflow, a feature code, an outside number or nothing. */
export function resolveDialled(view: Pick<CallView, 'account' | 'find'>, digits: string): Resolution {
  const dialled = normaliseNumber(digits, view.account.country)
  const routing = view.find('routing', singletonId)
  const route = routable.test(dialled) ? view.find('number-route', numberRouteId(dialled)) : undefined
  return resolve(
    routing ?? { id: singletonId, patterns: [], featureCodes: [], featureCodesGiven: 1, emergencyNumbers: [] },
    route?.callflowId,
    dialled,
    view.account.emergency.prefix,
  )
}

/** What digits keyed by a caller lead to, in one word. */
export const resolveNumber = (view: Pick<CallView, 'account' | 'find'>, digits: string): Resolution['kind'] =>
  resolveDialled(view, digits).kind
