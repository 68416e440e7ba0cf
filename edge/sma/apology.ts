import type { CallLeg } from './call-leg.ts'
import { pause, type RuntimeClock } from './clock.ts'

/** An apology that has not ended by then is cut off: media may be broken too. */
const apologyMsMax = 15_000

/** Ends a leg nobody serves any more: an unanswered caller gets 480, a connected one hears why first. Never rejects. */
export async function apologise(
  leg: CallLeg,
  path: string | undefined,
  clock: RuntimeClock,
  reason: string,
): Promise<void> {
  if (leg.leg.direction === 'inbound' && leg.leg.status === 'ringing') return leg.leg.reject(480, reason)
  if (path !== undefined && leg.isConnected) {
    const playing = leg.leg.play({ kind: 'file', path })
    const enough = new AbortController()
    leg.leg.onEnd(() => enough.abort())
    await Promise.race([playing.done, pause(clock, apologyMsMax, enough.signal)])
    enough.abort()
    playing.stop()
  }
  leg.leg.hangUp(reason)
}
