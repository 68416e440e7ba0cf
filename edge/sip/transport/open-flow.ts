import type { Flow, SipTransport } from '../user-agent.ts'

/** A flow the stack itself can write to and close. */
export interface OpenFlow extends Flow {
  isOpen: boolean
  write(bytes: Uint8Array): void
  close(): void
}

export interface TransportEvents {
  /** One whole message, framing removed. */
  readonly received: (bytes: Uint8Array, flow: OpenFlow) => void
  readonly closed: (flow: OpenFlow) => void
  /** Writing failed: the transactions on the flow are told. */
  readonly failed: (flow: OpenFlow) => void
}

/** Bounds on strangers. */
export interface StreamLimits {
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** A connection that has not sent a whole message by then is closed, ms. */
  readonly firstMessageMs: number
  /** A message that has not come whole by then closes its connection, ms. */
  readonly messageMs: number
  /** Silence before a connection is closed; phones keep theirs alive every two minutes or sooner (RFC 5626 §4.4.1), ms. */
  readonly idleMs: number
  /** A connection of ours that is not up by then has failed, ms. */
  readonly connectMs: number
  /** Bytes waiting to be written to one slow reader. */
  readonly backlogMax: number
}

export const streamLimits: StreamLimits = {
  connectionsMax: 20_000,
  connectionsPerAddressMax: 2_000,
  firstMessageMs: 10_000,
  messageMs: 15_000,
  idleMs: 15 * 60_000,
  connectMs: 5_000,
  backlogMax: 1 << 20,
}

let made = 0
/** Unique in the process. */
export const flowId = (transport: SipTransport): string => {
  made += 1
  return `${transport}-${made}`
}

export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '')

/** Connections by address, for the cap on one stranger. */
export class AddressCount {
  readonly #counts = new Map<string, number>()

  of(address: string): number {
    return this.#counts.get(address) ?? 0
  }

  add(address: string, by: 1 | -1): void {
    const count = this.of(address) + by
    if (count <= 0) this.#counts.delete(address)
    else this.#counts.set(address, count)
  }
}
