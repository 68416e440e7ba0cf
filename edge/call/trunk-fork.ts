import type { MediaEngine } from '../media/media-engine.ts'
import type { UserAgent } from '../sip/user-agent.ts'
import type { TrunkRoute, Trunks } from '../trunk/trunk.ts'
import { type Fork, type ForkEvents, type ForkOptions, placeFork } from './fork.ts'

/** Ways out that are tried for one call. */
export const routesTriedMax = 6
/** A host that says nothing at all gets this long before the next one is tried, ms. */
export const silentHostMs = 6_000

/** No way there, or the carrier cannot: another host may. What the called party said (busy, declined, no such number) is final. */
const isWorthAnother = (sipStatus: number): boolean => sipStatus === 408 || (sipStatus >= 500 && sipStatus < 600)

export interface TrunkForkOptions {
  readonly routes: readonly TrunkRoute[]
  forkTo(route: TrunkRoute): ForkOptions
}

/** One call over the first trunk host that takes it, in order. No routes at all fail with 503 at once. */
export function placeTrunkFork(
  userAgent: UserAgent,
  media: MediaEngine,
  trunks: Trunks,
  options: TrunkForkOptions,
  events: ForkEvents,
): Fork {
  const routes = options.routes.slice(0, routesTriedMax)
  let current: Fork | undefined
  let isOver = false
  let release: () => void = () => undefined

  const finish = () => {
    isOver = true
    release()
  }

  const attempt = (index: number) => {
    const route = routes[index]
    if (route === undefined) {
      finish()
      return events.failed(503, 'No trunk')
    }
    release = trunks.hold(route.trunk)
    let hasRung = false
    const next = (sipStatus: number, reason: string) => {
      clearTimeout(silence)
      release()
      if (isOver) return
      if (!hasRung && isWorthAnother(sipStatus) && index + 1 < routes.length) return attempt(index + 1)
      finish()
      events.failed(sipStatus, reason)
    }
    const silence = setTimeout(() => {
      if (hasRung || isOver || index + 1 >= routes.length) return
      fork.cancel('SIP;cause=408;text="No answer from this host"')
    }, silentHostMs)
    const fork = placeFork(userAgent, media, options.forkTo(route), {
      attempt: events.attempt,
      ringing() {
        hasRung = true
        clearTimeout(silence)
        if (!isOver) events.ringing()
      },
      answered(party) {
        clearTimeout(silence)
        if (isOver) return party.bye('Call over')
        isOver = true
        const held = release
        party.dialog.onEnd(() => held())
        events.answered(party)
      },
      // Our own cancel of a silent host reads 487; to the caller it was a host that did not answer.
      failed: (sipStatus, reason) => next(!isOver && sipStatus === 487 ? 408 : sipStatus, reason),
    })
    current = fork
  }

  attempt(0)
  return {
    cancel(reason) {
      if (isOver) return
      finish()
      current?.cancel(reason)
      events.failed(487, 'Cancelled')
    },
  }
}
