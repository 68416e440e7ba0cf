import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

export interface PortPair {
  readonly rtp: Socket
  readonly rtcp: Socket
  /** Even; RTCP has the next one (RFC 3550 §11). */
  readonly port: number
}

/** Pairs tried before giving up: a range nearly full must not be searched through for every call. */
const triesMax = 200

const bind = (host: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind({ port, address: host, exclusive: true }, () => {
      socket.removeAllListeners('error')
      socket.on('error', () => {})
      resolve(socket)
    })
  })

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
        if (rtcp !== undefined) return { rtp, rtcp, port }
        rtp.close()
      }
      throw new Error(`no free RTP port in ${from}-${to}`)
    },
  }
}
