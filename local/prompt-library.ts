import { createHash } from 'node:crypto'
import type { RenderOnce } from '@offhook/functions/speech/render-once.ts'
import type { SpeechPort } from '@offhook/functions/speech/speech-port.ts'
import { toneNames, toneWav } from '@offhook/functions/speech/tones.ts'
import { promptLanguages, prompts, promptText } from '@offhook/shared/prompts/prompts.ts'
import type { FolderObjects } from '@offhook/store/objects/folder.ts'
import type { Store } from '@offhook/store/store.ts'

/** Languages a voice and prompts are there for: what calls can be spoken to in. */
export const spokenLanguages = (speech: Pick<SpeechPort, 'languages'>): string[] =>
  promptLanguages.filter((language) => speech.languages.includes(language))

/** Which texts the prompts in the store were made from, so that changed ones are made anew. */
const stampKeyOf = (language: string): string => `prompts/${language}/texts.json`

/**
 * Makes sure that every tone, and every prompt in the languages of the voice, is in the object store. `progress` hears how many are done.
 * Answers with how many were made.
 */
export async function ensurePrompts(
  objects: FolderObjects,
  speech: SpeechPort,
  progress: (done: number, all: number) => void,
): Promise<number> {
  for (const tone of toneNames)
    if (!(await objects.exists(`tones/${tone}.wav`))) await objects.put(`tones/${tone}.wav`, toneWav(tone), 'audio/wav')
  let rendered = 0
  for (const language of spokenLanguages(speech)) rendered += await ensureLanguage(objects, speech, language, progress)
  return rendered
}

async function ensureLanguage(
  objects: FolderObjects,
  speech: SpeechPort,
  language: string,
  progress: (done: number, all: number) => void,
): Promise<number> {
  const stampKey = stampKeyOf(language)
  const stamp = await objects.get(stampKey)
  const made = stamp === undefined ? {} : (JSON.parse(new TextDecoder().decode(stamp)) as Record<string, string>)
  const ids = Object.keys(prompts)
  let rendered = 0
  for (const [index, id] of ids.entries()) {
    const text = promptText(id, language) ?? ''
    const hash = createHash('sha256').update(`${speech.name}\n${text}`).digest('hex').slice(0, 16)
    const key = `prompts/${language}/${id}.wav`
    if (made[id] === hash && (await objects.exists(key))) continue
    await objects.put(key, await speech.render(text, language), 'audio/wav')
    made[id] = hash
    rendered += 1
    progress(index + 1, ids.length)
  }
  if (rendered > 0) await objects.put(stampKey, new TextEncoder().encode(JSON.stringify(made)), 'application/json')
  return rendered
}

/** Gives media that are made of text their audio: rendered, stored, and named in the document. */
export async function ensureSpokenMedia(store: Store, accountId: string, speech: RenderOnce): Promise<void> {
  for (const media of await store.documents.all(accountId, 'media')) {
    if (media.source !== 'speech' || media.text === undefined || media.objectKey !== undefined) continue
    const objectKey = await speech.renderOnce(media.text, media.language)
    await store.documents.save(accountId, 'media', { ...media, objectKey }, { by: 'system' })
  }
}
