import { randomBytes } from 'node:crypto'
import type { RemoteInfo } from 'node:dgram'
import { DigitReceiver, type EventPayload, eventPayloads } from '../dtmf.ts'
import { alawToUlaw, frameSamples, recode, ulawSilence, ulawToAlaw } from '../g711.ts'
import { JitterBuffer } from '../jitter-buffer.ts'
import type { MediaStats } from '../media-engine.ts'
import { meanOpinionScore, Reception } from '../reception.ts'
import { readReport, senderReport } from '../rtcp.ts'
import { parseRtp, type RtpPacket, rtpHeaderBytes, writeRtpHeader } from '../rtp-packet.ts'
import type { StreamSettings } from './messages.ts'
import type { Player } from './player.ts'
import type { PortPair } from './port-pair.ts'
import type { Recorder } from './recorder.ts'
import { Srtp } from './srtp.ts'

const reportMs = 5_000
/** One-way: nothing heard although we have sent for this long, frames. */
const oneWayFrames = 150
/** Ticks without a relayed packet before the clock sends again. */
const relayRestTicks = 3
/** Digits waiting to be sent. */
const digitsMax = 50
const commaFrames = 25
const silence = new Uint8Array(frameSamples).fill(ulawSilence)

/** The RTP of one leg: its sockets, what it sends each tick, what it makes of what it hears. Inside everything is µ-law. */
export class RtpSession {
  readonly id: string
  readonly #ports: PortPair
  readonly #onDigit: (digit: string) => void
  #settings: StreamSettings | undefined
  #srtp: Srtp | undefined
  #latched: { address: string; port: number } | undefined
  readonly #ssrc = randomBytes(4).readUInt32BE(0)
  #sequence = randomBytes(2).readUInt16BE(0)
  #timestamp = randomBytes(4).readUInt32BE(0)
  #marker = true
  #packetsSent = 0
  #theirSsrc: number | undefined
  #reception = new Reception()
  #lastSr = { value: 0, atMs: 0 }
  #roundTripMs: number | undefined
  #reportAtMs = 0
  readonly #digits = new DigitReceiver()
  #jitter = new JitterBuffer()
  #sending:
    | { readonly packets: (EventPayload | undefined)[]; readonly start: number; readonly done: () => void }
    | undefined
  #relayedTick = -relayRestTicks
  #tick = 0
  players: Player[] = []
  recorders: Recorder[] = []
  echo = false
  /** The leg this one hears directly, packet for packet. */
  peer: RtpSession | undefined
  muted = false
  /** What was heard in this tick, µ-law; for mixing and recording. */
  heard: Uint8Array | undefined
  #sentFrame: Uint8Array | undefined

  constructor(id: string, ports: PortPair, onDigit: (digit: string) => void) {
    this.id = id
    this.#ports = ports
    this.#onDigit = onDigit
    ports.rtp.on('message', (bytes, from) => this.#received(bytes, from))
    ports.rtcp.on('message', (bytes) => this.#report(bytes))
  }

  get port(): number {
    return this.#ports.port
  }

  configure(settings: StreamSettings): void {
    const moved =
      settings.remoteAddress !== this.#settings?.remoteAddress || settings.remotePort !== this.#settings?.remotePort
    // A new description may name a new place; the source is learned anew then, and only then (nobody else may take the call over).
    if (moved) this.#latched = undefined
    if (
      settings.srtp !== undefined &&
      (this.#settings?.srtp === undefined || Buffer.compare(settings.srtp.remote, this.#settings.srtp.remote) !== 0)
    )
      this.#srtp = new Srtp(settings.srtp)
    this.#settings = settings
  }

  /** True while only packets pass and no frame need be taken apart. */
  get #wantsFrames(): boolean {
    return this.recorders.length > 0 || this.mixing
  }
  mixing = false

  #received(raw: Buffer, from: RemoteInfo): void {
    const settings = this.#settings
    if (settings === undefined) return
    const latched = this.#latched
    if (latched !== undefined && (latched.address !== from.address || latched.port !== from.port)) return
    const bytes = this.#srtp === undefined ? raw : this.#srtp.unprotect(raw)
    const packet = bytes === undefined ? undefined : parseRtp(bytes)
    if (
      packet === undefined ||
      (packet.payloadType !== settings.payloadType && packet.payloadType !== settings.eventType)
    )
      return
    // Symmetric RTP: answers go to where the stream really comes from (RFC 4961), which mends NAT.
    this.#latched ??= { address: from.address, port: from.port }
    if (packet.ssrc !== this.#theirSsrc) {
      this.#theirSsrc = packet.ssrc
      this.#reception = new Reception()
      this.#jitter = new JitterBuffer()
    }
    this.#reception.heard(packet.sequence, packet.timestamp, Date.now())
    if (packet.payloadType === settings.eventType) return this.#event(packet)
    const payload = settings.codec === 'PCMU' ? packet.payload : undefined
    if (this.echo) this.#relay(packet.payload, settings.codec, packet.marker)
    if (this.peer !== undefined && !this.muted) this.peer.#relay(packet.payload, settings.codec, packet.marker)
    if (this.#wantsFrames)
      this.#jitter.push(
        packet.sequence,
        payload === undefined ? recode(packet.payload, alawToUlaw) : Uint8Array.from(payload),
      )
  }

  #event(packet: RtpPacket): void {
    const digit = this.#digits.receive(packet.payload, packet.timestamp, Date.now())
    if (digit !== undefined) this.digit(digit)
    if (this.peer !== undefined && !this.muted) this.peer.#relayEvent(packet)
  }

  /** A digit of the far end, however it came. */
  digit(digit: string): void {
    for (const player of this.players) player.digit(digit)
    for (const recorder of this.recorders) recorder.digit(digit)
    this.#onDigit(digit)
  }

  /** Sends a packet of another leg on at once: no clock, no decoding between like codecs. */
  #relay(payload: Uint8Array, codec: 'PCMU' | 'PCMA', marker: boolean): void {
    const settings = this.#settings
    if (settings === undefined || this.#sending !== undefined || this.players.length > 0) return
    this.#relayedTick = this.#tick
    const bytes = codec === settings.codec ? payload : recode(payload, codec === 'PCMU' ? ulawToAlaw : alawToUlaw)
    if (this.recorders.length > 0)
      this.#sentFrame = codec === 'PCMU' ? Uint8Array.from(payload) : recode(payload, alawToUlaw)
    this.#send(bytes, settings.payloadType, marker || this.#marker, this.#timestamp)
    this.#timestamp = (this.#timestamp + bytes.length) >>> 0
    this.#marker = false
  }

  #relayEventStart: { theirs: number; ours: number } | undefined
  #relayEvent(packet: RtpPacket): void {
    const { eventType } = this.#settings ?? {}
    if (eventType === undefined) return
    if (this.#relayEventStart?.theirs !== packet.timestamp)
      this.#relayEventStart = { theirs: packet.timestamp, ours: this.#timestamp }
    this.#relayedTick = this.#tick
    this.#send(packet.payload, eventType, packet.marker, this.#relayEventStart.ours)
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
  }

  #send(payload: Uint8Array, payloadType: number, marker: boolean, timestamp: number): void {
    const settings = this.#settings
    if (settings === undefined || !settings.sends) return
    const packet = new Uint8Array(rtpHeaderBytes + payload.length)
    writeRtpHeader(packet, payloadType, marker, this.#sequence, timestamp, this.#ssrc)
    packet.set(payload, rtpHeaderBytes)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#packetsSent += 1
    const bytes = this.#srtp === undefined ? packet : this.#srtp.protect(packet)
    const { address, port } = this.#latched ?? { address: settings.remoteAddress, port: settings.remotePort }
    if (port > 0 && address !== '0.0.0.0') this.#ports.rtp.send(bytes, port, address)
  }

  sendDigits(digits: string, toneMs: number, done: () => void): void {
    const eventType = this.#settings?.eventType
    if (eventType === undefined || this.#sending !== undefined) return done()
    const gap: undefined[] = [undefined, undefined, undefined, undefined]
    const packets = [...digits.slice(0, digitsMax)].flatMap((digit) =>
      digit === ',' ? Array.from({ length: commaFrames }, () => undefined) : [...eventPayloads(digit, toneMs), ...gap],
    )
    this.#sending = { packets, start: this.#timestamp, done }
  }

  /** Takes what is due out of the jitter buffer. */
  listen(): void {
    this.#tick += 1
    this.heard = this.#wantsFrames ? this.#jitter.pop() : undefined
  }

  /** One tick: a digit being sent, what is played, what the mixer made, or silence so that the far end hears that we are here. */
  speak(mixed: Uint8Array | undefined): void {
    const settings = this.#settings
    if (settings === undefined) return
    const relaying = this.#tick - this.#relayedTick < relayRestTicks
    if (this.#sending !== undefined) this.#sendEvent(settings)
    else {
      const frame = this.#playing() ?? mixed
      if (frame !== undefined || !relaying) {
        const out = frame ?? silence
        this.#send(
          settings.codec === 'PCMU' ? out : recode(out, ulawToAlaw),
          settings.payloadType,
          this.#marker,
          this.#timestamp,
        )
        this.#timestamp = (this.#timestamp + frameSamples) >>> 0
        this.#marker = false
        this.#sentFrame = out
      }
    }
    for (const recorder of this.recorders) recorder.frame(this.heard, this.#sentFrame)
    if (this.recorders.length > 0) {
      this.recorders = this.recorders.filter((recorder) => !recorder.isOver)
      this.#sentFrame = undefined
    }
    this.#reportWhenDue()
  }

  /** The newest playing is heard; older ones wait for it to end. */
  #playing(): Uint8Array | undefined {
    while (this.players.length > 0) {
      const player = this.players.at(-1)
      const frame = player?.next()
      if (player?.isOver !== true) return frame ?? silence
      this.players.pop()
      this.#marker = true
    }
    return undefined
  }

  #sendEvent(settings: StreamSettings): void {
    const sending = this.#sending
    const [packet] = sending?.packets.splice(0, 1) ?? []
    if (packet !== undefined && settings.eventType !== undefined)
      this.#send(packet.bytes, settings.eventType, packet.first, (this.#timestamp - packet.sinceStart) >>> 0)
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
    if (sending !== undefined && sending.packets.length === 0) {
      this.#sending = undefined
      this.#marker = true
      sending.done()
    }
  }

  #reportWhenDue(): void {
    const nowMs = Date.now()
    const settings = this.#settings
    if (
      nowMs < this.#reportAtMs ||
      settings === undefined ||
      this.#packetsSent === 0 ||
      settings.remoteAddress === '0.0.0.0'
    )
      return
    this.#reportAtMs = nowMs + reportMs
    const them =
      this.#theirSsrc === undefined
        ? undefined
        : {
            ssrc: this.#theirSsrc,
            reception: this.#reception,
            lastSr: this.#lastSr.value,
            lastSrAtMs: this.#lastSr.atMs,
          }
    const report = senderReport(
      {
        ssrc: this.#ssrc,
        packets: this.#packetsSent,
        octets: this.#packetsSent * frameSamples,
        timestamp: this.#timestamp,
      },
      them,
      nowMs,
    )
    this.#ports.rtcp.send(
      this.#srtp === undefined ? report : this.#srtp.protectReport(report),
      settings.remoteRtcpPort,
      this.#latched?.address ?? settings.remoteAddress,
    )
  }

  #report(raw: Buffer): void {
    const bytes = this.#srtp === undefined ? raw : this.#srtp.unprotectReport(raw)
    if (bytes === undefined || bytes.length > 1_500) return
    const heard = readReport(bytes, this.#ssrc, Date.now())
    if (heard.lastSr !== undefined) this.#lastSr = { value: heard.lastSr, atMs: Date.now() }
    this.#roundTripMs = heard.roundTripMs ?? this.#roundTripMs
  }

  stats(): MediaStats {
    const { received, lost, expected, jitter } = this.#reception
    const delayMs = 40 + (this.#roundTripMs ?? 0) / 2
    return {
      codec: this.#settings?.codec ?? 'none',
      packetsSent: this.#packetsSent,
      packetsReceived: received,
      packetsLost: lost,
      jitterMs: Math.round(jitter / 0.8) / 10,
      ...(this.#roundTripMs === undefined ? {} : { roundTripMs: Math.round(this.#roundTripMs) }),
      mos: meanOpinionScore(expected === 0 ? 0 : lost / expected, delayMs),
      oneWay:
        (this.#packetsSent > oneWayFrames && received === 0) || (received > oneWayFrames && this.#packetsSent === 0),
    }
  }

  close(): void {
    for (const player of this.players) player.finish({ ended: 'stopped' })
    for (const recorder of this.recorders) recorder.finish('closed')
    this.#sending?.done()
    this.#ports.rtp.close()
    this.#ports.rtcp.close()
  }
}
