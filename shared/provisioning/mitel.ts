import type { DeviceKey } from '../model/device-key.ts'
import { type PhoneSettings, registerSeconds } from './phone-settings.ts'
import { printable } from './printable.ts'
import { type ProvisioningFile, textFile } from './provisioning-file.ts'
import type { ClockChange } from './time-zone-rule.ts'

/** "Mitel 6800/6900 Series SIP Phones Administrator Guide", appendix A; 4 is TLS on one connection that stays. */
const transports = { udp: 1, tcp: 2, tls: 4 } as const
const encryption = { off: 0, optional: 1, required: 2 } as const
const payloads = { PCMU: 0, PCMA: 8, G722: 9, OPUS: undefined } as const
const keyTypes = { line: 'line', lamp: 'blf', 'speed-dial': 'speeddial' } as const
const inputLanguages: Readonly<Record<string, string>> = {
  de: 'German',
  es: 'Spanish',
  fr: 'French',
  it: 'Italian',
  nl: 'Dutch',
}

type Pair = readonly [name: string, value: string | number]

const line = ({ sip, ...settings }: PhoneSettings): Pair[] => [
  ['sip line1 auth name', settings.username],
  ['sip line1 password', settings.password],
  ['sip line1 user name', settings.username],
  ['sip line1 display name', settings.displayName],
  ['sip line1 screen name', settings.displayName],
  ['sip line1 screen name 2', settings.label],
  ['sip line1 proxy ip', sip.domain],
  ['sip line1 proxy port', sip.port],
  ['sip line1 registrar ip', sip.domain],
  ['sip line1 registrar port', sip.port],
  ...(sip.outboundProxy === undefined
    ? []
    : ([
        ['sip line1 outbound proxy', sip.outboundProxy],
        ['sip line1 outbound proxy port', sip.port],
      ] as const)),
  ...(settings.voicemailNumber === undefined ? [] : [['sip line1 vmail', settings.voicemailNumber] as const]),
  ['sip line1 srtp mode', encryption[settings.srtp]],
  ['sip transport protocol', transports[sip.transport]],
  ['sip registration period', registerSeconds],
  ['sip explicit mwi subscription', 1],
  // RFC 4733.
  ['sip out-of-band dtmf', 1],
  ['sip dtmf method', 0],
]

const codecs = ({ codecs: wanted }: PhoneSettings): Pair[] => [
  [
    'sip customized codec',
    wanted
      .map((codec) => payloads[codec])
      .filter((payload) => payload !== undefined)
      .map((payload) => `payload=${payload};ptime=20;silsupp=off`)
      .join(','),
  ],
]

const change = (name: 'start' | 'end', { month, week, weekday, hour }: ClockChange): Pair[] => [
  [`dst ${name} month`, month],
  [`dst ${name} week`, week === 5 ? -1 : week],
  [`dst ${name} day`, weekday + 1],
  [`dst ${name} hour`, hour],
]

/** "Time and date": minutes are counted westwards, days from Sunday 1. */
const time = ({ timeZone: { standardMinutes, daylight }, ntpServer }: PhoneSettings): Pair[] => [
  ['time server disabled', 0],
  ['time server1', ntpServer],
  ['time zone name', 'Custom'],
  ['time zone minutes', standardMinutes === 0 ? 0 : -standardMinutes],
  ['dst config', daylight === undefined ? 0 : 3],
  ...(daylight === undefined
    ? []
    : [
        ['dst minutes', daylight.savedMinutes] as const,
        ['dst [start|end] relative date', 1] as const,
        ...change('start', daylight.starts),
        ...change('end', daylight.ends),
      ]),
]

/** Models without soft keys call them prgkey. */
const hasSoftKeys = (model: string): boolean => !/68(63|65)|69(05|10)/.test(model)

const key = ({ does, label, number = '' }: DeviceKey, index: number, model: string): Pair[] => {
  const name = `${hasSoftKeys(model) ? 'topsoftkey' : 'prgkey'}${index + 1}`
  const pairs: Pair[] = [
    [`${name} type`, keyTypes[does]],
    [`${name} label`, label],
    [`${name} line`, 1],
  ]
  return does === 'line' ? pairs : [...pairs, [`${name} value`, number]]
}

/** `#` begins a remark; a value that holds one stands in double quotes, which it then may not hold. */
function written(value: string): string {
  const plain = printable(value).replaceAll('"', "'")
  return plain.includes('#') ? `"${plain}"` : plain
}

const write = (pairs: readonly Pair[]): string[] => pairs.map(([name, value]) => `${name}: ${written(String(value))}`)

/** 6800 and 6900 series, Aastra before them. They ask `startup.cfg` or `aastra.cfg`, `<model>.cfg`, then `<MAC>.cfg` in capitals. */
export function mitelFiles(settings: PhoneSettings): ProvisioningFile[] {
  const { language, adminPin, keys, model, mac } = settings
  const pairs: Pair[] = [
    ...line(settings),
    ...codecs(settings),
    ...time(settings),
    ['input language', inputLanguages[language.slice(0, 2)] ?? 'English'],
    // The keypad has no letters.
    ['admin password', adminPin],
    ...keys.flatMap((one, index) => key(one, index, model)),
  ]
  return [
    textFile(`${mac.toUpperCase()}.cfg`, write(pairs)),
    textFile('startup.cfg', write([['auto resync mode', 1]]), /^aastra\.cfg$/i),
  ]
}
