import { connect as connectTcp, createServer as createTcpServer, isIP, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { type CertificateFiles, followCertificate, readCertificate } from './certificate.ts'
import {
  AddressCount,
  flowId,
  type OpenFlow,
  plainAddress,
  type StreamLimits,
  type TransportEvents,
} from './open-flow.ts'
import { StreamFramer } from './stream-framer.ts'

/** TLS towards others. */
export interface TlsTrust {
  /** The certificate of whom we connect to must be good. @default true */
  readonly verify?: boolean
  /** Authorities to trust instead of the system's, PEM. */
  readonly authorities?: string
}

export interface StreamTransport {
  readonly address: string
  readonly port: number
  /** The connection we have to this peer, or a new one. `serverName` is what its certificate must say. */
  connect(address: string, port: number, serverName?: string): OpenFlow
  /** Resolves with a connection that is up, or with `undefined` when there is none within the time limit. */
  reach(address: string, port: number): Promise<OpenFlow | undefined>
  readonly connections: number
  close(): Promise<void>
}

const crlf = Buffer.from('\r\n')

/** Reads one connection: cuts it into messages, answers pings, and gives up on who sends too slowly or takes nothing. */
function serveSocket(socket: Socket, flow: OpenFlow, inbound: boolean, events: TransportEvents, limits: StreamLimits) {
  const framer = new StreamFramer()
  const openedMs = performance.now()
  let heard = !inbound
  let partialMs: number | undefined
  /** True when the sender is too slow: a byte now and then keeps no connection open. */
  const isLate = () => {
    const nowMs = performance.now()
    if (!framer.isPartial) partialMs = undefined
    else partialMs ??= nowMs
    return (
      (!heard && nowMs - openedMs > limits.firstMessageMs) ||
      (partialMs !== undefined && nowMs - partialMs > limits.messageMs)
    )
  }
  socket.setNoDelay(true)
  socket.on('timeout', () => socket.destroy())
  if (inbound) socket.setTimeout(limits.firstMessageMs)
  socket.on('data', (bytes) => {
    const framed = framer.push(bytes)
    if (framed.messages.length > 0) {
      heard = true
      partialMs = undefined
    }
    for (const message of framed.messages) if (flow.isOpen) events.received(message, flow)
    if (framed.pings > 0 && flow.isOpen) flow.write(crlf)
    if (framed.error !== undefined || isLate()) socket.destroy()
    else socket.setTimeout(framer.isPartial ? limits.messageMs : heard ? limits.idleMs : limits.firstMessageMs)
  })
}

/** A listener for SIP over TCP or TLS, and the connections it has and makes. RFC 3261 §18, RFC 5626 §3.5. */
export async function openStream(
  kind: 'tcp' | 'tls',
  host: string,
  port: number,
  events: TransportEvents,
  limits: StreamLimits,
  tls?: { readonly files: CertificateFiles; readonly trust?: TlsTrust },
): Promise<StreamTransport> {
  const flows = new Set<OpenFlow>()
  const perAddress = new AddressCount()
  /** Connections of ours, to be used again (RFC 3261 §18). */
  const outgoing = new Map<string, { readonly flow: OpenFlow; readonly up: Promise<OpenFlow | undefined> }>()
  const waiting = new Set<Socket>()

  const adopt = (socket: Socket, address: string, remotePort: number, inbound: boolean): OpenFlow => {
    const flow: OpenFlow = {
      id: flowId(kind),
      transport: kind,
      localAddress: plainAddress(socket.localAddress) || host,
      localPort: socket.localPort ?? 0,
      remoteAddress: address,
      remotePort,
      isOpen: true,
      write: (bytes) => {
        if (!flow.isOpen) return events.failed(flow)
        socket.write(bytes)
        // A reader that does not read is cut off before it eats our memory.
        if (socket.writableLength > limits.backlogMax) socket.destroy()
      },
      close: () => socket.destroy(),
    }
    flows.add(flow)
    socket.on('error', () => events.failed(flow))
    socket.on('close', () => {
      flow.isOpen = false
      flows.delete(flow)
      events.closed(flow)
    })
    serveSocket(socket, flow, inbound, events, limits)
    return flow
  }

  const server: Server =
    kind === 'tls' && tls !== undefined
      ? createTlsServer({ ...readCertificate(tls.files), handshakeTimeout: limits.firstMessageMs })
      : createTcpServer()
  if (kind === 'tls' && tls !== undefined)
    followCertificate(server as Parameters<typeof followCertificate>[0], tls.files)

  // Counted before any handshake: half-open TLS connections use sockets as well.
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress)
    if (waiting.size >= limits.connectionsMax || perAddress.of(address) >= limits.connectionsPerAddressMax)
      return void socket.destroy()
    waiting.add(socket)
    perAddress.add(address, 1)
    socket.on('close', () => {
      waiting.delete(socket)
      perAddress.add(address, -1)
    })
    socket.on('error', () => socket.destroy())
  })
  server.on(kind === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) => {
    if (!socket.destroyed) adopt(socket, plainAddress(socket.remoteAddress), socket.remotePort ?? 0, true)
  })
  server.on('tlsClientError', (_, socket: Socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // Too many open files must not end the process: the one connection is lost.
  server.on('error', () => {})
  const bound = server.address()

  const open = (address: string, remotePort: number, serverName: string | undefined) => {
    const key = `${address}|${remotePort}|${serverName ?? ''}`
    const known = outgoing.get(key)
    if (known?.flow.isOpen === true) return known
    const target = { host: address, port: remotePort }
    const socket =
      kind === 'tls'
        ? connectTls({
            ...target,
            ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
            ...(tls?.trust?.authorities === undefined ? {} : { ca: tls.trust.authorities }),
            rejectUnauthorized: tls?.trust?.verify !== false,
            minVersion: 'TLSv1.2',
          })
        : connectTcp(target)
    const flow = adopt(socket, address, remotePort, false)
    socket.setTimeout(limits.connectMs)
    const up = new Promise<OpenFlow | undefined>((resolve) => {
      socket.once(kind === 'tls' ? 'secureConnect' : 'connect', () => {
        socket.setTimeout(limits.idleMs)
        resolve(flow)
      })
      socket.once('close', () => {
        if (outgoing.get(key)?.flow === flow) outgoing.delete(key)
        resolve(undefined)
      })
    })
    const connection = { flow, up }
    outgoing.set(key, connection)
    return connection
  }

  return {
    address: host,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    get connections() {
      return flows.size
    },
    connect: (address, remotePort, serverName) => open(address, remotePort, serverName).flow,
    reach: (address, remotePort) => open(address, remotePort, undefined).up,
    async close() {
      for (const flow of flows) flow.close()
      for (const socket of waiting) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
