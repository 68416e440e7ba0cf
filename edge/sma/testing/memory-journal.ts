import type { CallRecord } from '@offhook/shared/callflow/call-record.ts'
import type { CallJournal } from '../call-journal.ts'
import type { CallOpening } from '../call-opening.ts'
import { closingRecord } from '../closing-cdr.ts'

/** The journal's promise without its disk: a call that is over has one CDR, the handler's or ours. */
export class MemoryJournal implements CallJournal {
  readonly open = new Map<string, CallOpening>()
  readonly ended = new Set<string>()
  readonly #share: (records: readonly CallRecord[]) => Promise<void>
  readonly #now: () => number

  constructor(share: (records: readonly CallRecord[]) => Promise<void>, now: () => number) {
    this.#share = share
    this.#now = now
  }

  async share(records: readonly CallRecord[]): Promise<void> {
    for (const record of records) if (record.kind === 'ended') this.ended.add(record.callId)
    await this.#share(records)
  }

  opened(call: CallOpening): void {
    this.open.set(call.callId, call)
  }

  turn(): void {}

  closed(callId: string): void {
    const opening = this.open.get(callId)
    this.open.delete(callId)
    if (opening === undefined || this.ended.has(callId)) return
    const at = new Date(this.#now()).toISOString()
    void this.share([closingRecord({ opening }, at, 'the handler gave no end')])
  }
}
