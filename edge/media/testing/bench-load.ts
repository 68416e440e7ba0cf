import { createSocket, type Socket } from 'node:dgram'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { sequenceDistance, writeRtpHeader } from '../rtp-packet.ts'
import { parseSdp } from '../sdp.ts'
import { startClock } from '../worker/clock.ts'
import { goFirst } from '../worker/priority.ts'
import { cpuMs } from './bench-cost.ts'
import type { BenchRequest, HeardResult } from './bench-messages.ts'

const packetBytes = 172
/** Phones are spread over 20 ms, so that they do not talk in step. */
const slots = 20
/** Where the time of sending stands in a payload. */
const stampAt = 12
/** Sent and heard before anything is counted, ms: streams settle, code gets hot. */
const settleMs = 1_500

/** One phone: what it hears is counted while it is measured. */
class Phone {
  readonly socket: Socket
  readonly #packet = Buffer.alloc(packetBytes, 0xff)
  #sequence = 0
  #timestamp = 0
  target = 0
  received = 0
  lost = 0
  #lastAtMs: number | undefined
  #lastSequence: number | undefined
  readonly pacingMs: number[] = []
  readonly roundTripsMs: number[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('message', (bytes) => this.#heard(bytes))
  }

  offer(): string {
    const { port } = this.socket.address()
    return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`
  }

  say(): void {
    writeRtpHeader(this.#packet, 0, false, this.#sequence, this.#timestamp, this.target)
    this.#packet.writeDoubleBE(performance.now(), stampAt)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = (this.#timestamp + 160) >>> 0
    this.socket.send(this.#packet, this.target, '127.0.0.1')
  }

  #heard(bytes: Buffer): void {
    // Reports for the phone that has the port before this one come here too.
    if (bytes.length !== packetBytes) return
    const nowMs = performance.now()
    const sequence = bytes.readUInt16BE(2)
    if (this.#lastAtMs !== undefined && this.#lastSequence !== undefined) {
      this.pacingMs.push(Math.abs(nowMs - this.#lastAtMs - 20))
      this.lost += Math.max(0, sequenceDistance(this.#lastSequence, sequence) - 1)
    }
    this.#lastAtMs = nowMs
    this.#lastSequence = sequence
    this.received += 1
    this.roundTripsMs.push(nowMs - bytes.readDoubleBE(stampAt))
  }

  /** Forgets what was counted; the stream goes on. */
  reset(): void {
    this.received = 0
    this.lost = 0
    this.pacingMs.length = 0
    this.roundTripsMs.length = 0
  }
}

// What measures must not itself be kept waiting by other programs.
goFirst()
let phones: Phone[] = []

async function open(calls: number): Promise<string[]> {
  phones = await Promise.all(
    Array.from({ length: calls }, async () => {
      const socket = createSocket({ type: 'udp4', lookup: (address, _options, found) => found(null, address, 4) })
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
      return new Phone(socket)
    }),
  )
  return phones.map((phone) => phone.offer())
}

function talk(answers: readonly string[], sends: boolean): void {
  for (const [index, phone] of phones.entries()) phone.target = parseSdp(answers[index] ?? '').media[0]?.port ?? 0
  if (!sends) return
  let slot = 0
  startClock(20 / slots, () => {
    for (let index = slot; index < phones.length; index += slots) phones[index]?.say()
    slot = (slot + 1) % slots
  })
}

const percentile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0

async function measure(ms: number): Promise<HeardResult> {
  const wait = (duration: number) => new Promise((resolve) => setTimeout(resolve, duration))
  await wait(settleMs)
  for (const phone of phones) phone.reset()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const [beganMs, cpuBeganMs] = [performance.now(), cpuMs()]
  await wait(ms)
  delay.disable()
  const phonesCpu = (cpuMs() - cpuBeganMs) / (performance.now() - beganMs)
  const received = phones.reduce((sum, phone) => sum + phone.received, 0)
  const lost = phones.reduce((sum, phone) => sum + phone.lost, 0)
  const roundTripP99Ms = percentile(
    phones.flatMap((phone) => phone.roundTripsMs),
    0.99,
  )
  return {
    loss: lost / Math.max(1, received + lost),
    pacingP99Ms: percentile(
      phones.flatMap((phone) => phone.pacingMs),
      0.99,
    ),
    // Of a prompt the stamp is no time: a difference beyond a minute says so.
    ...(Math.abs(roundTripP99Ms) < 60_000 ? { roundTripP99Ms } : {}),
    phonesLateP99Ms: Math.max(0, delay.percentile(99) / 1e6 - 5),
    phonesCpu,
    silent: phones.filter((phone) => phone.received === 0).length,
  }
}

async function answer(request: BenchRequest): Promise<unknown> {
  if (request.type === 'open') return { offers: await open(request.calls) }
  if (request.type === 'measure') return measure(request.ms)
  if (request.type === 'talk') talk(request.answers, request.sends)
  return {}
}

process.on('message', (request: BenchRequest) => void answer(request).then((reply) => process.send?.(reply)))
