import type { CallCounts } from '@offhook/store/facts.ts'

export interface CountedCall {
  readonly accountId: string
  readonly direction: 'inbound' | 'outbound' | 'internal'
  readonly deviceId?: string | undefined
  /** True when it occupies a line to the outside, whatever its direction. */
  readonly outside?: boolean | undefined
}

class AccountCounts implements CallCounts {
  callsUp = 0
  outboundUp = 0
  readonly #devices = new Map<string, number>()

  ofDevice(deviceId: string): number {
    return this.#devices.get(deviceId) ?? 0
  }

  count({ direction, deviceId, outside }: CountedCall, change: 1 | -1): void {
    this.callsUp += change
    if (direction === 'outbound' || outside === true) this.outboundUp += change
    if (deviceId === undefined) return
    const calls = this.ofDevice(deviceId) + change
    if (calls > 0) this.#devices.set(deviceId, calls)
    else this.#devices.delete(deviceId)
  }
}

const none: CallCounts = { callsUp: 0, outboundUp: 0, ofDevice: () => 0 }

/** How many calls each account has in this process, kept as they come and go. */
export class CallCounter {
  readonly #accounts = new Map<string, AccountCounts>()

  of(accountId: string): CallCounts {
    return this.#accounts.get(accountId) ?? none
  }

  add(call: CountedCall): void {
    const counts = this.#accounts.get(call.accountId) ?? new AccountCounts()
    this.#accounts.set(call.accountId, counts)
    counts.count(call, 1)
  }

  remove(call: CountedCall): void {
    const counts = this.#accounts.get(call.accountId)
    counts?.count(call, -1)
    if (counts?.callsUp === 0) this.#accounts.delete(call.accountId)
  }
}
