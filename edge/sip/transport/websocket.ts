import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { messageBytesMax } from '../message.ts'
import {
  AddressCount,
  flowId,
  type OpenFlow,
  plainAddress,
  type StreamLimits,
  type TransportEvents,
} from './open-flow.ts'

export interface WebSocketTransport {
  readonly connections: number
  close(): Promise<void>
}

/** How often a browser is pinged; one that misses a round is gone, ms. */
const pingMs = 30_000

const bytesOf = (data: RawData): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data

const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

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
  const perAddress = new AddressCount()

  const adopt = (client: WebSocket, request: IncomingMessage, address: string) => {
    perAddress.add(address, 1)
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
        // Browsers' SIP libraries want text frames.
        client.send(Buffer.from(bytes).toString('utf8'), { binary: false })
      },
      close: () => client.terminate(),
    }
    const silent = setTimeout(() => client.terminate(), limits.firstMessageMs)
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
      // Double line breaks are pings here as on TCP (RFC 7118 §6).
      if (bytes.length <= 4) return client.send('\r\n')
      clearTimeout(silent)
      events.received(bytes, flow)
    })
    client.on('error', () => events.failed(flow))
    client.on('close', () => {
      clearTimeout(silent)
      clearInterval(pinger)
      flow.isOpen = false
      perAddress.add(address, -1)
      events.closed(flow)
    })
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A reset between here and the handshake would otherwise be an error nobody hears.
    const drop = () => socket.destroy()
    socket.on('error', drop)
    if (request.url?.split('?')[0] !== path) {
      if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket, '404 Not Found')
      return
    }
    const address = plainAddress(request.socket.remoteAddress)
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    if (!offered.includes('sip')) return refuseUpgrade(socket, '400 Bad Request')
    if (sockets.clients.size >= limits.connectionsMax || perAddress.of(address) >= limits.connectionsPerAddressMax)
      return refuseUpgrade(socket, '503 Service Unavailable')
    sockets.handleUpgrade(request, socket, head, (client) => {
      socket.off('error', drop)
      adopt(client, request, address)
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
