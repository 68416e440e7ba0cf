import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type RawData, WebSocketServer } from 'ws'
import { messageBytesMax } from '../message.ts'
import { flowId, type OpenFlow, plainAddress, type StreamLimits, type TransportEvents } from './flow-table.ts'

export interface WebSocketTransport {
  readonly connections: number
  close(): Promise<void>
}

/** How often a browser is pinged; one that misses a round is gone, ms. */
const pingMs = 30_000

const bytesOf = (data: RawData): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data

/** SIP over WebSocket at `path` of an HTTP server, sub-protocol `sip`, one message a frame. RFC 7118. */
export function openWebSocket(
  server: HttpServer | HttpsServer,
  path: string,
  secure: boolean,
  events: TransportEvents,
  limits: StreamLimits,
): WebSocketTransport {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    handleProtocols: (offered) => (offered.has('sip') ? 'sip' : false),
  })
  const perAddress = new Map<string, number>()

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== path) return
    const address = plainAddress(request.socket.remoteAddress)
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    if (!offered.includes('sip')) return void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    if (
      sockets.clients.size >= limits.connectionsMax ||
      (perAddress.get(address) ?? 0) >= limits.connectionsPerAddressMax
    )
      return void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (client) => {
      perAddress.set(address, (perAddress.get(address) ?? 0) + 1)
      let heard = true
      const flow: OpenFlow = {
        id: flowId(secure ? 'wss' : 'ws'),
        transport: secure ? 'wss' : 'ws',
        localAddress: plainAddress(request.socket.localAddress),
        localPort: request.socket.localPort ?? 0,
        remoteAddress: address,
        remotePort: request.socket.remotePort ?? 0,
        isOpen: true,
        write: (bytes) => {
          if (!flow.isOpen) return events.failed(flow)
          if (client.bufferedAmount > limits.backlogMax) return client.terminate()
          client.send(Buffer.from(bytes).toString('utf8'), { binary: false })
        },
        close: () => client.terminate(),
      }
      const pinger = setInterval(() => {
        if (!heard) return client.terminate()
        heard = false
        client.ping()
      }, pingMs)
      client.on('pong', () => {
        heard = true
      })
      client.on('message', (data) => {
        heard = true
        const bytes = bytesOf(data)
        if (bytes.length > 4) events.received(bytes, flow)
        else client.send('\r\n')
      })
      client.on('error', () => events.failed(flow))
      client.on('close', () => {
        clearInterval(pinger)
        flow.isOpen = false
        const left = (perAddress.get(address) ?? 1) - 1
        if (left <= 0) perAddress.delete(address)
        else perAddress.set(address, left)
        events.closed(flow)
      })
    })
  }
  server.on('upgrade', upgrade)
  return {
    get connections() {
      return sockets.clients.size
    },
    async close() {
      server.off('upgrade', upgrade)
      for (const client of sockets.clients) client.terminate()
      await new Promise<void>((resolve) => sockets.close(() => resolve()))
    },
  }
}
