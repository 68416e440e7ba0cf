import type { ActionOf } from '@offhook/shared/sma-contract/actions.ts'
import { matchesDigits } from '@offhook/shared/sma-contract/digits-regex.ts'
import { actionErrors, invalidParameter } from '@offhook/shared/sma-contract/errors.ts'
import type { CallLeg } from '../call-leg.ts'
import { type ActionContext, type ActionResult, type Execute, failed, stopped } from './action.ts'
import { playFile, spoken } from './play.ts'

/** Attempts of one action, whatever `Repeat` says: a caller who never answers must not be asked for ever. */
const attemptsMax = 20

type Rules = Pick<
  ActionOf<'PlayAudioAndGetDigits'>['Parameters'],
  | 'InputDigitsRegex'
  | 'MinNumberOfDigits'
  | 'MaxNumberOfDigits'
  | 'TerminatorDigits'
  | 'InBetweenDigitsDurationInMilliseconds'
  | 'Repeat'
  | 'RepeatDurationInMilliseconds'
>

/** PlayAudioAndGetDigits (play-audio-and-get-digits). */
export const playAudioAndGetDigits: Execute<'PlayAudioAndGetDigits'> = async (context, parameters) => {
  const { AudioSource, FailureAudioSource } = parameters
  const [prompt, sorry] = await Promise.all([
    context.audio.resolve(AudioSource.BucketName, AudioSource.Key),
    context.audio.resolve(FailureAudioSource.BucketName, FailureAudioSource.Key),
  ])
  if (prompt === undefined || sorry === undefined) return failed(actionErrors.audioUnreadable)
  return getDigits(context, parameters, prompt, sorry)
}

/** SpeakAndGetDigits (speak-and-get-digits): the failure text inherits what it does not say itself. */
export const speakAndGetDigits: Execute<'SpeakAndGetDigits'> = async (context, parameters) => {
  const { SpeechParameters, FailureSpeechParameters } = parameters
  const [prompt, sorry] = await Promise.all([
    spoken(context, SpeechParameters),
    spoken(context, {
      ...SpeechParameters,
      Text: FailureSpeechParameters.Text,
    }),
  ])
  return getDigits(context, parameters, prompt, sorry)
}

async function getDigits(context: ActionContext, rules: Rules, prompt: string, sorry: string): Promise<ActionResult> {
  const { InputDigitsRegex } = rules
  if (InputDigitsRegex !== undefined && matchesDigits(InputDigitsRegex, '') === undefined)
    return failed(invalidParameter('InputDigitsRegex parameter value is invalid'))
  if (!(await context.leg.answer())) return stopped
  for (let attempt = 1; attempt <= Math.min(rules.Repeat, attemptsMax); attempt++) {
    const asked = await ask(context, prompt)
    if (asked.kind !== 'done') return asked
    const digits = await collect(context, context.leg, rules)
    if (digits === undefined) return stopped
    if (isEnough(rules, digits)) return { kind: 'done', data: { ReceivedDigits: digits } }
    const told = await playFile(context, context.leg, sorry, [], 1)
    if (told.kind !== 'done') return told
  }
  return failed(actionErrors.noDigits)
}

const everyKey = '0123456789*#ABCD'.split('')

/** The prompt; any key, also one typed ahead, cuts it off. */
const ask = (context: ActionContext, prompt: string): Promise<ActionResult> =>
  playFile(context, context.leg, prompt, everyKey, 1)

const isEnough = (rules: Rules, digits: string): boolean =>
  digits.length >= rules.MinNumberOfDigits &&
  (rules.InputDigitsRegex === undefined || matchesDigits(rules.InputDigitsRegex, digits) === true)

/** Keys until the maximum, a terminator (not part of them) or a gap; `undefined` when the action is cut off. */
async function collect(context: ActionContext, leg: CallLeg, rules: Rules): Promise<string | undefined> {
  let digits = ''
  while (digits.length < rules.MaxNumberOfDigits) {
    const waitMs =
      digits === '' ? rules.RepeatDurationInMilliseconds : (rules.InBetweenDigitsDurationInMilliseconds ?? 0)
    const key = await nextKey(context, leg, waitMs)
    if (key === 'stopped') return undefined
    if (key === undefined || rules.TerminatorDigits.includes(key)) return digits
    digits += key
  }
  return digits
}

/** The next key, typed ahead or within `waitMs`; the word `stopped` when the action is cut off. */
function nextKey(context: ActionContext, leg: CallLeg, waitMs: number): Promise<string | undefined> {
  if (context.signal.aborted) return Promise.resolve('stopped')
  if (!leg.digits.isEmpty) return Promise.resolve(leg.digits.take())
  return new Promise((resolve) => {
    const finish = (key: string | undefined) => {
      forgetKey()
      forgetTimer()
      context.signal.removeEventListener('abort', onAbort)
      resolve(key)
    }
    const onAbort = () => finish('stopped')
    const forgetKey = leg.digits.onPush(() => finish(leg.digits.take()))
    const forgetTimer = context.clock.after(waitMs, () => finish(undefined))
    context.signal.addEventListener('abort', onAbort, { once: true })
  })
}
