import type { SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import type { CallOpening } from './call-opening.ts'

/** What the runtime writes down as calls go by; none of it waits for the disk. `closed` makes sure that the call has its one CDR. */
export interface CallJournal {
  opened(call: CallOpening): void
  turn(callId: string, event: SmaEvent): void
  closed(callId: string): void
}
