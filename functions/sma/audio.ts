import { documentKey } from '@offhook/shared/callflow/account-revision.ts'
import type { CallState } from '@offhook/shared/callflow/call-state.ts'
import type { CallCommand, Speech } from '@offhook/shared/callflow/vocabulary.ts'
import { type DocumentKey, type DocumentOf, type Kind, singletonId } from '@offhook/shared/model/document.ts'
import { promptDocumentId } from '@offhook/shared/model/prompt.ts'
import { promptFallbacks, promptText } from '@offhook/shared/prompts/prompts.ts'
import { spell } from '../speech/spelling.ts'
import { languageDefault } from '../speech/voices.ts'
import type { Revisions } from './revisions.ts'

/** Where the sound of a part is: an object of the store, or words for a voice. */
export type Sound = { readonly kind: 'object'; readonly key: string } | { readonly kind: 'text'; readonly text: string }

/** Object keys of what every account hears alike. */
export const toneKey = (tone: 'beep' | 'ringback' | 'busy' | 'dial' | 'silence'): string => `tones/${tone}.wav`
export const promptKey = (language: string, promptId: string): string => `prompts/${language}/${promptId}.wav`

/** The sound of a part, and the language words are spoken in. */
export interface Audio {
  readonly language: string
  soundOf(part: Speech): Sound
}

type Documents = Pick<Revisions, 'fetch'>

/**
 * Looks up, at the call's pinned revision, what the parts of these commands are: at most three batches of cached documents, however
 * many parts. A piece of media without audio is spoken from its text; one that is gone is silence.
 */
export async function audioFor(
  documents: Documents,
  state: CallState,
  commands: readonly CallCommand[],
  speaksPrompts = false,
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
  const plain = speaksPrompts ? spokenPrompt : renderedPrompt
  return { language, soundOf: (part) => soundOf(part, language, replacements, media) ?? plain(part, language) }
}

const silence: Sound = { kind: 'object', key: toneKey('silence') }

const renderedPrompt = (part: Speech, language: string): Sound =>
  'prompt' in part
    ? { kind: 'object', key: promptKey(promptFallbacks(language).at(-1) ?? language, part.prompt) }
    : silence

function spokenPrompt(part: Speech, language: string): Sound {
  const text = 'prompt' in part ? promptText(part.prompt, language) : undefined
  return text === undefined ? silence : { kind: 'text', text }
}

export function partsOf(command: CallCommand): readonly Speech[] {
  if (command.type === 'play' || command.type === 'gather' || command.type === 'record') return command.parts
  return command.type === 'ring' && command.ringback !== undefined ? [command.ringback] : []
}

/** A document of a revision, checked against its noun when it was read. */
const documentIn = <K extends Kind>(
  documents: ReadonlyMap<string, unknown>,
  kind: K,
  id: string,
): DocumentOf<K> | undefined => (documents.get(documentKey({ kind, id })) ?? undefined) as DocumentOf<K> | undefined

async function accountLanguage(fetch: (keys: readonly DocumentKey[]) => Promise<ReadonlyMap<string, unknown>>) {
  const documents = await fetch([{ kind: 'account', id: singletonId }])
  return documentIn(documents, 'account', singletonId)?.language ?? languageDefault
}

const replacementKeys = (part: Speech, language: string): DocumentKey[] =>
  'prompt' in part
    ? promptFallbacks(language).map((one) => ({ kind: 'prompt', id: promptDocumentId(one, part.prompt) }))
    : []

function mediaIdOf(part: Speech, language: string, replacements: ReadonlyMap<string, unknown>): string | undefined {
  if ('media' in part) return part.media
  if (!('prompt' in part)) return undefined
  return replacementKeys(part, language)
    .map(({ id }) => documentIn(replacements, 'prompt', id)?.mediaId)
    .find((mediaId) => mediaId !== undefined)
}

/** What the account itself has for a part; nothing for a prompt that it has not replaced and for media that is gone. */
function soundOf(
  part: Speech,
  language: string,
  replacements: ReadonlyMap<string, unknown>,
  media: ReadonlyMap<string, unknown>,
): Sound | undefined {
  if ('say' in part) return { kind: 'text', text: part.say }
  if ('digits' in part) return { kind: 'text', text: spell(part.digits, language) }
  if ('tone' in part) return { kind: 'object', key: toneKey(part.tone) }
  if ('object' in part) return { kind: 'object', key: part.object }
  const id = mediaIdOf(part, language, replacements)
  const found = id === undefined ? undefined : documentIn(media, 'media', id)
  if (found?.objectKey !== undefined) return { kind: 'object', key: found.objectKey }
  if (found?.text !== undefined) return { kind: 'text', text: found.text.slice(0, 1_000) }
  return undefined
}
