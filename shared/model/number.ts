import * as z from 'zod'

/** A public number in E.164 with its plus sign, RFC 3966 §5.1.4. */
export const E164 = z.string().regex(/^\+[1-9]\d{6,14}$/, 'Use E.164, such as +16045550100.')
export type E164 = z.infer<typeof E164>

/** An internal number: digits kept as typed (`'007'` keeps its zeros), 2 to 7 digits: E.164 starts at 8 with the plus sign. */
export const ExtensionNumber = z.string().regex(/^\d{2,7}$/, 'Use 2 to 7 digits.')
export type ExtensionNumber = z.infer<typeof ExtensionNumber>

/** What a callflow can answer: an extension, a DID, or a feature code such as `*97`. */
export const CallflowNumber = z
  .string()
  .max(36)
  .regex(/^(\d{2,7}|\+[1-9]\d{6,14}|\*{1,2}\d{1,6})$/, 'Use an extension (2 to 7 digits), a DID (+1…) or a star code.')
export type CallflowNumber = z.infer<typeof CallflowNumber>

/** What somebody dialled or forwarded to, as typed; normalised before use. At most 36 characters. */
export const DialString = z
  .string()
  .min(1)
  .max(36)
  .regex(/^\+?[\d*#().\s-]+$/, 'Use digits, with an optional + in front.')

/** Classes a call can be restricted by. Emergency is no class: it can never be restricted. */
export const NumberClass = z.enum(['toll-free', 'national', 'caribbean', 'international', 'premium', 'unknown'])
export type NumberClass = z.infer<typeof NumberClass>

/** Missing class: inherit from the level above; the account's own default denies what fraudsters call. */
export const Restrictions = z.partialRecord(NumberClass, z.enum(['allow', 'deny'])).meta({ title: 'Call restrictions' })
export type Restrictions = z.infer<typeof Restrictions>
