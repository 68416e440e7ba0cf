import { done, type Execute, stopped } from './action.ts'

/** SendDigits (send-digits): the keys, a comma waits half a second. */
export const sendDigits: Execute<'SendDigits'> = async (context, parameters) => {
  if (!context.leg.isConnected) return stopped
  await context.leg.leg.sendDigits(parameters.Digits, parameters.ToneDurationInMilliseconds)
  return context.signal.aborted ? stopped : done
}
