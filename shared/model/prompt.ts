import * as z from 'zod'
import { Id, Language, ref } from './id.ts'

/** Id of an account's own replacement of a prompt: the account has one of each. */
export const promptDocumentId = (language: Language, promptId: string): string => `${language}-${promptId}`

/** An account's own replacement of a system prompt (R-188…R-190). */
export const Prompt = z.object({
  id: Id,
  promptId: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  language: Language,
  mediaId: ref('media', 'Media'),
})
export type Prompt = z.infer<typeof Prompt>
