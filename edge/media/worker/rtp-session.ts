import type { RemoteInfo } from 'node:dgram'
import { meanOpinionScore } from '../e-model.ts'
import { alawToUlaw, frameSamples, recode, ulawSilence, ulawToAlaw } from '../g711.ts'
import { JitterBuffer } from '../jitter-buffer.ts'
import type { MediaStats } from '../media-engine.ts'
import type { Codec } from '../negotiation.ts'
import { kindOfPacket, parseRtp, type RtpPacket, rtpHeaderBytes, withHeaderRoom } from '../rtp-packet.ts'
import { SourceGuard } from '../source-guard.ts'
import { SrtpReceiver, SrtpSender } from '../srtp.ts'
import { BrowserTransport } from './browser-transport.ts'
import { DigitSender } from './digit-sender.ts'
import type { Handshakes } from './handshakes.ts'
import { IncomingStream } from './incoming-stream.ts'
import type { BrowserSide, StreamSettings } from './messages.ts'
import { OutgoingStream } from './outgoing-stream.ts'
import type { Player } from './player.ts'
import type { PortPair } from './port-pair.ts'
import type { Recorder } from './recorder.ts'
import { Reports } from './reports.ts'

/** One-way: nothing heard although we have sent for this long, frames: 3 s. */
const oneWayFrames = 150
/** Ticks without a relayed packet before the clock sends silence: 200 ms. */
const relayRestTicks = 10
/** Sources playing over each other to one leg; the oldest ends when there are more. */
const playersMax = 8
/** Delay of the far end's jitter buffer and ours, assumed for the opinion score, ms. */
const bufferDelayMs = 40
const silence = new Uint8Array(frameSamples).fill(ulawSilence)
const silenceAlaw = recode(silence, ulawToAlaw)

/** The media of one leg: its sockets, what it sends each tick, what it makes of what it hears. Inside everything is µ-law. */
export class RtpSession {
  readonly id: string
  readonly #ports: PortPair
  readonly #onDigit: (digit: string) => void
  #browser: BrowserTransport | undefined
  #settings: StreamSettings | undefined
  readonly #guard = new SourceGuard()
  #sealer: { readonly master: Uint8Array; readonly srtp: SrtpSender } | undefined
  #opener: { readonly master: Uint8Array; readonly srtp: SrtpReceiver } | undefined
  readonly #out = new OutgoingStream()
  readonly #in = new IncomingStream()
  readonly #reports = new Reports(Date.now())
  readonly #digitSender = new DigitSender()
  #packetsSent = 0
  #restedTicks = relayRestTicks
  #players: Player[] = []
  #recorders: Recorder[] = []
  /** What the leg hears, in order, while somebody records it. */
  #outgoing: JitterBuffer | undefined
  /** The part of each 20 ms in which this session's tick falls. */
  slot = 0
  echo = false
  /** The leg this one hears directly, packet for packet. */
  peer: RtpSession | undefined
  muted = false
  mixing = false
  /** What was heard in this tick, µ-law; for mixing and recording. */
  heard: Uint8Array | undefined

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

  /** Makes this the session of a browser; answers with what its description has to say. */
  async openBrowser(handshakes: Handshakes): Promise<BrowserSide> {
    this.#browser = new BrowserTransport(this.id, handshakes, {
      send: (bytes, to) => this.#ports.rtp.send(bytes, to.port, to.address),
      proved: (source) => this.#guard.prove(source),
      keyed: (local, remote) => {
        this.#sealer = { master: local.master, srtp: new SrtpSender(local) }
        this.#opener = { master: remote.master, srtp: new SrtpReceiver(remote) }
      },
    })
    return { ...(await this.#browser.open()), ssrc: this.#out.ssrc }
  }

  /** Takes what was agreed, again after each re-INVITE. Contexts of SRTP live on while their keys stay: their counters must. */
  configure(settings: StreamSettings): void {
    this.#settings = settings
    if (settings.dtls !== undefined) return this.#browser?.configure(settings.dtls)
    this.#guard.announce(settings.remote === undefined ? undefined : this.#ports.reachable(settings.remote))
    const { local, remote } = settings.srtp ?? {}
    if (local === undefined || remote === undefined) {
      this.#sealer = undefined
      this.#opener = undefined
      return
    }
    const isSame = (known: { readonly master: Uint8Array } | undefined, key: Uint8Array) =>
      known !== undefined && Buffer.compare(known.master, key) === 0
    if (!isSame(this.#sealer, local.master)) this.#sealer = { master: local.master, srtp: new SrtpSender(local) }
    if (!isSame(this.#opener, remote.master)) this.#opener = { master: remote.master, srtp: new SrtpReceiver(remote) }
  }

  get #isSecure(): boolean {
    return this.#settings?.srtp !== undefined || this.#settings?.dtls !== undefined
  }

  #received(raw: Buffer, from: RemoteInfo): void {
    const kind = kindOfPacket(raw)
    if (kind === 'rtp') return this.#heardRtp(raw, from)
    if (kind === 'rtcp') return this.#report(raw)
    if (kind === 'stun') this.#browser?.stun(raw, from, performance.now())
    else if (kind === 'dtls') this.#browser?.dtls(raw, from)
  }

  #heardRtp(raw: Buffer, from: RemoteInfo): void {
    const settings = this.#settings
    if (settings === undefined) return
    const isSecure = this.#isSecure
    const bytes = isSecure ? this.#opener?.srtp.unprotect(raw) : raw
    const packet = bytes === undefined ? undefined : parseRtp(bytes)
    if (packet === undefined) return
    const isEvent = packet.payloadType === settings.eventType
    if (packet.payloadType !== settings.payloadType && !isEvent) return
    const nowMs = performance.now()
    if (!this.#guard.admits(from.address, from.port, packet.sequence, isSecure, nowMs)) return
    this.#in.note(packet, nowMs)
    if (isEvent) return this.#event(packet, nowMs)
    this.#in.keep(packet, settings.codec)
    // A packet is passed on once, in its own bytes.
    if (this.echo) this.#relay(packet, settings.codec)
    else if (this.peer !== undefined && !this.muted) this.peer.#relay(packet, settings.codec)
  }

  #event(packet: RtpPacket, nowMs: number): void {
    const digit = this.#in.digit(packet, nowMs)
    if (digit !== undefined) this.digit(digit)
    if (this.peer !== undefined && !this.muted) this.peer.#relayEvent(packet, digit)
  }

  /** A digit of the far end, however it came. */
  digit(digit: string): void {
    for (const player of this.#players) player.digit(digit)
    for (const recorder of this.#recorders) recorder.digit(digit)
    this.#onDigit(digit)
  }

  get #isOccupied(): boolean {
    return this.#digitSender.isBusy || this.#players.length > 0
  }

  /** Sends a packet of another leg on at once: no clock, no decoding between like codecs. */
  #relay(packet: RtpPacket, codec: Codec): void {
    const settings = this.#settings
    if (settings === undefined || this.#isOccupied) return
    const own =
      codec === settings.codec
        ? (packet.plain ?? withHeaderRoom(packet.payload))
        : withHeaderRoom(recode(packet.payload, codec === 'PCMU' ? ulawToAlaw : alawToUlaw))
    const bytes = this.#out.relay(packet, own, settings.payloadType, own.length - rtpHeaderBytes)
    if (bytes === undefined) return
    this.#restedTicks = 0
    this.#outgoing?.push(
      bytes.subarray(rtpHeaderBytes),
      bytes.readUInt32BE(4),
      settings.codec === 'PCMU' ? undefined : alawToUlaw,
    )
    this.#send(bytes)
  }

  /** Passes a digit on as it comes; to a leg that knows no telephone events it goes as tones. */
  #relayEvent(packet: RtpPacket, digit: string | undefined): void {
    const settings = this.#settings
    if (settings === undefined || this.#isOccupied) return
    if (settings.eventType === undefined) {
      this.#out.skip(packet.ssrc)
      if (digit !== undefined) this.#digitSender.push(digit, 100, () => undefined)
      return
    }
    const duration = ((packet.payload[2] ?? 0) << 8) | (packet.payload[3] ?? 0)
    const own = packet.plain ?? withHeaderRoom(packet.payload)
    const bytes = this.#out.relay(packet, own, settings.eventType, duration)
    if (bytes === undefined) return
    this.#restedTicks = 0
    this.#send(bytes)
  }

  #send(packet: Buffer): void {
    const { sends = false } = this.#settings ?? {}
    const to = this.#guard.destination
    if (!sends || to === undefined || (this.#isSecure && this.#sealer === undefined)) return
    if (this.#browser?.hasConsent(performance.now()) === false) return
    this.#packetsSent += 1
    this.#ports.rtp.send(this.#sealer?.srtp.protect(packet) ?? packet, to.port, to.address)
  }

  sendDigits(digits: string, toneMs: number, done: () => void): void {
    this.#digitSender.push(digits, toneMs, done)
  }

  play(player: Player): void {
    this.#players.push(player)
    if (this.#players.length > playersMax) this.#players[0]?.finish({ ended: 'stopped' })
  }

  record(recorder: Recorder): void {
    this.#recorders.push(recorder)
  }

  /** Ends a playing or a recording. */
  stop(job: number): void {
    this.#players.find((player) => player.job === job)?.finish({ ended: 'stopped' })
    this.#recorders.find((recorder) => recorder.job === job)?.finish('stopped')
  }

  pause(job: number, isPaused: boolean): void {
    this.#recorders.find((recorder) => recorder.job === job)?.setPaused(isPaused)
  }

  /** First half of a tick: takes what is due out of the jitter buffer. */
  listen(): void {
    this.heard = this.#in.pop(this.mixing || this.#recorders.length > 0)
  }

  /** Second half: a digit, what is played, what the mixer made, or silence so that the far end and its NAT hear that we are here. */
  speak(mixed: Uint8Array | undefined): void {
    const settings = this.#settings
    if (settings === undefined) return
    this.#restedTicks += 1
    if (this.#digitSender.isBusy) this.#speakDigit(settings)
    else {
      const frame = this.#playing() ?? mixed
      if (frame !== undefined || this.#restedTicks > relayRestTicks) this.#speakFrame(frame, settings)
      else if (this.#restedTicks > 1) this.#out.wait()
    }
    if (this.#recorders.length > 0) this.#feedRecorders()
    if (this.#reports.isDue(Date.now())) this.#sendReport(settings)
  }

  #speakFrame(frame: Uint8Array | undefined, settings: StreamSettings): void {
    if (frame !== undefined) this.#outgoing?.push(frame, this.#out.timestamp)
    const quiet = settings.codec === 'PCMU' ? silence : silenceAlaw
    const said = frame === undefined || settings.codec === 'PCMU' ? frame : recode(frame, ulawToAlaw)
    this.#send(this.#out.frame(said ?? quiet, settings.payloadType))
  }

  /** The newest playing is heard; older ones wait for it to end. */
  #playing(): Uint8Array | undefined {
    while (this.#players.length > 0) {
      const player = this.#players.at(-1)
      const frame = player?.next()
      if (player?.isOver !== true) return frame ?? silence
      this.#players.pop()
      this.#out.startAnew()
    }
    return undefined
  }

  #digitStartsAt = 0
  #speakDigit(settings: StreamSettings): void {
    const { eventType } = settings
    const step = this.#digitSender.next(eventType !== undefined)
    if (step?.kind === 'event' && eventType !== undefined) {
      if (step.isFirst) this.#digitStartsAt = this.#out.timestamp
      this.#send(this.#out.event(step.payload, eventType, step.isFirst, this.#digitStartsAt))
    } else if (step?.kind === 'audio') this.#speakFrame(step.frame, settings)
    else this.#out.pause()
  }

  #feedRecorders(): void {
    this.#recorders = this.#recorders.filter((recorder) => !recorder.isOver)
    const wantsOutgoing = this.#recorders.some((recorder) => recorder.wantsOutgoing)
    if (wantsOutgoing) this.#outgoing ??= new JitterBuffer()
    else this.#outgoing = undefined
    const said = this.#outgoing?.pop()
    for (const recorder of this.#recorders) recorder.frame(this.heard, said)
  }

  get #senderFacts() {
    return {
      ssrc: this.#out.ssrc,
      packets: this.#packetsSent,
      octets: this.#packetsSent * frameSamples,
      timestamp: this.#out.timestamp,
    }
  }

  #sendReport(settings: StreamSettings): void {
    this.#sendRtcp(this.#reports.make(this.#senderFacts, this.#in.ssrc, this.#in.reception, Date.now()), settings)
  }

  #sendRtcp(report: Buffer, settings: StreamSettings): void {
    const to = this.#guard.destination
    if (to === undefined || (this.#isSecure && this.#sealer === undefined)) return
    const bytes = this.#sealer?.srtp.protectReport(report) ?? report
    if (settings.rtcpMux) this.#ports.rtp.send(bytes, to.port, to.address)
    // Behind a NAT the address is the one audio comes from; the port can only be the one that was announced.
    else if (settings.remote !== undefined) this.#ports.rtcp.send(bytes, settings.remote.rtcpPort, to.address)
  }

  #report(raw: Buffer): void {
    const bytes = this.#isSecure ? this.#opener?.srtp.unprotectReport(raw) : raw
    if (bytes !== undefined) this.#reports.read(bytes, this.#senderFacts, Date.now())
  }

  stats(): MediaStats {
    const { received, lost, expected, jitter } = this.#in.reception
    const { roundTripMs, farEnd } = this.#reports
    const sent = this.#packetsSent
    return {
      codec: this.#settings?.codec ?? 'none',
      packetsSent: sent,
      packetsReceived: received,
      packetsLost: lost,
      jitterMs: Math.round(jitter / 0.8) / 10,
      ...(roundTripMs === undefined ? {} : { roundTripMs: Math.round(roundTripMs) }),
      ...(farEnd === undefined ? {} : { farEnd }),
      mos: meanOpinionScore(expected === 0 ? 0 : lost / expected, bufferDelayMs + (roundTripMs ?? 0) / 2),
      oneWay: (sent >= oneWayFrames && received === 0) || (received >= oneWayFrames && sent === 0),
    }
  }

  close(): void {
    for (const player of this.#players) player.finish({ ended: 'stopped' })
    for (const recorder of this.#recorders) recorder.finish('closed')
    this.#digitSender.close()
    if (this.#settings !== undefined && this.#packetsSent > 0)
      this.#sendRtcp(this.#reports.bye(this.#senderFacts, Date.now()), this.#settings)
    this.#browser?.close()
    this.#ports.close()
  }
}
