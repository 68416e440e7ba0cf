import { parseMessage, type SipMessage, serialise } from '../message.ts'
import type { System } from '../stack.ts'
import { ManualTimerQueue, type TimerQueue } from '../timer-queue.ts'
import type { TransportEvents } from '../transport/open-flow.ts'
import { createUdpFlows, type OpenUdp } from '../transport/udp.ts'

/** What happens to datagrams on their way. */
export interface Weather {
  /** Share that is lost, 0 to 1. */
  readonly loss: number
  /** Share that comes twice. */
  readonly duplication: number
  /** Longest time on the way, ms; each datagram has its own, so that they overtake each other. */
  readonly delayMaxMs: number
}

export const calm: Weather = { loss: 0, duplication: 0, delayMaxMs: 0 }

/** Steps of one `run`; a network that is busy for longer than this never comes to rest. */
const stepsMax = 200_000

/** A repeatable source of chance (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One agent's timers on the network's clock, counted by themselves. */
class ClockView implements TimerQueue {
  readonly #clock: ManualTimerQueue
  readonly #live = new Set<() => void>()

  constructor(clock: ManualTimerQueue) {
    this.#clock = clock
  }

  get nowMs(): number {
    return this.#clock.nowMs
  }

  get size(): number {
    return this.#live.size
  }

  at(atMs: number, callback: () => void): () => void {
    const stop = this.#clock.at(atMs, () => {
      this.#live.delete(cancel)
      callback()
    })
    const cancel = () => {
      this.#live.delete(cancel)
      stop()
    }
    this.#live.add(cancel)
    return cancel
  }

  close(): void {
    for (const cancel of [...this.#live]) cancel()
  }
}

/** A network in memory that loses, repeats and reorders datagrams, and the clock of all who are on it. No port is opened, no time passes. */
export class LossyNetwork {
  readonly clock = new ManualTimerQueue(1_000_000)
  readonly #random: () => number
  weather: Weather
  readonly #sockets = new Map<string, { readonly events: TransportEvents; flowTo: ReturnType<typeof createUdpFlows> }>()
  #ports = 5_000

  constructor(seed: number, weather: Weather) {
    this.#random = seededRandom(seed)
    this.weather = weather
  }

  /** What an agent on this network is given for its machine. */
  get system(): System {
    return { createTimerQueue: () => new ClockView(this.clock), openUdp: this.#openUdp }
  }

  readonly #openUdp: OpenUdp = async (host, port, events) => {
    this.#ports += 1
    const local = { address: host, port: port === 0 ? this.#ports : port }
    const key = `${local.address}|${local.port}`
    const flowTo = createUdpFlows(local, (bytes, remotePort, address) =>
      this.#carry(Uint8Array.from(bytes), key, `${address}|${remotePort}`),
    )
    this.#sockets.set(key, { events, flowTo })
    return { ...local, flowTo, close: async () => void this.#sockets.delete(key) }
  }

  /** Somebody at `address|port` who keeps what he is sent and says what the test wants. */
  peer(at: string, to: string): { readonly got: SipMessage[]; send(message: SipMessage | string): void } {
    const got: SipMessage[] = []
    const events: TransportEvents = {
      received(bytes) {
        const parsed = parseMessage(bytes)
        if (parsed.kind === 'message') got.push(parsed.message)
      },
      closed: () => {},
      failed: () => {},
    }
    const [address = '', port = '0'] = at.split('|')
    this.#sockets.set(at, { events, flowTo: createUdpFlows({ address, port: Number(port) }, () => {}) })
    const bytesOf = (message: SipMessage | string) =>
      typeof message === 'string' ? new TextEncoder().encode(message) : serialise(message)
    return { got, send: (message) => this.#carry(bytesOf(message), at, to) }
  }

  #carry(bytes: Uint8Array, from: string, to: string): void {
    const copies = this.#random() < this.weather.duplication ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#random() < this.weather.loss) continue
      const delayMs = 1 + this.#random() * this.weather.delayMaxMs
      this.clock.at(this.clock.nowMs + delayMs, () => this.inject(bytes, from, to))
    }
  }

  /** Hands bytes to whoever is at `to` (`address|port`), as if they came from `from`. */
  inject(bytes: Uint8Array, from: string, to: string): void {
    const socket = this.#sockets.get(to)
    const [address = '', port = '0'] = from.split('|')
    socket?.events.received(bytes, socket.flowTo(address, Number(port)))
  }

  /** Lets so much time pass, ms, deadline by deadline, with a pause for promises after each. */
  async run(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs + ms
    for (let step = 0; step < stepsMax; step += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = this.clock.nextAtMs
      if (next === undefined || next > untilMs) return this.clock.advance(untilMs - this.clock.nowMs)
      this.clock.advance(Math.max(0, next - this.clock.nowMs))
    }
    throw new Error('the network does not come to rest')
  }
}
