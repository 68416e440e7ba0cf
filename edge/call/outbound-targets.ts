import type { RingTarget } from '@offhook/shared/callflow/ring-plan.ts'
import type { MediaSessionOptions } from '../media/media-engine.ts'
import type { DeviceCredential } from '../registrar/credentials.ts'
import type { Location } from '../registrar/location-table.ts'
import { reachedAt } from '../registrar/reached-at.ts'
import { formatSipUri, parseSipUri } from '../sip/uri.ts'
import { writtenFor } from '../trunk/did-source.ts'
import type { TrunkRoute } from '../trunk/trunk.ts'
import type { ForkOptions } from './fork.ts'

/** What the called party sees. */
export interface Display {
  readonly name?: string | undefined
  readonly number?: string | undefined
}

export interface OutboundSettings {
  /** Host part of our own addresses. */
  readonly domain: string
  /** Address to put into SDP. */
  readonly advertise?: string
}

const userPart = (text: string): string => encodeURIComponent(text).replaceAll('%2B', '+')

function fromOf(display: Display, domain: string): ForkOptions['invite']['from'] {
  const number = display.number
  const name = display.name === undefined ? {} : { displayName: display.name }
  return number === undefined
    ? { uri: 'sip:anonymous@anonymous.invalid', displayName: display.name ?? 'Anonymous' }
    : { uri: `sip:${userPart(number)}@${domain}`, ...name }
}

/** RFC 3325; inside our own trust domain only: to our phones and to the carrier. */
function assertedIdentity(display: Display, domain: string): readonly (readonly [string, string])[] {
  if (display.number === undefined) return [['Privacy', 'id']]
  const name = display.name === undefined ? '' : `"${display.name.replaceAll(/["\\\r\n]/g, ' ')}" `
  return [['P-Asserted-Identity', `${name}<sip:${userPart(display.number)}@${domain}>`]]
}

const sessionOf = (settings: OutboundSettings, session: MediaSessionOptions): MediaSessionOptions => ({
  ...session,
  ...(settings.advertise === undefined ? {} : { advertise: settings.advertise }),
})

/**
 * Asks a phone to answer by itself, in the words each maker listens to: RFC 5373; Yealink, Snom and Mitel by Call-Info; Poly, Mitel and
 * Yealink by Alert-Info.
 */
const answerBySelf = (domain: string): readonly (readonly [string, string])[] => [
  ['Answer-Mode', 'Auto'],
  ['Call-Info', `<sip:${domain}>;answer-after=0`],
  ['Alert-Info', `<http://${domain}>;info=alert-autoanswer`],
]

/** The INVITE to one binding of a device. */
export function toBinding(
  location: Location,
  device: DeviceCredential,
  display: Display,
  settings: OutboundSettings,
  answersItself = false,
): ForkOptions | undefined {
  const uri = reachedAt(location)
  if (uri === undefined) return undefined
  const { binding, flow } = location
  const isBrowser = binding.transport === 'ws' || binding.transport === 'wss'
  return {
    invite: {
      uri,
      ...(flow === undefined ? {} : { flow }),
      from: fromOf(display, settings.domain),
      to: { uri: `sip:${userPart(binding.username)}@${settings.domain}` },
      headers: [...assertedIdentity(display, settings.domain), ...(answersItself ? answerBySelf(settings.domain) : [])],
      route: binding.path.map((path) => (path.includes('<') ? path : `<${path}>`)),
    },
    session: sessionOf(settings, {
      profile: isBrowser ? 'webrtc' : device.srtp === 'required' ? 'sdes' : 'rtp',
      ...(device.codecs === undefined ? {} : { codecs: device.codecs }),
    }),
    identity: {
      kind: 'device',
      accountId: device.accountId,
      deviceId: device.deviceId,
      username: device.username,
      ...(device.userId === undefined ? {} : { userId: device.userId }),
    },
  }
}

/** The INVITE to a number by one host of a trunk. */
export function toTrunk(
  route: TrunkRoute,
  accountId: string,
  number: string,
  display: Display,
  settings: OutboundSettings,
): ForkOptions {
  const { trunk, host } = route
  const written = writtenFor(trunk.callerIdFormat, number)
  const shown = {
    ...display,
    ...(display.number === undefined ? {} : { number: writtenFor(trunk.callerIdFormat, display.number) }),
  }
  const uri = route.uriOf(written)
  return {
    invite: {
      uri,
      ...(host.transport === undefined ? {} : { transport: host.transport }),
      from: fromOf(shown, settings.domain),
      to: { uri: formatSipUri({ ...uri, params: new Map() }) },
      headers: assertedIdentity(shown, settings.domain),
      ...(trunk.credentials === undefined ? {} : { credentials: trunk.credentials }),
    },
    session: sessionOf(settings, { profile: trunk.srtp === true ? 'sdes' : 'rtp' }),
    identity: { kind: 'trunk', accountId, trunkId: trunk.id },
  }
}

/** The INVITE to a SIP URI of somebody else's. */
export function toUri(
  target: Extract<RingTarget, { kind: 'uri' }>,
  accountId: string,
  display: Display,
  settings: OutboundSettings,
): ForkOptions | undefined {
  const uri = parseSipUri(target.uri)
  if (uri === undefined) return undefined
  return {
    invite: { uri, from: fromOf(display, settings.domain), to: { uri: formatSipUri(uri) } },
    session: sessionOf(settings, { profile: 'rtp' }),
    identity: { kind: 'system', accountId, ...(target.deviceId === undefined ? {} : { deviceId: target.deviceId }) },
  }
}
