import * as z from 'zod'
import { Id } from './id.ts'
import { CallflowNumber } from './number.ts'

/** Derived when saved: which callflow answers a number. Its id is `numberRouteId(number)`. */
export const NumberRoute = z.object({ id: Id, number: CallflowNumber, callflowId: Id })
export type NumberRoute = z.infer<typeof NumberRoute>

/** Document id of a number: `+16045550100` → `p16045550100`, `*97` → `s97`, `**1` → `ss1`, digits get `n` in front. */
export const numberRouteId = (number: string): string =>
  number.startsWith('+') ? `p${number.slice(1)}` : number.startsWith('*') ? number.replaceAll('*', 's') : `n${number}`

/** Derived: which box a voicemail number names. Its id is the number. */
export const MailboxRoute = z.object({ id: Id, voicemailBoxId: Id })
export type MailboxRoute = z.infer<typeof MailboxRoute>

/** Feature codes an account may have. */
export const featureCodesMax = 100

/** Derived, one an account (id `account`): what must be known to route anything dialled. */
export const Routing = z.object({
  id: Id,
  /** Linear-time regular expressions of callflows, in saved order. At most 500. */
  patterns: z
    .array(z.object({ pattern: z.string().max(256), callflowId: Id }))
    .max(500)
    .default([]),
  /** Every feature code of the account, disabled ones included: dialled, they say so. */
  featureCodes: z
    .array(
      z.object({
        id: Id,
        enabled: z.boolean(),
        digits: z.string(),
        takesDigits: z.boolean(),
        module: z.string(),
        params: z.record(z.string(), z.unknown()),
      }),
    )
    .max(featureCodesMax)
    .default([]),
  /** How many generations of default codes the account was given: what it deleted of those does not come back. */
  featureCodesGiven: z.int().min(1).default(1),
  /** Numbers of the account with a confirmed emergency address, in saved order. */
  emergencyNumbers: z
    .array(z.object({ number: z.string(), addressId: Id }))
    .max(2_000)
    .default([]),
})
export type Routing = z.infer<typeof Routing>
