import { Codec } from '../model/device.ts'
import { type PhoneSettings, registerSeconds } from './phone-settings.ts'
import { escapeXml } from './printable.ts'
import { type ProvisioningFile, xmlFile } from './provisioning-file.ts'
import type { ClockChange } from './time-zone-rule.ts'

const transports = { udp: 'UDPOnly', tcp: 'TCPOnly', tls: 'TLS' } as const
/** "voice.codecPref" of the UC Software Administrator Guide; 0 is off, 1 the best. */
const codecNames = { PCMU: 'G711_Mu', PCMA: 'G711_A', G722: 'G722', OPUS: 'Opus' } as const
const languages: Readonly<Record<string, string>> = {
  de: 'German_Germany',
  es: 'Spanish_Spain',
  fr: 'French_France',
  it: 'Italian_Italy',
  nl: 'Dutch_Netherlands',
}

type Pair = readonly [name: string, value: string | number]

/** "reg" and "msg.mwi" of the guide. */
const registration = ({ sip, ...settings }: PhoneSettings): Pair[] => [
  ['reg.1.displayName', settings.displayName],
  ['reg.1.label', settings.label],
  ['reg.1.address', `${settings.username}@${sip.domain}`],
  ['reg.1.auth.userId', settings.username],
  ['reg.1.auth.password', settings.password],
  ['reg.1.server.1.address', sip.domain],
  ['reg.1.server.1.port', sip.port],
  ['reg.1.server.1.transport', transports[sip.transport]],
  ['reg.1.server.1.expires', registerSeconds],
  ['reg.1.server.1.register', 1],
  ['reg.1.outboundProxy.address', sip.outboundProxy ?? ''],
  ['reg.1.outboundProxy.port', sip.outboundProxy === undefined ? 0 : sip.port],
  ['reg.1.outboundProxy.transport', transports[sip.transport]],
  ['reg.1.lineKeys', 1 + settings.keys.filter(({ does }) => does === 'line').length],
  ['msg.mwi.1.subscribe', settings.username],
  ['msg.mwi.1.callBackMode', settings.voicemailNumber === undefined ? 'disabled' : 'contact'],
  ['msg.mwi.1.callBack', settings.voicemailNumber ?? ''],
]

const media = ({ codecs, srtp }: PhoneSettings): Pair[] => [
  ...Codec.options.map((codec): Pair => [`voice.codecPref.${codecNames[codec]}`, codecs.indexOf(codec) + 1]),
  ['voice.codecPref.G729_AB', 0],
  ['sec.srtp.enable', srtp === 'off' ? 0 : 1],
  ['sec.srtp.offer', srtp === 'off' ? 0 : 1],
  ['sec.srtp.require', srtp === 'required' ? 1 : 0],
  // RFC 4733.
  ['tone.dtmf.viaRtp', 1],
  ['tone.dtmf.rfc2833Control', 1],
]

/** "tcpIpApp.sntp.daylightSavings": days from Sunday 1; `date` 1, 8, 15, 22 is the first to fourth of its kind. */
const change = (name: 'start' | 'stop', { month, week, weekday, hour }: ClockChange): Pair[] => {
  const key = `tcpIpApp.sntp.daylightSavings.${name}`
  return [
    [`${key}.month`, month],
    [`${key}.dayOfWeek`, weekday + 1],
    [`${key}.dayOfWeek.lastInMonth`, week === 5 ? 1 : 0],
    ...(week === 5 ? [] : [[`${key}.date`, (week - 1) * 7 + 1] as const]),
    [`${key}.time`, hour],
  ]
}

const time = ({ timeZone: { standardMinutes, daylight }, ntpServer }: PhoneSettings): Pair[] => [
  ['tcpIpApp.sntp.address', ntpServer],
  ['tcpIpApp.sntp.address.overrideDHCP', 1],
  ['tcpIpApp.sntp.gmtOffset', standardMinutes * 60],
  ['tcpIpApp.sntp.gmtOffset.overrideDHCP', 1],
  ['tcpIpApp.sntp.daylightSavings.enable', daylight === undefined ? 0 : 1],
  ...(daylight === undefined
    ? []
    : [
        ['tcpIpApp.sntp.daylightSavings.fixedDayEnable', 0] as const,
        ...change('start', daylight.starts),
        ...change('stop', daylight.ends),
      ]),
]

const phone = ({ language, adminPassword }: PhoneSettings): Pair[] => [
  ['lcl.ml.lang', languages[language.slice(0, 2)] ?? 'English_United_States'],
  ['device.set', 1],
  ['device.auth.localAdminPassword.set', 1],
  ['device.auth.localAdminPassword', adminPassword],
  // Extensions of any length and star codes: what matches nothing is sent as it was typed.
  ['dialplan.digitmap', '911|112|933|*x.T|+x.T|x.T'],
  ['dialplan.impossibleMatchHandling', 0],
  ['voIpProt.SIP.specialEvent.checkSync.alwaysReboot', 0],
]

/** "attendant": what other keys watch and call. */
const keys = ({ keys: wanted }: PhoneSettings): Pair[] =>
  wanted
    .filter(({ does }) => does !== 'line')
    .flatMap(({ does, label, number = '' }, index): Pair[] => {
      const key = `attendant.resourceList.${index + 1}`
      return [
        [`${key}.address`, number],
        [`${key}.label`, label],
        [`${key}.type`, does === 'lamp' ? 'normal' : 'automata'],
      ]
    })

/**
 * VVX, SoundPoint, Trio, CCX and Edge E, by the "UC Software Administrator Guide": `<mac>.cfg` is the master file, which names the one the
 * settings are in. Files called `<mac>-phone.cfg` are the phone's own.
 */
export function polyFiles(settings: PhoneSettings): ProvisioningFile[] {
  const own = `${settings.mac}-offhook.cfg`
  const pairs = [
    ...registration(settings),
    ...media(settings),
    ...time(settings),
    ...phone(settings),
    ...keys(settings),
  ]
  const attributes = pairs.map(([name, value]) => `  ${name}="${escapeXml(String(value))}"`)
  return [
    xmlFile(
      `${settings.mac}.cfg`,
      `<APPLICATION APP_FILE_PATH="" CONFIG_FILES="${escapeXml(own)}" MISC_FILES="" LOG_FILE_DIRECTORY="" OVERRIDES_DIRECTORY="" CONTACTS_DIRECTORY=""/>`,
      /^0{12}\.cfg$/,
    ),
    xmlFile(own, `<polycomConfig\n${attributes.join('\n')}\n/>`),
  ]
}
