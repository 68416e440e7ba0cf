import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { connect as connectTcp, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { flowId, type OpenFlow, plainAddress, type StreamLimits, type TransportEvents } from './flow-table.ts'
import { StreamFramer } from './stream-framer.ts'

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface StreamTransport {
  readonly address: string
  readonly port: number
  connect(address: string, port: number): OpenFlow
  readonly connections: number
  close(): Promise<void>
}

const crlf = Buffer.from('\r\n')
/** How often certificate files are looked at, ms; renewals are seen within a minute. */
const certificatePollMs = 30_000

function openTlsServer(files: CertificateFiles): Server {
  const read = () => ({ cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) })
  const server = createTlsServer({ ...read(), minVersion: 'TLSv1.2', handshakeTimeout: 10_000 })
  watchFile(files.certFile, { interval: certificatePollMs, persistent: false }, () => {
    try {
      server.setSecureContext({ ...read(), minVersion: 'TLSv1.2' })
    } catch (error) {
      // Half a renewal: the old certificate goes on until both files fit.
      server.emit('tlsClientError', error)
    }
  })
  server.on('close', () => unwatchFile(files.certFile))
  return server
}

/** A listener for SIP over TCP or TLS, and the connections it has and makes. RFC 3261 §18, RFC 5626 §3.5. */
export async function openStream(
  kind: 'tcp' | 'tls',
  host: string,
  port: number,
  events: TransportEvents,
  limits: StreamLimits,
  files?: CertificateFiles,
): Promise<StreamTransport> {
  const flows = new Map<string, OpenFlow>()
  const perAddress = new Map<string, number>()
  /** Connections of our own making by where they go: one serves all that goes there (RFC 3261 §18). */
  const made = new Map<string, OpenFlow>()

  const adopt = (socket: Socket, address: string, remotePort: number, inbound: boolean): OpenFlow => {
    const framer = new StreamFramer()
    const count = (by: number) => {
      const now = (perAddress.get(address) ?? 0) + by
      if (now <= 0) perAddress.delete(address)
      else perAddress.set(address, now)
    }
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
    count(1)
    flows.set(flow.id, flow)
    socket.setNoDelay(true)
    socket.setTimeout(inbound ? limits.firstMessageMs : limits.idleMs, () => socket.destroy())
    socket.on('data', (bytes) => {
      const framed = framer.push(bytes)
      if (framed.messages.length > 0 || framed.pings > 0) socket.setTimeout(limits.idleMs)
      if (framed.pings > 0 && flow.isOpen) socket.write(crlf)
      for (const message of framed.messages) events.received(message, flow)
      if (framed.error !== undefined) socket.destroy()
    })
    socket.on('error', () => events.failed(flow))
    socket.on('close', () => {
      flow.isOpen = false
      count(-1)
      flows.delete(flow.id)
      events.closed(flow)
    })
    return flow
  }

  const server = kind === 'tls' && files !== undefined ? openTlsServer(files) : createTcpServer()
  const accept = (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress)
    if (flows.size >= limits.connectionsMax || (perAddress.get(address) ?? 0) >= limits.connectionsPerAddressMax)
      return socket.destroy()
    adopt(socket, address, socket.remotePort ?? 0, true)
  }
  server.on(kind === 'tls' ? 'secureConnection' : 'connection', accept)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const bound = server.address()
  return {
    address: host,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    get connections() {
      return flows.size
    },
    connect(address, remotePort) {
      const known = made.get(`${address} ${remotePort}`)
      if (known?.isOpen === true) return known
      const socket =
        kind === 'tls'
          ? connectTls({ host: address, port: remotePort, rejectUnauthorized: false, minVersion: 'TLSv1.2' })
          : connectTcp({ host: address, port: remotePort })
      const flow = adopt(socket, address, remotePort, false)
      made.set(`${address} ${remotePort}`, flow)
      socket.once(
        'close',
        () => made.get(`${address} ${remotePort}`) === flow && made.delete(`${address} ${remotePort}`),
      )
      return flow
    },
    async close() {
      for (const flow of flows.values()) flow.close()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
