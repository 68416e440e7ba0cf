import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NextHop } from './next-hop.ts'
import type { CertificateFiles } from './transport/certificate.ts'
import { type OpenFlow, type StreamLimits, streamLimits, type TransportEvents } from './transport/open-flow.ts'
import { openStream, type StreamTransport, type TlsTrust } from './transport/stream.ts'
import type { OpenUdp, UdpTransport } from './transport/udp.ts'
import { openWebSocket, type WebSocketTransport } from './transport/websocket.ts'
import { uriHost } from './uri.ts'
import type { SipTransport } from './user-agent.ts'

export interface TransportOptions {
  readonly listen: {
    readonly host: string
    readonly udpPort?: number
    readonly tcpPort?: number
    readonly tlsPort?: number
    readonly tls?: CertificateFiles
    /** Whom we believe when we connect by TLS. @default the system's authorities */
    readonly trust?: TlsTrust
  }
  /** HTTP servers that carry SIP over WebSocket. */
  readonly webSockets?: readonly {
    readonly server: HttpServer | HttpsServer
    readonly path: string
    readonly secure: boolean
  }[]
  /** Host put into Contact and Via when it is not the listening address. */
  readonly advertise?: string
}

/** RFC 3261 §18.1.1: a request longer than this should not go by UDP when there is another way, bytes. */
const datagramMax = 1_300

/** How long a peer is given to take a TCP connection before a large request goes by UDP after all, ms. */
const reachMs = 1_000
/** Peers known to take none, and how long that is believed. */
const datagramOnlyMax = 1_000
const datagramOnlyMs = 10 * 60_000

const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** Address others reach us by when we listen on all of them. */
function outsideAddress(host: string): string {
  const wanted = isIPv6(host) ? 'IPv6' : 'IPv4'
  const found = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === wanted)
  return found?.address ?? (wanted === 'IPv6' ? '::1' : '127.0.0.1')
}

/** Ports tried when any will do for UDP and TCP alike. */
const twinsMax = 20

/** "Any port" means one number for both, so that one address stands for the agent: what UDP got may be taken on TCP. */
async function openTwins<U extends { readonly port: number; close(): Promise<void> }, T>(
  openUdp: (port: number) => Promise<U>,
  openTcp: (port: number) => Promise<T>,
  udpPort: number | undefined,
  tcpPort: number | undefined,
): Promise<[U | undefined, T | undefined]> {
  for (let tries = 1; ; tries += 1) {
    const udp = udpPort === undefined ? undefined : await openUdp(udpPort)
    try {
      return [udp, tcpPort === undefined ? undefined : await openTcp(tcpPort === 0 ? (udp?.port ?? 0) : tcpPort)]
    } catch (error) {
      if (udpPort !== 0 || tcpPort !== 0 || tries >= twinsMax) throw error
      await udp?.close()
    }
  }
}

/** Every socket of a user agent: what it listens on, how others reach it, and flows to them. */
export class Transports {
  readonly udp: UdpTransport | undefined
  readonly tcp: StreamTransport | undefined
  readonly tls: StreamTransport | undefined
  readonly #webSockets: readonly WebSocketTransport[]
  readonly #datagramOnly = new Map<string, number>()
  /** As it stands in Via and Contact: IPv6 in brackets. */
  readonly host: string

  private constructor(
    host: string,
    udp: UdpTransport | undefined,
    tcp: StreamTransport | undefined,
    tls: StreamTransport | undefined,
    webSockets: readonly WebSocketTransport[],
  ) {
    this.host = uriHost(host)
    this.udp = udp
    this.tcp = tcp
    this.tls = tls
    this.#webSockets = webSockets
  }

  /** Rejects when a port is taken or a certificate cannot be read; nothing is left open then. */
  static async open(
    options: TransportOptions,
    limits: Partial<StreamLimits>,
    events: TransportEvents,
    openUdp: OpenUdp,
  ): Promise<Transports> {
    const { host, udpPort, tcpPort, tlsPort, tls, trust } = options.listen
    const bounds = { ...streamLimits, ...limits }
    const opened: { close(): Promise<void> }[] = []
    const keep = <T extends { close(): Promise<void> }>(transport: T): T => {
      opened.push(transport)
      return transport
    }
    try {
      const [udp, tcp] = await openTwins(
        async (port) => keep(await openUdp(host, port, events)),
        async (port) => keep(await openStream('tcp', host, port, events, bounds)),
        udpPort,
        tcpPort,
      )
      const secure = tls === undefined ? undefined : { files: tls, ...(trust === undefined ? {} : { trust }) }
      const tlsTransport =
        tlsPort === undefined || secure === undefined
          ? undefined
          : keep(await openStream('tls', host, tlsPort, events, bounds, secure))
      const webSockets = (options.webSockets ?? []).map((one) =>
        keep(openWebSocket(one.server, one.path, one.secure, events, bounds)),
      )
      const outside = options.advertise ?? (isAny(host) ? outsideAddress(host) : host)
      return new Transports(outside, udp, tcp, tlsTransport, webSockets)
    } catch (error) {
      await Promise.all(opened.map((one) => one.close()))
      throw error
    }
  }

  /** `host:port` of ours for Via and Contact on a transport. */
  sentBy(transport: SipTransport): string {
    if (transport === 'ws' || transport === 'wss') return this.host
    const port = transport === 'udp' ? this.udp?.port : transport === 'tls' ? this.tls?.port : this.tcp?.port
    return `${this.host}:${port ?? 5_060}`
  }

  /** A flow to the next hop. A large request whose transport nobody chose goes by TCP where that answers, else by UDP. */
  async flowTo(hop: NextHop, requestBytes: number): Promise<OpenFlow> {
    if (hop.transport === 'udp' && hop.isOpenChoice && requestBytes > datagramMax) {
      const stream = await this.#reach(hop)
      if (stream !== undefined) return stream
    }
    if (hop.transport === 'udp' && this.udp !== undefined) return this.udp.flowTo(hop.address, hop.port)
    if (hop.transport === 'tcp' && this.tcp !== undefined) return this.tcp.connect(hop.address, hop.port)
    if (hop.transport === 'tls' && this.tls !== undefined)
      return this.tls.connect(hop.address, hop.port, hop.serverName)
    throw new Error(`no ${hop.transport} transport`)
  }

  async #reach(hop: NextHop): Promise<OpenFlow | undefined> {
    const peer = `${hop.address}|${hop.port}`
    if (this.tcp === undefined || (this.#datagramOnly.get(peer) ?? 0) > performance.now()) return undefined
    const stream = await Promise.race([
      this.tcp.reach(hop.address, hop.port),
      sleep(reachMs, undefined, { ref: false }),
    ])
    if (stream === undefined) {
      if (this.#datagramOnly.size >= datagramOnlyMax) this.#datagramOnly.clear()
      this.#datagramOnly.set(peer, performance.now() + datagramOnlyMs)
    }
    return stream
  }

  get connections(): number {
    return (
      (this.tcp?.connections ?? 0) +
      (this.tls?.connections ?? 0) +
      this.#webSockets.reduce((sum, one) => sum + one.connections, 0)
    )
  }

  async close(): Promise<void> {
    await Promise.all([
      this.udp?.close(),
      this.tcp?.close(),
      this.tls?.close(),
      ...this.#webSockets.map((one) => one.close()),
    ])
  }
}
