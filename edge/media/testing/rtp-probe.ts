import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { frameSamples, ulawDecode, ulawEncode } from '../g711.ts'
import { kindOfPacket, parseRtp, type RtpPacket, sequenceDistance, writeRtpHeader } from '../rtp-packet.ts'
import { parseSdp } from '../sdp.ts'

const payloadType = 0
const eventType = 101
const amplitude = 8_000
/** Packets kept at the most: a minute and more. */
const heardMax = 4_000

/** Strength of a frequency in µ-law samples, 0 to 1 of full scale: the Goertzel algorithm. */
export function strengthOf(samples: Uint8Array, frequencyHz: number): number {
  const k = 2 * Math.cos((2 * Math.PI * frequencyHz) / 8_000)
  let [a, b] = [0, 0]
  for (const code of samples) [a, b] = [(ulawDecode[code] ?? 0) + k * a - b, a]
  return (2 * Math.sqrt(Math.max(0, a * a + b * b - k * a * b))) / Math.max(1, samples.length) / 32_768
}

export interface HeardPacket extends RtpPacket {
  readonly atMs: number
}

/** The plain RTP of a phone, for tests and measurements over loopback: it sends a tone when told and keeps what it hears. */
export class RtpProbe {
  readonly #socket: Socket
  readonly heard: HeardPacket[] = []
  #target: { readonly address: string; readonly port: number } | undefined
  readonly ssrc = 0x0badcafe
  #sequence = 100
  #timestamp = 5_000
  #phase = 0

  static async open(): Promise<RtpProbe> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new RtpProbe(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes) => {
      // Reports for the probe that has the port before this one come here too.
      const packet = kindOfPacket(bytes) === 'rtp' ? parseRtp(bytes) : undefined
      if (packet === undefined || this.heard.length >= heardMax) return
      const { payload } = packet
      this.heard.push({ ...packet, payload, atMs: performance.now() })
    })
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** An offer of PCMU and telephone events; `port` pretends to be elsewhere, as behind a NAT. */
  offer({ port = this.port, direction = 'sendrecv' }: { port?: number; direction?: string } = {}): string {
    return [
      'v=0',
      'o=probe 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${port} RTP/AVP ${payloadType} ${eventType}`,
      `a=rtpmap:${eventType} telephone-event/8000`,
      `a=${direction}`,
      '',
    ].join('\r\n')
  }

  /** Sends to where a description says. */
  aim(description: string): void {
    const [line] = parseSdp(description).media
    this.#target = { address: line?.address ?? '127.0.0.1', port: line?.port ?? 0 }
  }

  /** Sends the next packets of a tone at once, `samples` each. A lost one is numbered and never sent. */
  say(frequencyHz: number, packets = 1, { samples = frameSamples, lose = false } = {}): void {
    for (let packet = 0; packet < packets; packet += 1) {
      const payload = new Uint8Array(samples)
      for (let index = 0; index < samples; index += 1) {
        const value = amplitude * Math.sin((2 * Math.PI * frequencyHz * this.#phase) / 8_000)
        payload[index] = ulawEncode[Math.round(value) & 0xffff] ?? 0xff
        this.#phase += 1
      }
      if (!lose) this.send(payload, payloadType, this.#sequence, this.#timestamp)
      this.#sequence = (this.#sequence + 1) & 0xffff
      this.#timestamp = (this.#timestamp + samples) >>> 0
    }
  }

  /** Sends a packet of any numbers and content. */
  send(payload: Uint8Array, type: number, sequence: number, timestamp: number): void {
    const packet = new Uint8Array(12 + payload.length)
    writeRtpHeader(packet, type, false, sequence, timestamp, this.ssrc)
    packet.set(payload, 12)
    if (this.#target !== undefined) this.#socket.send(packet, this.#target.port, this.#target.address)
  }

  /** Resolves when so many packets were heard; rejects after `withinMs`. */
  async hears(packets: number, withinMs = 2_000): Promise<readonly HeardPacket[]> {
    const signal = AbortSignal.timeout(withinMs)
    while (this.heard.length < packets) await once(this.#socket, 'message', { signal })
    return this.heard
  }

  /** Sequence numbers missing, and timestamps that do not follow by the length of the packet before. */
  continuity(): { readonly lost: number; readonly jumps: number } {
    let [lost, jumps] = [0, 0]
    for (const [index, packet] of this.heard.entries()) {
      const before = this.heard[index - 1]
      if (before === undefined) continue
      lost += Math.max(0, sequenceDistance(before.sequence, packet.sequence) - 1)
      if (packet.timestamp !== (before.timestamp + before.payload.length) >>> 0) jumps += 1
    }
    return { lost, jumps }
  }

  close(): void {
    this.#socket.close()
  }
}
