import * as z from 'zod'

/** A refusal, RFC 9457. `code` is the word to search for; `errors` names what is wrong in the request, field by field. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  /** What refers to the thing that was to be deleted; at most 100. */
  references: z.array(z.object({ kind: z.string(), id: z.string(), name: z.string(), field: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
