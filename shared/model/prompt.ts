import * as z from 'zod'
import { Id, Language, ref } from './id.ts'

/** An account's own replacement of a system prompt (R-188…R-190). Its id is `<language>.<prompt id>` with dots made dashes. */
export const Prompt = z.object({
  id: Id,
  promptId: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  language: Language,
  mediaId: ref('media', 'Media'),
})
export type Prompt = z.infer<typeof Prompt>
