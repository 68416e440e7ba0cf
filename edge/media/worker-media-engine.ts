import { randomUUID } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { Bridge, MediaEngine } from './media-engine.ts'
import { WorkerLink } from './worker-link.ts'
import { WorkerSession } from './worker-session.ts'

export interface WorkerMediaOptions {
  /** Address of this machine that RTP sockets are bound to, IPv4 or IPv6; 0.0.0.0 or :: for all. */
  readonly listen: string
  /** Address put into SDP. @default the listening address, or this machine's own when listening on all */
  readonly advertise?: string
  /** Each session takes an even port and the next one. */
  readonly rtpPorts: { readonly from: number; readonly to: number }
  /** Told once when the thread died; calls in progress have lost their audio, new sessions are refused. */
  readonly onFailure?: (error: Error) => void
}

/** Sessions at once; beyond that `createSession` refuses. */
const sessionsMax = 4_000

const outsideAddress = (host: string): string => {
  if (host !== '0.0.0.0' && host !== '::') return host
  const family = host === '::' ? 'IPv6' : 'IPv4'
  return (
    Object.values(networkInterfaces())
      .flat()
      .find((one) => one !== undefined && !one.internal && one.family === family)?.address ?? '127.0.0.1'
  )
}

function createBridge(link: WorkerLink): Bridge {
  const bridge = randomUUID()
  const members = new Set<string>()
  const muted = new Set<string>()
  let isClosed = false
  const update = () => {
    link.post({ type: 'bridge', bridge, sessions: isClosed ? [] : [...members], muted: [...muted] })
  }
  return {
    add(session) {
      members.add(session.id)
      update()
    },
    remove(session) {
      members.delete(session.id)
      update()
    },
    mute(session, isMuted) {
      if (isMuted) muted.add(session.id)
      else muted.delete(session.id)
      update()
    },
    close() {
      isClosed = true
      update()
    },
  }
}

/** Starts the media thread. Its ports come from `rtpPorts`, its sessions are bounded, its failures reported. */
export async function createMediaEngine(options: WorkerMediaOptions): Promise<MediaEngine> {
  const { listen, rtpPorts } = options
  const link = new WorkerLink({ listen, rtpPorts }, (error) => options.onFailure?.(error))
  const address = options.advertise ?? outsideAddress(listen)
  let open = 0
  return {
    async createSession(wanted) {
      if (open >= sessionsMax)
        throw new PbxError('too-many-calls', {
          status: 503,
          message: `There are ${sessionsMax} media sessions already.`,
        })
      open += 1
      const release = () => {
        open -= 1
      }
      try {
        return await WorkerSession.open(link, wanted, address, release)
      } catch (error) {
        release()
        throw error
      }
    },
    createBridge: () => createBridge(link),
    echo: (session, on) => link.post({ type: 'echo', session: session.id, on }),
    close: () => link.close(),
  }
}
