import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { flowId, type OpenFlow, type TransportEvents } from './open-flow.ts'

/** Address pairs remembered; the one unused longest goes first. Only identity is lost with it, never a registration. */
const flowsMax = 20_000
/** Receive and send buffers: bursts of registrations after a power cut, bytes. */
const bufferBytes = 4 << 20
/** Bytes waiting for the kernel before datagrams are dropped, as a full network does. */
const backlogMax = 8 << 20

export interface UdpTransport {
  readonly address: string
  readonly port: number
  flowTo(address: string, port: number): OpenFlow
  close(): Promise<void>
}

export type OpenUdp = (host: string, port: number, events: TransportEvents) => Promise<UdpTransport>

/** One flow for each address and port, the least recently used forgotten first. */
export function createUdpFlows(
  local: { readonly address: string; readonly port: number },
  send: (bytes: Uint8Array, port: number, address: string, flow: OpenFlow) => void,
): (address: string, port: number) => OpenFlow {
  const flows = new Map<string, OpenFlow>()
  return (address, remotePort) => {
    const key = `${address}|${remotePort}`
    let flow = flows.get(key)
    if (flow !== undefined) flows.delete(key)
    else if (flows.size >= flowsMax) flows.delete(flows.keys().next().value ?? '')
    flow ??= {
      id: flowId('udp'),
      transport: 'udp',
      localAddress: local.address,
      localPort: local.port,
      remoteAddress: address,
      remotePort,
      isOpen: true,
      write: (bytes) => send(bytes, remotePort, address, flow as OpenFlow),
      close: () => {},
    }
    flows.set(key, flow)
    return flow
  }
}

/** Keep-alives: line breaks alone, STUN, a zero byte or two of some NAT helpers. Nothing that short or odd is SIP. */
const isKeepAlive = (bytes: Uint8Array): boolean => bytes.length <= 4 || (bytes[0] ?? 0) < 4

/** Opens a socket for SIP over UDP. Rejects when the port is taken. */
export const openUdp: OpenUdp = async (host, port, events) => {
  const socket = createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // Only addresses come here; a look-up of each would cost a turn of the event loop.
    lookup: (address, _, found) => found(null, address, isIPv6(address) ? 6 : 4),
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, () => {
      socket.off('error', reject)
      resolve()
    })
  })
  const local = socket.address()
  let closed = false
  const flowTo = createUdpFlows(local, (bytes, remotePort, address, flow) => {
    if (closed || socket.getSendQueueSize() > backlogMax) return
    // An ICMP error of one peer must not end the socket of all.
    socket.send(bytes, remotePort, address, (error) => error !== null && events.failed(flow))
  })
  socket.on('error', () => {})
  socket.on('message', (bytes, remote) => {
    // Nobody can be answered at port 0.
    if (!isKeepAlive(bytes) && remote.port > 0) events.received(bytes, flowTo(remote.address, remote.port))
  })
  return {
    address: local.address,
    port: local.port,
    flowTo,
    close: () =>
      new Promise((resolve) => {
        if (closed) return resolve()
        closed = true
        socket.close(() => resolve())
      }),
  }
}
