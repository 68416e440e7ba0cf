import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand, Speech } from '@offhook/shared/callflow/vocabulary.ts'
import { Account } from '@offhook/shared/model/account.ts'
import type { DocumentKey } from '@offhook/shared/model/document.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { Media } from '@offhook/shared/model/media.ts'
import { Prompt } from '@offhook/shared/model/prompt.ts'
import { spell } from '../speech/spelling.ts'
import { languageDefault } from '../speech/voices.ts'
import type { SmaStore } from './dependencies.ts'

/** Where the sound of a part is: an object of the store, or words for a voice. */
export type Sound = { readonly kind: 'object'; readonly key: string } | { readonly kind: 'text'; readonly text: string }

/** Object keys of what every account hears alike. */
export const toneKey = (tone: 'beep' | 'ringback' | 'busy' | 'dial' | 'silence'): string => `tones/${tone}.wav`
export const promptKey = (language: string, promptId: string): string => `prompts/${language}/${promptId}.wav`

/** Document id of an account's own replacement of a prompt. */
const replacementId = (language: string, promptId: string): string => `${language}.${promptId}`.replaceAll('.', '-')

/** The sound of a part, and the language words are spoken in. */
export interface Audio {
  readonly language: string
  soundOf(part: Speech): Sound
}

type Documents = SmaStore['documents']

/**
 * Looks up, at the call's pinned revision, what the parts of these commands are: at most three batches of cached documents, however
 * many parts. A piece of media without audio is spoken from its text; one that is gone is silence.
 */
export async function audioFor(
  documents: Documents,
  state: CallState,
  commands: readonly CallCommand[],
): Promise<Audio> {
  const parts = commands.flatMap(partsOf)
  const fetch = (keys: readonly DocumentKey[]) =>
    keys.length === 0
      ? Promise.resolve<ReadonlyMap<string, unknown>>(new Map())
      : documents.fetch(state.accountId, state.configRevision, keys)
  const language = state.traits.language ?? (parts.length === 0 ? languageDefault : await accountLanguage(fetch))
  const replacements = await fetch(parts.flatMap((part) => replacementKeys(part, language)))
  const mediaIds = parts.flatMap((part) => mediaIdOf(part, language, replacements) ?? [])
  const media = await fetch([...new Set(mediaIds)].map((id) => ({ kind: 'media', id })))
  return { language, soundOf: (part) => soundOf(part, language, replacements, media) }
}

export function partsOf(command: CallCommand): readonly Speech[] {
  if (command.type === 'play' || command.type === 'gather' || command.type === 'record') return command.parts
  return command.type === 'ring' && command.ringback !== undefined ? [command.ringback] : []
}

async function accountLanguage(fetch: (keys: readonly DocumentKey[]) => Promise<ReadonlyMap<string, unknown>>) {
  const key = { kind: 'account', id: singletonId } as const
  const account = Account.safeParse((await fetch([key])).get(documentKey(key)))
  return account.success ? account.data.language : languageDefault
}

const replacementKeys = (part: Speech, language: string): DocumentKey[] =>
  'prompt' in part ? [{ kind: 'prompt', id: replacementId(language, part.prompt) }] : []

function mediaIdOf(part: Speech, language: string, replacements: ReadonlyMap<string, unknown>): string | undefined {
  if ('media' in part) return part.media
  if (!('prompt' in part)) return undefined
  const id = replacementId(language, part.prompt)
  const replacement = Prompt.safeParse(replacements.get(documentKey({ kind: 'prompt', id })))
  return replacement.success ? replacement.data.mediaId : undefined
}

function soundOf(
  part: Speech,
  language: string,
  replacements: ReadonlyMap<string, unknown>,
  media: ReadonlyMap<string, unknown>,
): Sound {
  if ('say' in part) return { kind: 'text', text: part.say }
  if ('digits' in part) return { kind: 'text', text: spell(part.digits, language) }
  if ('tone' in part) return { kind: 'object', key: toneKey(part.tone) }
  if ('object' in part) return { kind: 'object', key: part.object }
  const id = mediaIdOf(part, language, replacements)
  const found = id === undefined ? undefined : Media.safeParse(media.get(documentKey({ kind: 'media', id })))
  if (found?.success && found.data.objectKey !== undefined) return { kind: 'object', key: found.data.objectKey }
  if (found?.success && found.data.text !== undefined) return { kind: 'text', text: found.data.text.slice(0, 1_000) }
  return { kind: 'object', key: 'prompt' in part ? promptKey(language, part.prompt) : toneKey('silence') }
}
