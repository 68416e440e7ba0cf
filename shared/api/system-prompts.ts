import * as z from 'zod'
import { Id, Language, Name } from '../model/id.ts'
import { contract } from './contract.ts'

/** Something the PBX says, and what the account has put in its place. */
export const SystemPrompt = z.object({
  promptId: z.string(),
  language: Language,
  /** Our own words in the language, or in the one that stands in for it. */
  text: z.string(),
  /** Absent: callers hear the default. */
  replacedBy: z.object({ id: Id, mediaId: Id, name: Name, language: Language, hasSound: z.boolean() }).optional(),
})
export type SystemPrompt = z.infer<typeof SystemPrompt>

export const listSystemPrompts = contract({
  method: 'get',
  path: '/system-prompts',
  tag: 'Replaced prompts',
  summary:
    'Everything the PBX says in a language, and whether the account has replaced it. To restore a default, delete the replacement',
  query: z.object({ language: Language.optional(), search: z.string().trim().min(1).max(128).optional() }),
  reply: z.object({ language: Language, languages: z.array(Language), items: z.array(SystemPrompt) }),
  status: 200,
  may: 'config:read',
})
