import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

export interface PortPair {
  readonly rtp: Socket
  readonly rtcp: Socket
  /** Even; RTCP has the next one (RFC 3550 §11). */
  readonly port: number
  /** An address as these sockets can send to it; `undefined` when they cannot (IPv6 from an IPv4 socket). */
  reachable(to: { readonly address: string; readonly port: number }): { address: string; port: number } | undefined
  close(): void
}

/** Pairs tried before giving up: a range nearly full must not be searched through for every call. */
const triesMax = 200

const bind = (host: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const family = isIPv6(host) ? 6 : 4
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Only addresses come here, never names: nothing is to be looked up, packet for packet.
      lookup: (address, _options, found) => found(null, address, family),
    })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind({ port, address: host, exclusive: true }, () => {
      socket.removeAllListeners('error')
      // A far end that is gone says so by ICMP; RTCP and one-way audio tell the story better.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })

function pairOf(host: string, rtp: Socket, rtcp: Socket, port: number): PortPair {
  const isSix = isIPv6(host)
  return {
    rtp,
    rtcp,
    port,
    reachable(to) {
      const { address } = to
      if (isIPv6(address) === isSix) return { address, port: to.port }
      // A socket of both families knows IPv4 addresses in their mapped form (RFC 4291 §2.5.5.2).
      return host === '::' ? { address: `::ffff:${address}`, port: to.port } : undefined
    },
    close() {
      rtp.close()
      rtcp.close()
    },
  }
}

/** Hands out even/odd port pairs of a range, going round so that a port rests before it is used again. */
export function createPortPairs(host: string, from: number, to: number): { open(): Promise<PortPair> } {
  const first = from + (from & 1)
  const pairs = Math.floor((to - first + 1) / 2)
  let next = Math.floor(Math.random() * Math.max(1, pairs))
  return {
    async open() {
      for (let tries = 0; tries < Math.min(triesMax, pairs); tries += 1) {
        const port = first + 2 * next
        next = (next + 1) % pairs
        const rtp = await bind(host, port).catch(() => undefined)
        if (rtp === undefined) continue
        const rtcp = await bind(host, port + 1).catch(() => undefined)
        if (rtcp !== undefined) return pairOf(host, rtp, rtcp, port)
        rtp.close()
      }
      throw new Error(`no free RTP port in ${from}-${to}`)
    },
  }
}
