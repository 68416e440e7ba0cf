import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Arrival, Stall } from './rtp-phone.worker.ts'

const frameMs = 20

/** What an RTP phone heard, packet by packet. */
export interface Heard {
  readonly packets: readonly Arrival[]
  /** When the listener itself was kept waiting by the machine. */
  readonly stalls: readonly Stall[]
}

/**
 * The RTP of a phone in a thread of its own, so that nothing the test does delays its clock: it notes when each packet came, and says
 * silence every 20 ms to whom it was aimed at.
 */
export class RtpPhone {
  readonly #worker: Worker
  readonly port: number

  private constructor(worker: Worker, port: number) {
    this.#worker = worker
    this.port = port
  }

  static async open(): Promise<RtpPhone> {
    const worker = new Worker(new URL('./rtp-phone.worker.ts', import.meta.url))
    const [{ port }] = (await once(worker, 'message')) as [{ port: number }]
    return new RtpPhone(worker, port)
  }

  offer(): string {
    return [
      'v=0',
      'o=phone 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${this.port} RTP/AVP 0 101`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=sendrecv',
      '',
    ].join('\r\n')
  }

  /** Speaks from now on to where a description says; answers with the port. */
  aim(description: string): number {
    const port = Number(/m=audio (\d+)/.exec(description)?.[1])
    const address = /c=IN IP4 (\S+)/.exec(description)?.[1] ?? '127.0.0.1'
    this.#worker.postMessage({ aim: { address, port } })
    return port
  }

  /** Everything since the start or the last time. */
  async heard(): Promise<Heard> {
    const answer = once(this.#worker, 'message')
    this.#worker.postMessage({ report: true })
    return ((await answer) as [Heard])[0]
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

/**
 * The longest time between two packets beyond the 20 ms that belong there, ms. What the listener slept through itself is not counted: it says
 * nothing about who sent.
 */
export function longestStallMs({ packets, stalls }: Heard): number {
  let longest = 0
  for (const [index, packet] of packets.entries()) {
    const before = packets[index - 1]
    if (before === undefined) continue
    const own = stalls.filter(({ fromMs, toMs }) => toMs >= before.atMs && fromMs <= packet.atMs)
    const slept = own.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
    longest = Math.max(longest, packet.atMs - before.atMs - slept - frameMs)
  }
  return longest
}

export interface Continuity {
  readonly packets: number
  readonly sources: number
  /** Sequence numbers that did not come, came twice or came late. */
  readonly lost: number
  readonly disordered: number
  /** Packets whose timestamp does not follow from the one before by its own length. */
  readonly jumps: number
  /** How far timestamps and the clock drifted apart from the first packet to the last, ms. */
  readonly driftMs: number
}

/** How well the packets follow one another, RFC 3550 §5.1. */
export function continuityOf({ packets }: Heard): Continuity {
  let [lost, disordered, jumps, spokenMs] = [0, 0, 0, 0]
  for (const [index, packet] of packets.entries()) {
    const before = packets[index - 1]
    if (before === undefined || packet.ssrc !== before.ssrc) continue
    const step = ((packet.sequence - before.sequence + 0x8000) & 0xffff) - 0x8000
    if (step > 1) lost += step - 1
    if (step < 1) disordered += 1
    const samples = (packet.timestamp - before.timestamp) >>> 0
    if (samples !== before.samples) jumps += 1
    spokenMs += samples / 8
  }
  const sources = new Set(packets.map(({ ssrc }) => ssrc)).size
  const elapsedMs = (packets.at(-1)?.atMs ?? 0) - (packets[0]?.atMs ?? 0)
  return {
    packets: packets.length,
    sources,
    lost,
    disordered,
    jumps,
    driftMs: Math.round(Math.abs(spokenMs - elapsedMs)),
  }
}
