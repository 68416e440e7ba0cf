import * as z from 'zod'

/** A name, a number, both or neither: precedence is decided field by field. */
export const CallerIdentity = z.object({
  name: z.string().trim().min(1).max(35).optional().meta({ title: 'Name' }),
  number: z
    .string()
    .regex(/^(\+[1-9]\d{6,14}|\d{2,15})$/, 'Use an extension or E.164.')
    .optional()
    .meta({ title: 'Number' }),
})
export type CallerIdentity = z.infer<typeof CallerIdentity>

export const CallerIdKind = z.enum(['internal', 'external', 'emergency'])
export type CallerIdKind = z.infer<typeof CallerIdKind>

/** What is shown to the called party, by kind of call; on account, user and device. */
export const CallerIds = z.object({
  internal: CallerIdentity.optional(),
  external: CallerIdentity.optional(),
  emergency: CallerIdentity.optional(),
})
export type CallerIds = z.infer<typeof CallerIds>
