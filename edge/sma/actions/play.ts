import type { SpeechParameters } from '@offhook/shared/sma-contract/actions.ts'
import { actionErrors } from '@offhook/shared/sma-contract/errors.ts'
import type { CallLeg } from '../call-leg.ts'
import { type ActionContext, type ActionResult, done, type Execute, failed, stopped } from './action.ts'

/** PlayAudio (play-audio): a terminator stops it and its repeats; a key typed ahead keeps it from starting. Answers the leg. */
export const playAudio: Execute<'PlayAudio'> = async (context, parameters) => {
  const { BucketName, Key } = parameters.AudioSource
  const path = await context.audio.resolve(BucketName, Key)
  if (path === undefined) return failed(actionErrors.audioUnreadable)
  if (!(await context.leg.answer())) return stopped
  return playFile(context, context.leg, path, parameters.PlaybackTerminators ?? [], parameters.Repeat)
}

/** Speak (speak): plain text or SSML, of which only the words are used. Answers the leg. */
export const speak: Execute<'Speak'> = async (context, parameters) => {
  const path = await spoken(context, parameters)
  if (!(await context.leg.answer())) return stopped
  return playFile(context, context.leg, path, [], 1)
}

/** Language of a voice that brings none with it. */
const languageDefault = 'en-US'

export const spoken = (context: ActionContext, speech: Partial<SpeechParameters>): Promise<string> =>
  context.audio.speak(
    speech.TextType === 'ssml' ? wordsOf(speech.Text ?? '') : (speech.Text ?? ''),
    speech.LanguageCode ?? languageDefault,
  )

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
}

/** The words of SSML: tags become blanks, entities characters. */
export const wordsOf = (ssml: string): string =>
  ssml
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim()

/** Plays a file to a leg until it ends, one of `keys` is pressed, or the action is cut off. Pressed keys stay typed ahead. */
export async function playFile(
  context: ActionContext,
  leg: CallLeg,
  path: string,
  keys: readonly string[],
  repeat: number,
): Promise<ActionResult> {
  if (context.signal.aborted) return stopped
  if (leg.digits.hasAny(keys)) return done
  const playing = leg.leg.play({ kind: 'file', path }, { repeat })
  const stop = () => playing.stop()
  const forget = leg.digits.onPush((key) => {
    if (keys.includes(key)) stop()
  })
  context.signal.addEventListener('abort', stop, { once: true })
  try {
    const result = await playing.done
    if (context.signal.aborted) return stopped
    return result.ended === 'failed' ? failed(actionErrors.audioUnreadable) : done
  } finally {
    forget()
    context.signal.removeEventListener('abort', stop)
  }
}
