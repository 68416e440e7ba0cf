import { Codec } from '../model/device.ts'
import type { DeviceKey } from '../model/device-key.ts'
import { type PhoneSettings, registerSeconds } from './phone-settings.ts'
import { printable } from './printable.ts'
import { type ProvisioningFile, textFile } from './provisioning-file.ts'
import { type ClockChange, signedHours } from './time-zone-rule.ts'

/** "Yealink SIP IP Phones Auto Provisioning Guide": a file without this first line is ignored. */
const header = '#!version:1.0.0.1'

const transports = { udp: 0, tcp: 1, tls: 2 } as const
const encryption = { off: 0, optional: 1, required: 2 } as const
const codecNames = { PCMU: 'pcmu', PCMA: 'pcma', G722: 'g722', OPUS: 'opus' } as const
/** "Administrator Guide", appendix "DSS key types". */
const keyTypes = { line: 15, lamp: 16, 'speed-dial': 13 } as const
const languages: Readonly<Record<string, string>> = {
  de: 'German',
  es: 'Spanish',
  fr: 'French',
  it: 'Italian',
  nl: 'Dutch',
}

type Pair = readonly [key: string, value: string | number]

const account = ({ sip, ...settings }: PhoneSettings): Pair[] => [
  ['account.1.enable', 1],
  ['account.1.label', settings.label],
  ['account.1.display_name', settings.displayName],
  ['account.1.user_name', settings.username],
  ['account.1.auth_name', settings.username],
  ['account.1.password', settings.password],
  ['account.1.sip_server.1.address', sip.domain],
  ['account.1.sip_server.1.port', sip.port],
  ['account.1.sip_server.1.transport_type', transports[sip.transport]],
  ['account.1.sip_server.1.expires', registerSeconds],
  ['account.1.outbound_proxy_enable', sip.outboundProxy === undefined ? 0 : 1],
  ...(sip.outboundProxy === undefined
    ? []
    : ([
        ['account.1.outbound_proxy.1.address', sip.outboundProxy],
        ['account.1.outbound_proxy.1.port', sip.port],
      ] as const)),
  ['account.1.srtp_encryption', encryption[settings.srtp]],
  // RFC 4733.
  ['account.1.dtmf.type', 1],
  ['account.1.nat.udp_update_enable', 1],
  ['account.1.subscribe_mwi', 1],
]

/** "Audio codecs": enabled or not, and from 1 on how much it is liked. */
const codecs = ({ codecs: wanted }: PhoneSettings): Pair[] =>
  Codec.options.flatMap((codec) => {
    const [name, place] = [codecNames[codec], wanted.indexOf(codec)]
    return [
      [`account.1.codec.${name}.enable`, place < 0 ? 0 : 1] as const,
      ...(place < 0 ? [] : [[`account.1.codec.${name}.priority`, place + 1] as const]),
    ]
  })

/** `month/week/weekday/hour`, weeks from Monday 1 to Sunday 7. */
const change = ({ month, week, weekday, hour }: ClockChange): string =>
  `${month}/${week}/${weekday === 0 ? 7 : weekday}/${hour}`

function time({ timeZone: { standardMinutes, daylight }, ntpServer }: PhoneSettings): Pair[] {
  const [hours = '', minutes] = signedHours(standardMinutes).split(':')
  const zone = `${hours[0]}${Number(hours.slice(1))}${minutes === '00' ? '' : `:${minutes}`}`
  return [
    ['local_time.ntp_server1', ntpServer],
    ['local_time.time_zone', zone],
    // 2 would take the rules the phone was made with.
    ['local_time.summer_time', daylight === undefined ? 0 : 1],
    ...(daylight === undefined
      ? []
      : ([
          ['local_time.dst_time_type', 1],
          ['local_time.start_time', change(daylight.starts)],
          ['local_time.end_time', change(daylight.ends)],
          ['local_time.offset_time', daylight.savedMinutes],
        ] as const)),
  ]
}

function features({ voicemailNumber, codes, language, adminPassword, folderUrl }: PhoneSettings): Pair[] {
  const spoken = languages[language.slice(0, 2)] ?? 'English'
  const { doNotDisturb, forward } = codes
  return [
    ...(voicemailNumber === undefined ? [] : [['voice_mail.number.1', voicemailNumber] as const]),
    ...(doNotDisturb === undefined
      ? []
      : ([
          ['features.dnd.on_code', doNotDisturb.on],
          ['features.dnd.off_code', doNotDisturb.off],
        ] as const)),
    ...(forward === undefined
      ? []
      : ([
          ['forward.always.on_code', forward.on],
          ['forward.always.off_code', forward.off],
        ] as const)),
    ['lang.gui', spoken],
    ['lang.wui', spoken],
    ['static.security.user_password', `admin:${adminPassword}`],
    ['static.auto_provision.server.url', folderUrl],
    ['static.auto_provision.power_on', 1],
    ['static.auto_provision.repeat.enable', 1],
    ['static.auto_provision.repeat.minutes', 1_440],
    // A check-sync fetches the files, and starts the phone anew only when something needs that.
    ['sip.notify_reboot_enable', 0],
  ]
}

/** Key 1 is the line itself. */
const lineKey = ({ does, label, number = '' }: DeviceKey, index: number): Pair[] => {
  const key = `linekey.${index + 2}`
  const line: Pair[] = [
    [`${key}.type`, keyTypes[does]],
    [`${key}.line`, 1],
    [`${key}.label`, label],
  ]
  return does === 'line' ? line : [...line, [`${key}.value`, number]]
}

const write = (pairs: readonly Pair[]): string[] => pairs.map(([key, value]) => `${key} = ${printable(String(value))}`)

/** T, W and CP series. They ask `y000000000000.boot`, `<mac>.boot`, `y0000000000xx.cfg` of their model, then `<mac>.cfg`. */
export function yealinkFiles(settings: PhoneSettings): ProvisioningFile[] {
  const pairs = [
    ...account(settings),
    ...codecs(settings),
    ...time(settings),
    ...features(settings),
    ...settings.keys.flatMap(lineKey),
  ]
  return [
    textFile(`${settings.mac}.cfg`, [header, ...write(pairs)]),
    textFile('y000000000000.cfg', [header, '# All there is to know stands in <mac>.cfg.'], /^y\d{12}\.cfg$/i),
  ]
}
