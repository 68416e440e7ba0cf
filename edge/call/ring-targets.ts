import type { RingPlan, RingTarget } from '@offhook/shared/callflow/ring-plan.ts'
import type { MediaEngine } from '../media/media-engine.ts'
import type { Registrar } from '../registrar/registrar.ts'
import type { UserAgent } from '../sip/user-agent.ts'
import type { TrunkRoute, Trunks } from '../trunk/trunk.ts'
import type { CallRegistry } from './call-registry.ts'
import { helpFork, makeRoomForHelp } from './emergency-fork.ts'
import { completedElsewhere, type Fork, type ForkEvents, type ForkOptions, placeFork } from './fork.ts'
import { withHops } from './hops.ts'
import { type OutboundSettings, toBinding, toTrunk, toUri } from './outbound-targets.ts'
import { placeTrunkFork } from './trunk-fork.ts'

export interface CallOut {
  readonly userAgent: UserAgent
  readonly media: MediaEngine
  readonly registrar: Pick<Registrar, 'find' | 'device'>
  readonly trunks: Trunks
  readonly outbound: OutboundSettings
  readonly registry: CallRegistry
  /** Hops the INVITEs may take, where they continue a caller's. @default 70 */
  readonly hops?: number
  nowMs(): number
}

/** How a target could not even be tried, beside the SIP statuses. */
export type Unreachable = 'unregistered' | 'no-trunk' | 'failed'

/** A target that a message goes to. */
export type FarTarget = Exclude<RingTarget, { readonly kind: 'echo' }>

export interface TargetEvents extends Omit<ForkEvents, 'failed'> {
  failed(sipStatus: number, reason: string, unreachable?: Unreachable): void
}

/** Rings one leg of a plan: every live binding of a device at once, the first trunk host that works, or a URI. */
export function ringTarget(
  out: CallOut,
  accountId: string,
  target: FarTarget,
  { display, answersItself }: Pick<RingPlan, 'display' | 'answersItself'>,
  events: TargetEvents,
): Fork {
  if (target.kind === 'device') return ringDevice(out, accountId, target.username, { display, answersItself }, events)
  if (target.kind === 'uri') {
    const fork = toUri(target, accountId, display, out.outbound)
    return ringAll(out, fork === undefined ? [] : [fork], events, 'failed')
  }
  const { carrier, emergency } = target
  // Help takes every way out there is.
  const routes = out.trunks.routes(accountId, emergency === undefined ? { carrier } : { emergency: true })
  if (routes.length === 0) return unreachable(events, 'no-trunk')
  if (emergency !== undefined) makeRoomForHelp(out.trunks, out.registry, routes)
  const forkTo = (route: TrunkRoute) => continued(out, trunkForkTo(out, accountId, target, display, route), target)
  return placeTrunkFork(out.userAgent, out.media, out.trunks, { routes, forkTo }, events)
}

/** A call for help has every hop there is. */
const continued = (out: CallOut, fork: ForkOptions, target?: FarTarget): ForkOptions =>
  out.hops === undefined || (target?.kind === 'trunk' && target.emergency !== undefined)
    ? fork
    : withHops(fork, out.hops)

function trunkForkTo(
  out: CallOut,
  accountId: string,
  { number, callerId, emergency }: Extract<FarTarget, { kind: 'trunk' }>,
  display: RingPlan['display'],
  route: TrunkRoute,
): ForkOptions {
  const shown = { ...display, ...callerId }
  if (emergency === undefined) return toTrunk(route, accountId, number, shown, out.outbound)
  return helpFork(route, { accountId, number, callerId: shown, address: emergency.address }, out.outbound, out.nowMs())
}

function unreachable(events: TargetEvents, why: Unreachable): Fork {
  queueMicrotask(() => events.failed(why === 'failed' ? 500 : 480, why, why))
  return { cancel: () => undefined }
}

function ringDevice(
  out: CallOut,
  accountId: string,
  username: string,
  { display, answersItself }: Pick<RingPlan, 'display' | 'answersItself'>,
  events: TargetEvents,
): Fork {
  let fork: Fork | undefined
  let cancelled: string | undefined
  const ring = async () => {
    const locations = out.registrar.find(username)
    const device = locations.length === 0 ? undefined : await out.registrar.device(username)
    if (cancelled !== undefined) return events.failed(487, 'Cancelled')
    // A plan names devices of its own account only; a name that moved to another one rings nobody.
    const mine = device?.accountId === accountId && device.enabled ? device : undefined
    const forks =
      mine === undefined
        ? []
        : locations.map((location) => toBinding(location, mine, display, out.outbound, answersItself))
    fork = ringAll(
      out,
      forks.filter((each) => each !== undefined),
      events,
      'unregistered',
    )
  }
  ring().catch((error: unknown) => events.failed(500, error instanceof Error ? error.message : 'Not placed', 'failed'))
  return {
    cancel(reason) {
      cancelled = reason
      fork?.cancel(reason)
    },
  }
}

/** Statuses that say more about the person than "not there": the best answer of several phones, RFC 3261 §16.7 step 6. */
const weight = (sipStatus: number): number =>
  sipStatus >= 600 ? 4 : sipStatus === 486 ? 3 : sipStatus === 480 ? 2 : sipStatus === 408 || sipStatus >= 500 ? 0 : 1

/** Phones of one device ring together; the first answer wins, 6xx ends it for all, others count when all have failed. */
function ringAll(out: CallOut, options: readonly ForkOptions[], events: TargetEvents, whenNone: Unreachable): Fork {
  if (options.length === 0) return unreachable(events, whenNone)
  const forks = new Set<Fork>()
  let isOver = false
  let worst = { sipStatus: 0, reason: '' }
  const cancelAll = (reason: string) => {
    isOver = true
    for (const fork of forks) fork.cancel(reason)
    forks.clear()
  }
  const failed = (fork: Fork, sipStatus: number, reason: string) => {
    forks.delete(fork)
    if (isOver) return
    if (weight(sipStatus) >= weight(worst.sipStatus) || worst.sipStatus === 0) worst = { sipStatus, reason }
    if (sipStatus >= 600) cancelAll(completedElsewhere)
    else if (forks.size > 0) return
    isOver = true
    events.failed(worst.sipStatus, worst.reason)
  }
  for (const each of options) {
    const fork: Fork = placeFork(out.userAgent, out.media, continued(out, each), {
      attempt: events.attempt,
      ringing: () => void (isOver || events.ringing()),
      answered(party) {
        forks.delete(fork)
        if (isOver) return party.bye('Call completed elsewhere')
        cancelAll(completedElsewhere)
        events.answered(party)
      },
      failed: (sipStatus, reason) => failed(fork, sipStatus, reason),
    })
    forks.add(fork)
  }
  return {
    cancel(reason) {
      if (isOver) return
      cancelAll(reason)
      events.failed(487, 'Cancelled')
    },
  }
}
