/** Who called somebody last, for those who want to call back (*69). */
import { singletonId } from '../model/document.ts'
import type { CallView, Outcome } from './define-module.ts'
import { callableIdentity } from './ringing.ts'
import type { CallCommandInput } from './vocabulary.ts'

/** The code that asks for it; while it is off in an account nothing is noted of who called. */
const codeId = 'call-return'

/** What can be said digit by digit and dialled again. */
const dialable = /^\+?\d{2,15}$/

/** One who hides the number leaves nothing, and neither does somebody who calls their own extension: the one before stands. */
function lastCallerChange(view: CallView, userId: string): CallCommandInput[] {
  const codes = view.find('routing', singletonId)?.featureCodes ?? []
  if (codes.find(({ id }) => id === codeId)?.enabled !== true || view.callingUser?.id === userId) return []
  const { number } = callableIdentity(view)
  return number === undefined || !dialable.test(number)
    ? []
    : [{ type: 'change', fact: { kind: 'user', id: userId }, set: { lastCaller: number } }]
}

/**
 * What a module that calls one person decided, and the caller noted beside it, whether or not any phone rings. Calls through groups are
 * the group's, and not noted.
 */
export function notingCaller<M>(view: CallView, userId: string, outcome: Outcome<M>): Outcome<M> {
  if (outcome.kind === 'talk' || outcome.kind === 'end') return outcome
  const noted = lastCallerChange(view, userId)
  return noted.length === 0 ? outcome : { ...outcome, commands: [...noted, ...(outcome.commands ?? [])] }
}
