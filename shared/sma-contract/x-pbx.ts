/**
 * The two headers Offhook itself puts into the contract. Only their shape is here; signing and packing need Node and live on
 * both sides (`functions/sma/trust.ts`, `functions/sma/ring-header.ts`, `edge/sma/x-pbx.ts`).
 */
import * as z from 'zod'
import { RingPlan } from '../callflow/ring-plan.ts'
import { Origin } from '../callflow/vocabulary.ts'
import { Id } from '../model/id.ts'

export const xPbxCall = 'X-Pbx-Call'
export const xPbxRing = 'X-Pbx-Ring'

/** Seconds a signed `X-Pbx-Call` is believed after it was made. */
export const xPbxCallSeconds = 60
/** Characters of `X-Pbx-Ring`; a longer plan travels as an item and the header names its key. */
export const xPbxRingCharsMax = 2_000

/** What the edge vouches for: who calls, on whose behalf, and what they dialled. `exp` is in seconds since 1970. */
export const XPbxCall = z.object({
  call: z.string().min(1).max(64),
  account: Id,
  origin: Origin,
  dialled: z.string().max(64),
  number: z.string().max(64).optional(),
  name: z.string().max(64).optional(),
  anonymous: z.boolean().optional(),
  linked: z.string().max(64).optional(),
  exp: z.int().min(0),
})
export type XPbxCall = z.infer<typeof XPbxCall>

/** Who is to ring, for which call. */
export const XPbxRing = z.object({ account: Id, call: z.string().min(1).max(64), plan: RingPlan })
export type XPbxRing = z.infer<typeof XPbxRing>

/** Object that tells how a plan ended, on planes whose events cannot: written by the edge, read by the handler. */
export const outcomeKey = (accountId: string, planId: string): string => `outcomes/${accountId}/${planId}.json`
