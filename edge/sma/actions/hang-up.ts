import { done, type Execute } from './action.ts'

/**
 * Hangup (hangup): before an answer the caller gets 480 or 486 (0 is undocumented there: 480). The other leg stays. With nobody left there
 * is no success to report: HANGUP says it all.
 */
export const hangup: Execute<'Hangup'> = async (context, parameters) => {
  const { leg } = context
  const other = leg === context.legA ? context.legB : context.legA
  leg.isHungUpByUs = true
  if (leg.leg.direction === 'inbound' && leg.leg.status === 'ringing')
    leg.leg.reject(parameters.SipResponseCode === 486 ? 486 : 480)
  else leg.leg.hangUp('hung up by the application')
  return other?.isUp === true ? done : { kind: 'done', silent: true }
}
