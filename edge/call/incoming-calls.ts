import { classifyEmergency } from '@offhook/shared/emergency/emergency.ts'
import { normaliseNumber } from '@offhook/shared/numbers/normalise.ts'
import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { MediaEngine } from '../media/media-engine.ts'
import type { Authenticator } from '../registrar/authenticator.ts'
import type { DeviceCredential } from '../registrar/credentials.ts'
import type { Refuse } from '../registrar/refusals.ts'
import type { Registrar } from '../registrar/registrar.ts'
import { parseNameAddr } from '../sip/headers.ts'
import { parseSipUri } from '../sip/uri.ts'
import type { IncomingInvite, IncomingRequest, UserAgent } from '../sip/user-agent.ts'
import type { DidSource } from '../trunk/did-source.ts'
import type { TrunkOptions, Trunks } from '../trunk/trunk.ts'
import type { IncomingCall, LegIdentity } from './call-control.ts'
import { CallLeg, type LegFacts } from './call-leg.ts'
import { type CallRegistry, legsMax } from './call-registry.ts'
import type { EmergencyDesk } from './emergency-calls.ts'
import { foreignHeaders, isAnonymous } from './foreign-headers.ts'
import { hopsOf } from './hops.ts'
import { type AnswerOptions, answerInvite, inviteAlerting } from './invite-alerting.ts'
import type { Signalling } from './leg-notes.ts'
import { readReplaces } from './transfers.ts'

/** Calls a device may have when nothing else is said. */
export const callsPerDeviceDefault = 6
/** A call that nobody serves is refused with 480 after this, ms. */
export const unservedMs = 30_000
/** Country whose habits a trunk's numbers without plus sign follow. */
const trunkCountry = 'US'

export interface IncomingOptions {
  readonly userAgent: UserAgent
  readonly media: MediaEngine
  readonly registrar: Registrar
  readonly trunks: Trunks
  readonly dids: DidSource
  readonly authenticator: Authenticator
  readonly refuse: Refuse
  readonly registry: CallRegistry
  readonly emergency: EmergencyDesk
  readonly advertise?: string
  sourceOf(incoming: Pick<IncomingRequest, 'request' | 'flow'>): string
  isDraining(): boolean
  present(call: IncomingCall): void
  /** Told of mistakes and failures, not of calls that are refused for a reason; the caller hears 500. */
  onError(error: unknown): void
  nowMs(): number
}

/** Answers every INVITE: proves who calls, takes emergencies out, and presents the rest. Never rejects. */
export function createIncomingCalls(options: IncomingOptions): (invite: IncomingInvite) => Promise<void> {
  const { registry, trunks, registrar } = options
  const answerOptions = (invite: IncomingInvite, identity: LegIdentity, device?: DeviceCredential): AnswerOptions => ({
    media: options.media,
    identity,
    signalling: signallingOf(invite),
    session: {
      ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
      ...(device?.codecs === undefined ? {} : { codecs: device.codecs }),
    },
    ...(device?.srtp === undefined ? {} : { srtp: device.srtp }),
  })

  function signallingOf(invite: IncomingInvite): Signalling {
    const { headers } = invite.request
    const fromTag = headers.from.params.get('tag')
    return {
      sipCallId: headers.callId,
      ...(fromTag === undefined ? {} : { fromTag }),
      transport: invite.flow.transport,
      host: options.sourceOf(invite),
      startedAtMs: options.nowMs(),
    }
  }

  function legFor(
    invite: IncomingInvite,
    facts: Omit<LegFacts, 'direction' | 'startedAtMs'>,
    answering: AnswerOptions,
  ): CallLeg {
    const { signalling } = answering
    const { startedAtMs } = signalling
    const hopsLeft = hopsOf(invite.request.headers)
    const leg = new CallLeg({ ...facts, direction: 'inbound', startedAtMs, signalling, hopsLeft }, registry.hooks, {
      alerting: inviteAlerting(invite, answering),
    })
    registry.add(leg)
    invite.onCancel(() => leg.finish({ by: 'remote', sipStatus: 487, reason: 'Cancelled by the caller' }))
    return leg
  }

  function present(leg: CallLeg): void {
    const unserved = setTimeout(() => registry.isServed(leg) || leg.refuse(480, 'Nobody serves this call'), unservedMs)
    leg.onEnd(() => clearTimeout(unserved))
    options.present({ leg })
  }

  /** The device that calls, by its password; or `undefined` when the INVITE has been answered with a challenge or a refusal. */
  async function prove(invite: IncomingInvite, dialled: string): Promise<DeviceCredential | undefined> {
    const sinceMs = options.nowMs()
    const claimedName = parseSipUri(invite.request.headers.from.uri)?.user ?? ''
    const prefix = registrar.knownDevice(claimedName)?.emergency?.prefix ?? '9'
    const isEmergency = classifyEmergency(dialled, prefix) !== undefined
    const verdict = await options.authenticator.verify({
      request: invite.request,
      address: options.sourceOf(invite),
      claimedName,
      isExempt: (username) => isEmergency || registrar.isRegisteredFrom(username, invite.flow),
    })
    if (verdict.kind === 'proven' && verdict.credential.kind === 'device') return verdict.credential
    // A call for help from a registered phone's own flow goes through although its password was changed since.
    if (verdict.kind === 'refused' && isEmergency && registrar.isRegisteredFrom(claimedName, invite.flow))
      return registrar.device(claimedName)
    if (verdict.kind === 'challenge') invite.respond(401, { headers: [['WWW-Authenticate', verdict.header]] })
    else if (verdict.kind === 'refused') options.refuse(invite, verdict.header, sinceMs)
    return verdict.kind === 'proven' ? trunkByDigest(invite, verdict.credential.username) : undefined
  }

  async function trunkByDigest(invite: IncomingInvite, username: string): Promise<undefined> {
    const trunk = trunks.findByUsername(username)
    if (trunk === undefined) invite.respond(403)
    else await fromTrunk(invite, [trunk])
  }

  /** Whose number it is decides, among the trunks it may have come by: a carrier of an account's own brings calls to that account alone. */
  async function fromTrunk(invite: IncomingInvite, known: readonly TrunkOptions[]): Promise<void> {
    const { headers } = invite.request
    const did = normaliseNumber(parseSipUri(invite.request.uri)?.user ?? '', trunkCountry)
    const owner = did.startsWith('+') ? await options.dids.find(did) : undefined
    const trunk =
      owner === undefined
        ? undefined
        : (known.find(({ accountId }) => accountId === owner.accountId) ??
          known.find(({ accountId }) => accountId === undefined))
    if (owner === undefined || trunk === undefined) return invite.respond(404, { reason: 'Nobody has this number' })
    const asserted = parseNameAddr(headers.values('p-asserted-identity')[0] ?? '') ?? headers.from
    const caller = parseSipUri(asserted.uri)?.user ?? ''
    const identity: LegIdentity = { kind: 'trunk', accountId: owner.accountId, trunkId: trunk.id }
    const release = trunks.hold(trunk)
    const leg = legFor(
      invite,
      {
        to: did,
        from: normaliseNumber(caller, trunkCountry),
        fromName: asserted.displayName ?? headers.from.displayName,
        anonymous: isAnonymous(headers),
        identity,
        headers: foreignHeaders(headers, 'trunk'),
      },
      answerOptions(invite, identity),
    )
    leg.onEnd(release)
    present(leg)
  }

  async function fromDevice(invite: IncomingInvite, device: DeviceCredential, dialled: string): Promise<void> {
    const identity: LegIdentity = {
      kind: 'device',
      accountId: device.accountId,
      deviceId: device.deviceId,
      username: device.username,
      ...(device.userId === undefined ? {} : { userId: device.userId }),
    }
    const facts = {
      to: dialled,
      from: device.username,
      fromName: device.displayName,
      anonymous: isAnonymous(invite.request.headers),
      identity,
      headers: foreignHeaders(invite.request.headers, 'device'),
    }
    const answering = answerOptions(invite, identity, device)
    const help = options.emergency.decide(dialled, device)
    if (help !== undefined) return options.emergency.place(legFor(invite, facts, answering), device, help)
    const replaces = invite.request.headers.get('replaces')
    if (!device.enabled) return invite.respond(403, { reason: 'Device disabled' })
    if (options.isDraining() || registry.size >= legsMax)
      return invite.respond(503, { headers: [['Retry-After', '30']] })
    if (replaces !== undefined) return replace(invite, replaces, answering)
    if (registry.callsOf(device.deviceId) >= (device.callsMax ?? callsPerDeviceDefault))
      return invite.respond(486, { reason: 'Too many calls' })
    present(legFor(invite, facts, answering))
  }

  /** INVITE with Replaces: the caller takes the place of a party of its own account in a connected call (RFC 3891 §3). */
  async function replace(invite: IncomingInvite, header: string, answering: AnswerOptions): Promise<void> {
    const wanted = readReplaces(header)
    const dialog =
      wanted === undefined
        ? undefined
        : options.userAgent.findDialog(wanted.sipCallId, wanted.localTag, wanted.remoteTag)
    const leg = dialog === undefined ? undefined : registry.legOf(dialog)
    if (wanted === undefined) return invite.respond(400, { reason: 'Malformed Replaces' })
    if (leg?.party === undefined || leg.party.identity.accountId !== answering.identity.accountId)
      return invite.respond(481)
    if (/;\s*early-only\b/i.test(header)) return invite.respond(486)
    const party = await answerInvite(invite, answering)
    if (leg.status !== 'connected') return party.bye('Call over')
    registry.handOver(leg, party)?.bye('Replaced')
  }

  return async (invite) => {
    const dialled = parseSipUri(invite.request.uri)?.user ?? ''
    try {
      const known = trunks.recognise(invite.flow)
      if (known.length > 0 && (options.isDraining() || registry.size >= legsMax))
        return invite.respond(503, { headers: [['Retry-After', '30']] })
      if (known.length > 0) return await fromTrunk(invite, known)
      const device = await prove(invite, dialled)
      if (device === undefined) return
      registrar.remember(device)
      await fromDevice(invite, device, dialled)
    } catch (error) {
      if (!(error instanceof PbxError)) options.onError(error)
      invite.respond(500, { reason: error instanceof Error ? error.name : 'Server Internal Error' })
    }
  }
}
