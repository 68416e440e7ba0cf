import type { Flow, SipTransport } from '../user-agent.ts'

/** A flow the stack itself can write to and close. */
export interface OpenFlow extends Flow {
  isOpen: boolean
  write(bytes: Uint8Array): void
  close(): void
}

export type Received = (bytes: Uint8Array, flow: OpenFlow) => void

export interface TransportEvents {
  /** One whole message, framing removed. */
  readonly received: Received
  readonly closed: (flow: OpenFlow) => void
  /** Writing failed: the transactions on the flow are told. */
  readonly failed: (flow: OpenFlow) => void
}

/** Bounds on strangers. Connections of one address, all connections, and silence before a connection is closed. */
export interface StreamLimits {
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** A connection that has not sent a whole message by then is closed, ms. */
  readonly firstMessageMs: number
  readonly idleMs: number
  /** Bytes waiting to be written to one slow reader. */
  readonly backlogMax: number
}

export const streamLimits: StreamLimits = {
  connectionsMax: 20_000,
  connectionsPerAddressMax: 2_000,
  firstMessageMs: 10_000,
  idleMs: 15 * 60_000,
  backlogMax: 1 << 20,
}

let made = 0
/** Unique in the process. */
export const flowId = (transport: SipTransport): string => {
  made += 1
  return `${transport}-${made}`
}

export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '')
