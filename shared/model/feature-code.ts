import * as z from 'zod'
import { Id } from './id.ts'

/** Something dialled from a phone, star first (R-158…R-161). Its id is the feature's name, such as `voicemail-check`. */
export const FeatureCode = z.object({
  id: Id,
  enabled: z.boolean().default(true),
  /** Digits after the star; the star is fixed. `*1` here means two stars were asked for: `**`. */
  digits: z.string().regex(/^\*?\d{0,4}$/),
  /** True when more digits may follow, such as *971001. */
  takesDigits: z.boolean().default(false),
  /** Module type the code runs and its parameters. */
  module: z.string().regex(/^[a-z][a-z0-9-]{1,63}$/),
  params: z.record(z.string(), z.unknown()).default({}),
})
export type FeatureCode = z.infer<typeof FeatureCode>
