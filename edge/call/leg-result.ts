import type { LegResult } from '@offhook/shared/callflow/ring-plan.ts'

/** How a leg may fail. */
export type LegFailure = Exclude<LegResult, 'answered' | 'cancelled'>

/** What a final status says of the called party. R-030: a declined call is not a missed one. */
export function resultOf(sipStatus: number): LegFailure {
  if (sipStatus === 486 || sipStatus === 600) return 'busy'
  if (sipStatus === 603 || sipStatus === 403 || sipStatus === 607) return 'declined'
  if (sipStatus === 408 || sipStatus === 480 || sipStatus === 487) return 'no-answer'
  return 'failed'
}
