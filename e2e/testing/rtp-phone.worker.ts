import { createSocket } from 'node:dgram'
import { parentPort } from 'node:worker_threads'

export interface Arrival {
  readonly atMs: number
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  readonly payloadType: number
  readonly samples: number
}

export interface Stall {
  readonly fromMs: number
  readonly toMs: number
}

const frameMs = 20
const frameSamples = 160
const silence = 0xff
/** How often the thread looks at its own clock, and how late it may be without having been kept waiting, ms. */
const lookMs = 5
const latenessMs = 10
/** An hour of packets. */
const packetsMax = 180_000

const socket = createSocket('udp4')
let packets: Arrival[] = []
let stalls: Stall[] = []
let target: { readonly address: string; readonly port: number } | undefined

socket.on('message', (bytes) => {
  // RTCP and what somebody else sends here is not the phone's sound.
  const payloadType = (bytes[1] ?? 0) & 0x7f
  if (bytes.length < 12 || (bytes[0] ?? 0) >> 6 !== 2 || (payloadType >= 64 && payloadType <= 95)) return
  if (packets.length >= packetsMax) return
  packets.push({
    atMs: performance.now(),
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payloadType,
    samples: bytes.length - 12,
  })
})

let lookedAt = performance.now()
setInterval(() => {
  const now = performance.now()
  if (now - lookedAt > lookMs + latenessMs) stalls.push({ fromMs: lookedAt + lookMs, toMs: now })
  lookedAt = now
}, lookMs)

/** Silence of a phone nobody speaks into, paced by the clock: a late packet does not delay the ones after it. */
const began = performance.now()
let frames = 0
const packet = Buffer.alloc(12 + frameSamples, silence)
packet.writeUInt16BE(0x8000, 0)
packet.writeUInt32BE(0x0ff1ce, 8)

function speak(): void {
  const due = Math.floor((performance.now() - began) / frameMs)
  for (; frames <= due; frames += 1) {
    packet.writeUInt16BE(frames & 0xffff, 2)
    packet.writeUInt32BE((frames * frameSamples) >>> 0, 4)
    if (target !== undefined) socket.send(Buffer.from(packet), target.port, target.address)
  }
  setTimeout(speak, began + frames * frameMs - performance.now())
}

parentPort?.on('message', (message: { aim?: typeof target; report?: true }) => {
  if (message.aim !== undefined) target = message.aim
  if (message.report === undefined) return
  parentPort?.postMessage({ packets, stalls })
  packets = []
  stalls = []
})

socket.bind(0, '127.0.0.1', () => {
  parentPort?.postMessage({ port: socket.address().port })
  speak()
})
