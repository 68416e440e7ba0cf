import type { ActionOf } from '@offhook/shared/sma-contract/actions.ts'
import { matchesDigits } from '@offhook/shared/sma-contract/digits-regex.ts'
import { invalidParameter } from '@offhook/shared/sma-contract/errors.ts'
import { digitsMax } from '@offhook/shared/sma-contract/limits.ts'
import type { CallLeg } from '../call-leg.ts'
import type { RuntimeClock } from '../clock.ts'
import { type Execute, failed } from './action.ts'

type Parameters = ActionOf<'ReceiveDigits'>['Parameters']

/** ReceiveDigits (receive-digits): arms a listener and is done at once; matches come as DIGITS_RECEIVED. */
export const receiveDigits: Execute<'ReceiveDigits'> = async (context, parameters) => {
  if (matchesDigits(parameters.InputDigitsRegex, '') === undefined)
    return failed(invalidParameter('InputDigitsRegex parameter value is invalid'))
  if (parameters.FlushDigitsDurationInMilliseconds < parameters.InBetweenDigitsDurationInMilliseconds)
    return failed(
      invalidParameter('FlushDigitsDurationInMilliseconds must not be less than InBetweenDigitsDurationInMilliseconds'),
    )
  context.listen(context.leg, parameters)
  return { kind: 'done', data: { ReceivedDigits: '' } }
}

/**
 * Keys of one leg in the middle of a conversation. After a gap the buffer is matched; `flush` after its first key it is thrown away. One
 * arming tells of one match: whether it survives several is not documented, so handlers arm again.
 */
export function listenForDigits(
  leg: CallLeg,
  parameters: Parameters,
  clock: RuntimeClock,
  onMatch: (digits: string) => void,
): () => void {
  let buffer = ''
  let forgetGap = () => {}
  let forgetFlush = () => {}
  const flush = () => {
    buffer = ''
    forgetGap()
    forgetFlush()
  }
  const match = () => {
    const digits = buffer
    if (matchesDigits(parameters.InputDigitsRegex, digits) !== true) return
    disarm()
    onMatch(digits)
  }
  const forgetKeys = leg.digits.onPush((key) => {
    leg.digits.take()
    if (buffer === '') forgetFlush = clock.after(parameters.FlushDigitsDurationInMilliseconds, flush)
    if (buffer.length < digitsMax) buffer += key
    forgetGap()
    forgetGap = clock.after(parameters.InBetweenDigitsDurationInMilliseconds, match)
  })
  const disarm = () => {
    forgetKeys()
    flush()
  }
  return disarm
}
