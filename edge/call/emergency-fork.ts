import { callToDropFor911 } from '@offhook/shared/emergency/emergency.ts'
import type { EmergencyAddress } from '@offhook/shared/model/emergency-address.ts'
import type { TrunkRoute, Trunks } from '../trunk/trunk.ts'
import type { CallRegistry } from './call-registry.ts'
import type { ForkOptions } from './fork.ts'
import { type Display, type OutboundSettings, toTrunk } from './outbound-targets.ts'
import { withLocation } from './pidf-lo.ts'

/** A call for help, wherever it was dialled: what it shows and where help must come. */
export interface HelpWanted {
  readonly accountId: string
  readonly number: string
  readonly callerId: Display
  readonly address: EmergencyAddress | undefined
}

/** The INVITE of a call for help to one host of a trunk, with the address in its body where one is known. */
export function helpFork(
  route: TrunkRoute,
  { accountId, number, callerId, address }: HelpWanted,
  settings: OutboundSettings,
  nowMs: number,
): ForkOptions {
  const fork = toTrunk(route, accountId, number, callerId, settings)
  if (address === undefined) return fork
  return { ...fork, body: (offer) => withLocation(offer, fork.invite.from.uri, address, nowMs) }
}

/** Where every way out is full the newest other call on them is dropped; a carrier that counts refuses one too many. */
export function makeRoomForHelp(trunks: Trunks, registry: CallRegistry, routes: readonly TrunkRoute[]): void {
  const ids = new Set(routes.map(({ trunk }) => trunk.id))
  if (routes.length === 0 || !routes.every(({ trunk }) => trunks.isFull(trunk))) return
  const calls = [...registry.legs]
    .filter(({ identity }) => identity.kind === 'trunk' && ids.has(identity.trunkId))
    .map((leg) => ({ leg, startedAtMs: leg.startedAtMs, emergency: registry.isForHelp(leg) }))
  callToDropFor911(calls)?.leg.hangUp('Dropped for an emergency call')
}
