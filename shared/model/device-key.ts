import * as z from 'zod'

/** More keys than any phone with its expansion modules is worth describing. */
export const keysMax = 96

/** A key of a desk phone: `lamp` watches an extension and calls it, `speed-dial` calls, `line` is one more key of the same line. */
export const DeviceKey = z.object({
  does: z.enum(['line', 'lamp', 'speed-dial']).meta({ title: 'Does' }),
  label: z.string().trim().max(32).default('').meta({ title: 'Label' }),
  number: z
    .string()
    .regex(/^\+?[\d*#]{1,36}$/, 'Use digits, * and #, with an optional + in front.')
    .optional()
    .meta({ title: 'Number' }),
})
export type DeviceKey = z.infer<typeof DeviceKey>
