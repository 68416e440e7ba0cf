import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { flowId, type OpenFlow, type TransportEvents } from './flow-table.ts'

/** Address pairs remembered; the one unused longest goes first. Only identity is lost with it, never a registration. */
const flowsMax = 20_000
/** Receive buffer: bursts of registrations after a power cut, bytes. */
const bufferBytes = 4 << 20

export interface UdpTransport {
  readonly address: string
  readonly port: number
  flowTo(address: string, port: number): OpenFlow
  close(): Promise<void>
}

export async function openUdp(host: string, port: number, events: TransportEvents): Promise<UdpTransport> {
  const socket = createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, () => {
      socket.off('error', reject)
      resolve()
    })
  })
  const bound = socket.address()
  const flows = new Map<string, OpenFlow>()
  let closed = false
  const flowTo = (address: string, remotePort: number): OpenFlow => {
    const key = `${address}|${remotePort}`
    const known = flows.get(key)
    if (known !== undefined) return known
    const flow: OpenFlow = {
      id: flowId('udp'),
      transport: 'udp',
      localAddress: bound.address,
      localPort: bound.port,
      remoteAddress: address,
      remotePort,
      isOpen: true,
      // An ICMP error of one peer must not end the socket of all.
      write: (bytes) => {
        if (!closed) socket.send(bytes, remotePort, address, (error) => error !== null && events.failed(flow))
      },
      close: () => {},
    }
    if (flows.size >= flowsMax) flows.delete(flows.keys().next().value ?? '')
    flows.set(key, flow)
    return flow
  }
  socket.on('error', () => {})
  socket.on('message', (bytes, remote) => {
    const flow = flowTo(remote.address, remote.port)
    // Keep-alives: CRLFs alone, STUN, a single zero byte of some NAT helpers.
    if (bytes.length <= 4) return
    events.received(bytes, flow)
  })
  return {
    address: bound.address,
    port: bound.port,
    flowTo,
    close: () => {
      closed = true
      return new Promise((resolve) => socket.close(() => resolve()))
    },
  }
}
