import type { AudioSource, MediaEngine } from '../media/media-engine.ts'
import type { Authenticator } from '../registrar/authenticator.ts'
import type { Refuse } from '../registrar/refusals.ts'
import type { Registrar } from '../registrar/registrar.ts'
import type { IncomingRequest, UserAgent } from '../sip/user-agent.ts'
import type { DidSource } from '../trunk/did-source.ts'
import type { Trunks } from '../trunk/trunk.ts'
import type { CallControl, IncomingCall, Leg, LegIdentity } from './call-control.ts'
import { CallLeg } from './call-leg.ts'
import { CallRegistry } from './call-registry.ts'
import { EchoLeg } from './echo-leg.ts'
import { createEmergencyDesk, type EmergencyReport } from './emergency-calls.ts'
import { createIncomingCalls } from './incoming-calls.ts'
import type { LegNotes } from './leg-notes.ts'
import { originateLeg } from './originate.ts'
import { ringPlan } from './ring.ts'
import { createTransfers } from './transfers.ts'

/** What the edge itself plays; all else is played by whoever decides calls. */
export interface EdgeAudio {
  /** "Press 1 to take this call." */
  readonly confirm: AudioSource
  /** that help cannot be reached from here. */
  readonly emergencyWarning: AudioSource
  readonly ringback: AudioSource
  /** Music for whom `holder` put on hold; it may have to be looked up. Must not reject. */
  hold(holder: LegIdentity): AudioSource | Promise<AudioSource>
}

export interface CallControlOptions {
  readonly userAgent: UserAgent
  readonly media: MediaEngine
  readonly registrar: Registrar
  readonly trunks: Trunks
  readonly dids: DidSource
  readonly authenticator: Authenticator
  readonly refuse: Refuse
  readonly audio: EdgeAudio
  readonly notes: LegNotes
  /** Host part of the addresses we show. */
  readonly domain: string
  /** Address to put into SDP. */
  readonly advertise?: string
  isOurDomain(host: string): boolean
  sourceOf(incoming: Pick<IncomingRequest, 'request' | 'flow'>): string
  /** Every step of a call for help; must not throw. */
  onEmergency(report: EmergencyReport): void
  /** Told of mistakes and failures in a call that came in; must not throw. */
  onError(error: unknown): void
  nowMs(): number
}

/** Calls in the hands of a back-to-back user agent: it holds both sides' dialogs and anchors the media (RFC 7092 §3.2.2). */
export function createCallControl(options: CallControlOptions): CallControl {
  const { userAgent, media, registrar, trunks, audio } = options
  const nowMs = () => options.nowMs()
  const outbound = {
    domain: options.domain,
    ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
  }
  const isOurDomain = (host: string) => options.isOurDomain(host)
  let listener: ((call: IncomingCall) => void) | undefined
  let isDraining = false
  let ringing = 0

  const registry = new CallRegistry({
    media,
    notes: options.notes,
    holdMusic: (holder) => audio.hold(holder.party?.identity ?? holder.identity),
    refer: (leg, party, incoming) => transfers.refer(leg, party, incoming),
  })
  options.notes.onRecord((accountId) => registry.linkCalls(accountId))
  const callOut = { userAgent, media, registrar, trunks, outbound, registry, nowMs }
  const emergency = createEmergencyDesk({
    userAgent,
    media,
    trunks,
    registry,
    outbound,
    nowMs,
    warning: audio.emergencyWarning,
    report: (report) => options.onEmergency(report),
  })

  const present = (call: IncomingCall) => {
    if (listener === undefined) call.leg.reject(480, 'Nobody decides calls')
    else listener(call)
  }
  const transfers = createTransfers({
    userAgent,
    registry,
    isOurDomain,
    nowMs,
    ringback: audio.ringback,
    present(call, transferor) {
      const device = registrar.knownDevice(transferor.username)
      const help = device === undefined ? undefined : emergency.decide(call.leg.to, device)
      if (device !== undefined && help !== undefined) emergency.place(call.leg, device, help)
      else present(call)
    },
  })
  const invited = createIncomingCalls({
    userAgent,
    media,
    registrar,
    trunks,
    registry,
    emergency,
    present,
    nowMs,
    dids: options.dids,
    authenticator: options.authenticator,
    refuse: options.refuse,
    ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
    sourceOf: (incoming) => options.sourceOf(incoming),
    isDraining: () => isDraining,
    onError: (error) => options.onError(error),
  })
  userAgent.onInvite((invite) => void invited(invite))

  const ours = (leg: Leg): CallLeg => {
    if (leg instanceof CallLeg) return leg
    throw new Error('a leg of another call control')
  }

  return {
    onCall(decider) {
      listener = decider
    },
    ring(caller, plan, request) {
      ringing += 1
      const started = ringPlan({ ...callOut, confirmPrompt: audio.confirm }, ours(caller), plan, request)
      void started.done.finally(() => {
        ringing -= 1
      })
      return started
    },
    nameCall: (leg, callId) => registry.nameCall(ours(leg), callId),
    async connect(a, b) {
      await ours(a).answer()
      if (b instanceof EchoLeg) return b.join(ours(a))
      await ours(b).answer()
      return registry.join(ours(a), ours(b))
    },
    originate: (wanted) => originateLeg({ ...callOut, isOurDomain }, wanted),
    async drain() {
      isDraining = true
      await registry.idle()
    },
    counts: () => ({ legs: registry.size, ringing, connections: registry.connections }),
  }
}
