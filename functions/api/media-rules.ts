import type { Media } from '@offhook/shared/model/media.ts'
import { promptDocumentId } from '@offhook/shared/model/prompt.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import { promptText } from '@offhook/shared/prompts/prompts.ts'
import { languageDefault } from '../speech/voices.ts'
import { wavDurationMs } from '../speech/wav.ts'
import type { ApiDependencies } from './dependencies.ts'
import type { NounRule } from './noun-rules.ts'

/**
 * Where the audio lies is decided by whoever put it there, never by a request: another account's objects have keys too. What is made of
 * text is spoken before it is saved, so that it can be played at once; the sound before stays for calls that began before.
 */
export const media: NounRule<'media'> = {
  async prepare(parts, { before, after }) {
    const { objectKey, durationMs, ...rest } = after
    if (objectKey !== undefined && objectKey !== before?.objectKey)
      throw new PbxError('bad-request', {
        message: 'The object of a recording cannot be chosen.',
        details: { errors: [{ field: 'objectKey', message: 'Leave it as it is, or out.' }] },
      })
    // Other words to speak are another recording: what was rendered before must not be heard.
    const spokenAnew = before?.text !== after.text || before?.language !== after.language
    const isSpoken = after.source === 'speech'
    if (isSpoken && (after.text ?? '').trim() === '' && (spokenAnew || before === undefined))
      throw new PbxError('bad-request', {
        message: 'There is no text to speak.',
        details: { errors: [{ field: 'text', message: 'Write what callers are to hear, or choose another source.' }] },
      })
    const kept = spokenAnew && isSpoken ? {} : { objectKey: before?.objectKey, durationMs: before?.durationMs }
    const sound = kept.objectKey === undefined ? await spoken(parts, rest) : kept
    return dropUndefined({ ...rest, ...sound })
  },
}

/** The sound of a text, where there is a text and a voice. Throws speech-failed (503). */
async function spoken(
  { speech, objects }: ApiDependencies,
  { text, language }: Pick<Media, 'text' | 'language'>,
): Promise<Partial<Media>> {
  if (speech === undefined || text === undefined || text.trim() === '') return {}
  try {
    const objectKey = await speech.renderOnce(text, language)
    return dropUndefined({
      source: 'speech' as const,
      objectKey,
      durationMs: wavDurationMs((await objects.get(objectKey)) ?? new Uint8Array()),
    })
  } catch (cause) {
    throw new PbxError('speech-failed', {
      status: 503,
      message: 'The text could not be spoken just now. Nothing was saved; try again, or shorten it.',
      details: { field: 'text' },
      cause,
    })
  }
}

/** A wrong one would never be heard, and nobody would know why. */
export const prompt: NounRule<'prompt'> = {
  idOf: ({ language, promptId }) => promptDocumentId(language, promptId),
  async prepare({ store }, { accountId, before, after }) {
    if (before?.promptId !== after.promptId && promptText(after.promptId, languageDefault) === undefined)
      throw new PbxError('bad-request', {
        message: `There is no prompt ${after.promptId}.`,
        details: { errors: [{ field: 'promptId', message: 'Use an id of the list of system prompts.' }] },
      })
    const chosen = (await store.documents.get(accountId, 'media', after.mediaId))?.document
    if (chosen !== undefined && chosen.objectKey === undefined && chosen.text === undefined)
      throw new PbxError('bad-request', {
        message: `${chosen.name} has no sound yet.`,
        details: { errors: [{ field: 'mediaId', message: 'Upload its sound first, or give it a text to speak.' }] },
      })
    return after
  },
}

const dropUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T
