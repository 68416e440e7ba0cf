import * as z from 'zod'
import { Id, Language, Name } from './id.ts'

/** A piece of audio of the account. `objectKey` names telephony-format WAV; text-made media is rendered when saved. */
export const Media = z.object({
  id: Id,
  name: Name.meta({ title: 'Name' }),
  kind: z.enum(['recording', 'menu-greeting', 'hold-music', 'voicemail-greeting', 'name']).default('recording'),
  source: z.enum(['upload', 'speech', 'phone', 'browser']).default('upload'),
  text: z.string().max(3_000).optional().meta({ title: 'Text to speak' }),
  language: Language.default('en-US'),
  objectKey: z.string().max(1024).optional(),
  durationMs: z.int().min(0).optional(),
})
export type Media = z.infer<typeof Media>
