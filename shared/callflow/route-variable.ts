import * as z from 'zod'
import { Id } from '../model/id.ts'
import type { CallView } from './define-module.ts'

export const VariableName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'Use up to 64 letters, digits, - or _.')

/** Parameter of every module that names an object: a variable whose value, when set and of the right type, is used instead. */
export const routeVariable = VariableName.optional().meta({ title: 'Route Variable', advanced: true })

/**
 * The object to use. A variable that is not set falls through with a reason; one without a name is the node's own choice.
 */
export function routed(
  view: CallView,
  type: string,
  params: { readonly id?: string | undefined; readonly routeVariable?: string | undefined },
): { readonly id: string } | { readonly why: string } {
  if (params.routeVariable !== undefined) {
    const variable = view.call.traits.variables[params.routeVariable]
    if (variable === undefined) return { why: `variable ${params.routeVariable} not set` }
    if (variable.type !== type || !Id.safeParse(variable.value).success)
      return { why: `variable ${params.routeVariable} is no ${type}` }
    return { id: variable.value }
  }
  return params.id === undefined ? { why: `no ${type} chosen` } : { id: params.id }
}
