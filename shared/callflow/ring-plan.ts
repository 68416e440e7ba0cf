import * as z from 'zod'
import { EmergencyAddress } from '../model/emergency-address.ts'
import { Id } from '../model/id.ts'

/** Longest bridge one command asks for, seconds (SMA CallAndBridge); longer ringing is cut into several plans. */
export const planSecondsMax = 120
/** Legs of one plan: a ring group of everybody in a department, not of the whole company. */
export const planLegsMax = 100

/** Stages of one ringing: more than any has members. */
const planStagesMax = 1_000

/** Whose trunks a call leaves by. */
export const TrunkChoice = z.enum(['account', 'installation'])
export type TrunkChoice = z.infer<typeof TrunkChoice>

export const RingTarget = z.discriminatedUnion('kind', [
  /** Rings every live binding of the device's AOR. */
  z.object({ kind: z.literal('device'), deviceId: Id, username: z.string(), userId: Id.optional() }),
  /** Leaves through a trunk. `emergency` puts it before everything else and carries the address. */
  z.object({
    kind: z.literal('trunk'),
    number: z.string().max(36),
    callerId: z.object({ number: z.string().optional(), name: z.string().optional() }),
    deviceId: Id.optional(),
    userId: Id.optional(),
    /** Absent: the account's own first, then those of the installation. */
    carrier: TrunkChoice.optional(),
    emergency: z.object({ addressId: Id.optional(), address: EmergencyAddress.optional() }).optional(),
  }),
  z.object({ kind: z.literal('uri'), uri: z.string().max(255), deviceId: Id.optional(), userId: Id.optional() }),
  /** Nobody: the edge sends the caller's own sound back. */
  z.object({ kind: z.literal('echo') }),
])
export type RingTarget = z.infer<typeof RingTarget>

/** What tells one target from another: whoever has it is the same endpoint, reached by whatever way. */
export function endpointOf(target: RingTarget): string {
  switch (target.kind) {
    case 'device':
      return target.deviceId
    case 'trunk':
      return target.number
    case 'uri':
      return target.uri
    case 'echo':
      return 'echo'
  }
}

export const RingLeg = z.object({
  /** Unique in the plan: `1`, `2` … */
  id: z.string().max(8),
  target: RingTarget,
  delaySeconds: z.number().min(0).max(planSecondsMax).default(0),
  timeoutSeconds: z.number().min(1).max(planSecondsMax),
  /** The answering party must press 1 before this leg wins. */
  keyPress: z.boolean().default(false),
  /** `in-order`: legs of one stage ring together, as the phones of one person do. Absent: a stage of its own. */
  stage: z.int().min(0).max(planStagesMax).optional(),
})
export type RingLeg = z.infer<typeof RingLeg>

/** Who rings, when, and what they see. Decided by `step`, executed by the edge (and by the simulator) with `ring-execution.ts`. */
export const RingPlan = z.object({
  id: z.string().max(64),
  /** `in-order`: the next leg, or stage of legs, starts when the one before is over; delays are then ignored. */
  mode: z.enum(['together', 'in-order']).default('together'),
  legs: z.array(RingLeg).max(planLegsMax),
  timeoutSeconds: z.int().min(1).max(planSecondsMax),
  display: z.object({ name: z.string().max(64).optional(), number: z.string().max(64).optional() }),
  /** Phones are asked to answer by themselves, on loudspeaker (RFC 5373). */
  answersItself: z.boolean().optional(),
  /** Ends the whole ringing when one leg is declined. */
  stopOnDecline: z.boolean().default(false),
})
export type RingPlan = z.infer<typeof RingPlan>

export const LegResult = z.enum([
  'answered',
  'busy',
  'declined',
  'unregistered',
  'no-answer',
  'cancelled',
  'failed',
  'no-key',
  'no-trunk',
])
export type LegResult = z.infer<typeof LegResult>

/** How a plan ended. `answered` names the leg that won; otherwise `reason` is the most telling of the legs' results. */
export const RingOutcome = z.object({
  planId: z.string().max(64),
  answered: z
    .object({ legId: z.string(), deviceId: Id.optional(), userId: Id.optional(), number: z.string().optional() })
    .optional(),
  reason: LegResult,
  legs: z
    .array(
      z.object({
        legId: z.string(),
        result: LegResult,
        sipStatus: z.int().optional(),
        alertedAtMs: z.number().optional(),
      }),
    )
    .max(planLegsMax),
})
export type RingOutcome = z.infer<typeof RingOutcome>
