import { decideEmergency, type EmergencyDecision, EmergencyFacts } from '@offhook/shared/emergency/emergency.ts'
import type { AudioSource, MediaEngine } from '../media/media-engine.ts'
import type { DeviceCredential } from '../registrar/credentials.ts'
import type { UserAgent } from '../sip/user-agent.ts'
import type { TrunkRoute, Trunks } from '../trunk/trunk.ts'
import type { CallLeg } from './call-leg.ts'
import { CallLeg as Leg } from './call-leg.ts'
import type { CallRegistry } from './call-registry.ts'
import { helpFork, makeRoomForHelp } from './emergency-fork.ts'
import { callerGaveUp, type Fork } from './fork.ts'
import type { OutboundSettings } from './outbound-targets.ts'
import type { Party } from './party.ts'
import { placeTrunkFork } from './trunk-fork.ts'

/** What is told and kept of a call for help. `carried`: a trunk took it; otherwise the caller heard the warning. */
export interface EmergencyReport {
  readonly callId: string
  readonly accountId: string
  readonly deviceId: string
  readonly kind: EmergencyDecision['kind']
  readonly dialled: string
  readonly phase: 'started' | 'answered' | 'not-carried' | 'ended'
  readonly atMs: number
  readonly notice: string
  readonly alerts: readonly string[]
  readonly notifyEmails: readonly string[]
  readonly callBackNumber?: string
  /** Final status of the trunks when none took it. */
  readonly sipStatus?: number
}

export interface EmergencyOptions {
  readonly userAgent: UserAgent
  readonly media: MediaEngine
  readonly trunks: Trunks
  readonly registry: CallRegistry
  readonly outbound: OutboundSettings
  /** "This system cannot reach emergency services. Hang up and use a mobile phone …", loud and clear. */
  readonly warning: AudioSource
  /** Gets every report; must not throw and is not waited for. */
  report(report: EmergencyReport): void
  nowMs(): number
}

export interface EmergencyDesk {
  /** Whether this is a call for help; pure, from what is cached of the device. */
  decide(dialled: string, device: DeviceCredential): EmergencyDecision | undefined
  /** Carries it: no table, no handler, no callflow, no cap in the way. */
  place(caller: CallLeg, device: DeviceCredential, decision: EmergencyDecision): void
}

/** A device of which nothing is cached can still call for help. */
const factsOf = (device: DeviceCredential): EmergencyFacts =>
  device.emergency ??
  EmergencyFacts.parse({ accountId: device.accountId, deviceId: device.deviceId, account: { callerId: {} } })

/** 911 and its like, carried by the edge alone (R-278, R-282; design.md §3). */
export function createEmergencyDesk(options: EmergencyOptions): EmergencyDesk {
  const { trunks, registry, outbound } = options

  const forkTo = (route: TrunkRoute, device: DeviceCredential, { kind, callerId, address }: EmergencyDecision) => {
    const number = kind === 'emergency' ? '911' : '933'
    return helpFork(route, { accountId: device.accountId, number, callerId, address }, outbound, options.nowMs())
  }

  function place(caller: CallLeg, device: DeviceCredential, decision: EmergencyDecision): void {
    const routes = trunks.routes(device.accountId, { emergency: true })
    const report = (phase: EmergencyReport['phase'], sipStatus?: number) =>
      options.report({
        callId: registry.callIdOf(caller),
        accountId: device.accountId,
        deviceId: device.deviceId,
        kind: decision.kind,
        dialled: caller.to,
        phase,
        atMs: options.nowMs(),
        notice: decision.notice,
        alerts: decision.alerts,
        notifyEmails: factsOf(device).notifyEmails,
        ...(decision.callerId.number === undefined ? {} : { callBackNumber: decision.callerId.number }),
        ...(sipStatus === undefined ? {} : { sipStatus }),
      })
    registry.noteHelp(caller)
    registry.nameCall(caller, registry.callIdOf(caller))
    report('started')
    makeRoomForHelp(trunks, registry, routes)
    const fork: Fork = placeTrunkFork(
      options.userAgent,
      options.media,
      trunks,
      { routes, forkTo: (route) => forkTo(route, device, decision) },
      {
        attempt: registry.notes.attempts({
          accountId: device.accountId,
          callId: () => registry.callIdOf(caller),
          address: caller.to,
        }),
        ringing: () => caller.ringing(),
        answered(party) {
          report('answered')
          void connect(caller, party, device)
        },
        failed(sipStatus) {
          if (caller.status === 'disconnected') return
          report('not-carried', sipStatus)
          void warn(caller)
        },
      },
    )
    caller.onEnd(() => {
      fork.cancel(callerGaveUp)
      report('ended')
    })
  }

  async function connect(caller: CallLeg, party: Party, device: DeviceCredential): Promise<void> {
    const helper = registry.add(
      new Leg(
        {
          direction: 'outbound',
          to: caller.to,
          from: caller.from,
          identity: party.identity,
          startedAtMs: options.nowMs(),
          callId: registry.callIdOf(caller),
        },
        registry.hooks,
        { party },
      ),
    )
    registry.noteHelp(helper)
    helper.onEnd(() => caller.hangUp('Call over'))
    caller.onEnd(() => helper.hangUp('Call over'))
    try {
      await caller.answer()
      registry.join(caller, helper)
    } catch {
      // The caller is gone or cannot be answered: its end hangs the other side up, and the report of the end says so.
      helper.hangUp(`Device ${device.deviceId} could not be answered`)
    }
  }

  /** never silence, never pretended success. */
  async function warn(caller: CallLeg): Promise<void> {
    try {
      await caller.answer()
      await caller.play(options.warning, { repeat: 3 }).done
    } finally {
      caller.hangUp('Emergency services are not available here')
    }
  }

  return {
    decide: (dialled, device) => decideEmergency(dialled, factsOf(device), `emergency-${options.nowMs()}`),
    place,
  }
}
