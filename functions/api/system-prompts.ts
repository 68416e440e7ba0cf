import { listSystemPrompts, type SystemPrompt } from '@offhook/shared/api/system-prompts.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import type { Prompt } from '@offhook/shared/model/prompt.ts'
import { promptFallbacks, promptLanguages, prompts, promptText } from '@offhook/shared/prompts/prompts.ts'
import { languageDefault } from '../speech/voices.ts'
import { type Api, serve } from './serve.ts'

/** What the PBX says, and what an account says in its place. */
export function serveSystemPrompts(api: Api): void {
  const { store } = api
  serve(api, listSystemPrompts, async ({ query }, { accountId }) => {
    const [account, replaced, recordings] = await Promise.all([
      store.documents.get(accountId, 'account', singletonId),
      store.documents.all(accountId, 'prompt'),
      store.documents.all(accountId, 'media'),
    ])
    const language = query.language ?? account?.document.language ?? languageDefault
    const replacement = (promptId: string): SystemPrompt['replacedBy'] => {
      const found = replacing(replaced, promptId, language)
      const media = found && recordings.find(({ id }) => id === found.mediaId)
      return found === undefined || media === undefined
        ? undefined
        : {
            id: found.id,
            mediaId: media.id,
            name: media.name,
            language: found.language,
            hasSound: media.objectKey !== undefined || media.text !== undefined,
          }
    }
    const words = query.search?.toLowerCase() ?? ''
    const items = Object.keys(prompts)
      .map((promptId) => ({
        promptId,
        language,
        text: promptText(promptId, promptFallbacks(language).at(-1) ?? language) ?? '',
        replacedBy: replacement(promptId),
      }))
      .filter(({ promptId, text }) => `${promptId} ${text}`.toLowerCase().includes(words))
    const languages = [...new Set([...promptLanguages, ...replaced.map((one) => one.language)])].toSorted()
    return { language, languages, items }
  })
}

/** What a call in a language hears in place of a prompt: in the language itself, else in the one that stands in for it. */
const replacing = (replaced: readonly Prompt[], promptId: string, language: string): Prompt | undefined =>
  promptFallbacks(language)
    .map((one) => replaced.find((prompt) => prompt.promptId === promptId && prompt.language === one))
    .find((prompt) => prompt !== undefined)
