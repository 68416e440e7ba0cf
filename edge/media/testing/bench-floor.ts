/** The least a Node program can do for the same calls: no jitter, no guard, no reports, no second port. What the engine is held against. */
import { createSocket, type Socket } from 'node:dgram'
import { writeRtpHeader } from '../rtp-packet.ts'
import { parseSdp } from '../sdp.ts'
import { startClock } from '../worker/clock.ts'
import { goFirst } from '../worker/priority.ts'
import { CostMeter } from './bench-cost.ts'
import type { BenchKind, BenchRequest } from './bench-messages.ts'

const packetBytes = 172
/** Parts of 20 ms in which prompts go out, as the engine has them. */
const slots = 4

interface Leg {
  readonly socket: Socket
  readonly port: number
}

// As the engine's thread does.
goFirst()
const meter = new CostMeter()
let calls = 0

async function open(offer: string): Promise<Leg> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, found) => found(null, address, 4) })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return { socket, port: parseSdp(offer).media[0]?.port ?? 0 }
}

const answerOf = ({ socket }: Leg) =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${socket.address().port} RTP/AVP 0\r\n`

/** Whatever one hears is said to the other. */
function pass(from: Leg, to: Leg): void {
  from.socket.on('message', (bytes) => to.socket.send(bytes, to.port, '127.0.0.1'))
}

function playTo(legs: readonly Leg[]): void {
  let tick = 0
  startClock(20 / slots, () => {
    const frame = Math.floor(tick / slots)
    for (let index = tick % slots; index < legs.length; index += slots) {
      const { socket, port } = legs[index] ?? {}
      const packet = Buffer.allocUnsafe(packetBytes)
      writeRtpHeader(packet, 0, false, frame & 0xffff, (frame * 160) >>> 0, index)
      socket?.send(packet, port, '127.0.0.1')
    }
    tick += 1
  })
}

async function serve(kind: BenchKind, offers: readonly string[]): Promise<string[]> {
  meter.idle()
  const legs = await Promise.all(offers.map(open))
  calls = kind === 'bridge' ? legs.length / 2 : legs.length
  if (kind === 'prompt') playTo(legs)
  // Neighbours are joined: 0 with 1, 2 with 3.
  else for (const [index, leg] of legs.entries()) pass(leg, kind === 'echo' ? leg : (legs[index ^ 1] ?? leg))
  return legs.map(answerOf)
}

async function answer(request: BenchRequest): Promise<unknown> {
  if (request.type === 'serve') return { answers: await serve(request.kind, request.offers) }
  if (request.type === 'start') meter.start()
  return request.type === 'cost' ? meter.of(calls) : {}
}

process.on('message', (request: BenchRequest) => void answer(request).then((reply) => process.send?.(reply)))
