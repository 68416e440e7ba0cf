import { createHash } from 'node:crypto'
import type { RenderOnce } from '@offhook/functions/speech/render-once.ts'
import type { SpeechPort } from '@offhook/functions/speech/speech-port.ts'
import { toneNames, toneWav } from '@offhook/functions/speech/tones.ts'
import { prompts } from '@offhook/shared/prompts/prompts.ts'
import type { FolderObjects } from '@offhook/store/objects/folder.ts'
import type { Store } from '@offhook/store/store.ts'

const language = 'en-US'

/** Which texts the prompts in the store were made from, so that changed ones are made anew. */
const stampKey = `prompts/${language}/texts.json`

/** Makes sure that every prompt and tone is in the object store. `progress` hears how many are done. Answers with how many were made. */
export async function ensurePrompts(
  objects: FolderObjects,
  speech: SpeechPort,
  progress: (done: number, all: number) => void,
): Promise<number> {
  const stamp = await objects.get(stampKey)
  const made = stamp === undefined ? {} : (JSON.parse(new TextDecoder().decode(stamp)) as Record<string, string>)
  const all = Object.entries(prompts)
  let rendered = 0
  for (const tone of toneNames)
    if (!(await objects.exists(`tones/${tone}.wav`))) await objects.put(`tones/${tone}.wav`, toneWav(tone), 'audio/wav')
  for (const [index, [id, text]] of all.entries()) {
    const hash = createHash('sha256').update(`${speech.name}\n${text}`).digest('hex').slice(0, 16)
    const key = `prompts/${language}/${id}.wav`
    if (made[id] === hash && (await objects.exists(key))) continue
    await objects.put(key, await speech.render(text, language), 'audio/wav')
    made[id] = hash
    rendered += 1
    progress(index + 1, all.length)
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
