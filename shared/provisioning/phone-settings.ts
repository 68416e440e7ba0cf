import type { Account } from '../model/account.ts'
import type { Device } from '../model/device.ts'
import type { DeviceKey } from '../model/device-key.ts'
import type { FeatureCode } from '../model/feature-code.ts'
import { fullName, type User } from '../model/user.ts'
import { type TimeZoneRule, timeZoneRule } from './time-zone-rule.ts'

export type Transport = 'udp' | 'tcp' | 'tls'

/** How phones of an account reach us. */
export interface SipService {
  /** Domain of the AORs. */
  readonly domain: string
  /** Where requests are sent when the domain itself is in no DNS. */
  readonly outboundProxy?: string
  /** Of the transports that are served. */
  readonly ports: Readonly<Partial<Record<Transport, number>>>
  /** The certificate is one that phones know by themselves. */
  readonly isTrusted: boolean
  readonly ntpServer: string
}

/** How long a registration is asked for, seconds: what the registrar gives by itself. */
export const registerSeconds = 300

/** Everything a phone is told. Families only differ in how they are told it. */
export interface PhoneSettings {
  /** 12 digits in lower case; empty for soft phones. */
  readonly mac: string
  readonly model: string
  /** Beside the line key: the extension, or the device's name. */
  readonly label: string
  readonly displayName: string
  readonly username: string
  readonly password: string
  readonly sip: {
    readonly domain: string
    readonly outboundProxy?: string
    readonly transport: Transport
    readonly port: number
  }
  readonly codecs: Device['codecs']
  readonly srtp: Device['srtp']
  readonly language: string
  readonly timeZone: TimeZoneRule
  readonly ntpServer: string
  /** What the message key calls, such as `*97`. */
  readonly voicemailNumber?: string
  readonly codes: { readonly doNotDisturb?: OnOff; readonly forward?: OnOff }
  readonly keys: readonly DeviceKey[]
  /** Of the phone's own menus and web page: 16 letters and digits, or 12 digits for phones without letters. */
  readonly adminPassword: string
  readonly adminPin: string
  /** The folder the files are in, with its last slash: phones go on fetching there. */
  readonly folderUrl: string
}

export interface OnOff {
  readonly on: string
  readonly off: string
}

/** The transport and port a device is sent to. Encrypted audio needs an encrypted way for its keys (RFC 4568 §7). */
export function transportOf(
  { transport, srtp }: Pick<Device, 'transport' | 'srtp'>,
  { ports, isTrusted }: SipService,
): Pick<PhoneSettings['sip'], 'transport' | 'port'> {
  const wish = transport ?? (srtp === 'required' || isTrusted ? 'tls' : 'udp')
  const order: readonly Transport[] = [wish, 'tls', 'tcp', 'udp']
  const chosen = order.find((one) => ports[one] !== undefined) ?? 'udp'
  return { transport: chosen, port: ports[chosen] ?? 5060 }
}

const dialled = (codes: readonly FeatureCode[], id: string): string | undefined => {
  const code = codes.find((one) => one.id === id && one.enabled)
  return code === undefined ? undefined : `*${code.digits}`
}

function pair(codes: readonly FeatureCode[], id: string): OnOff | undefined {
  const [on, off] = [dialled(codes, `${id}-on`), dialled(codes, `${id}-off`)]
  return on === undefined || off === undefined ? undefined : { on, off }
}

export interface SettingsSource {
  readonly device: Device
  readonly owner: User | undefined
  readonly account: Account
  readonly featureCodes: readonly FeatureCode[]
  readonly service: SipService
  readonly password: string
  readonly adminPassword: string
  readonly adminPin: string
  readonly folderUrl: string
  /** Which year's clock changes count. */
  readonly atMs: number
}

export function settingsOf(source: SettingsSource): PhoneSettings {
  const { device, owner, account, featureCodes, service } = source
  const { domain, outboundProxy, ntpServer } = service
  const voicemailNumber = dialled(featureCodes, 'voicemail-check')
  const [doNotDisturb, forward] = [pair(featureCodes, 'do-not-disturb'), pair(featureCodes, 'call-forward')]
  return {
    mac: device.mac ?? '',
    model: device.model ?? '',
    label: owner?.extension ?? device.name,
    displayName: owner === undefined ? device.name : fullName(owner),
    username: device.username ?? '',
    password: source.password,
    sip: { domain, ...(outboundProxy === undefined ? {} : { outboundProxy }), ...transportOf(device, service) },
    codecs: device.codecs,
    srtp: device.srtp,
    language: device.language ?? owner?.language ?? account.language,
    timeZone: timeZoneRule(device.timeZone ?? owner?.timeZone ?? account.timeZone, source.atMs),
    ntpServer,
    ...(voicemailNumber === undefined ? {} : { voicemailNumber }),
    codes: { ...(doNotDisturb === undefined ? {} : { doNotDisturb }), ...(forward === undefined ? {} : { forward }) },
    keys: device.keys ?? [],
    adminPassword: source.adminPassword,
    adminPin: source.adminPin,
    folderUrl: source.folderUrl,
  }
}

/** Stands where a secret would, in what is shown to people. */
export const masked = '********'

/** The same without anything worth stealing. */
export const withoutSecrets = (settings: PhoneSettings): PhoneSettings => ({
  ...settings,
  password: masked,
  adminPassword: masked,
  adminPin: masked,
  folderUrl: settings.folderUrl.replace(/[^/]+\/$/, `${masked}/`),
})
