import { type PhoneSettings, registerSeconds } from './phone-settings.ts'
import { element } from './printable.ts'
import { type ProvisioningFile, xmlFile } from './provisioning-file.ts'
import { posixZone } from './time-zone-rule.ts'

const transports = { udp: 0, tcp: 1, tls: 2 } as const
const encryption = { off: 0, optional: 1, required: 2 } as const
const payloads = { PCMU: 0, PCMA: 8, G722: 9, OPUS: 123 } as const
/** Places a codec list has: P57 to P62. */
const codecPlaces = 6
const languages = new Set(['en', 'de', 'es', 'fr', 'it', 'nl'])
const keyTypes = { line: -1, lamp: 1, 'speed-dial': 0 } as const

type Pair = readonly [name: string, value: string | number]

/** The comments are the names of Grandstream's configuration templates for GXP, GRP and HT. */
const account = ({ sip, ...settings }: PhoneSettings): Pair[] => [
  ['P271', 1], // Account Active
  ['P270', settings.label], // Account Name
  ['P47', sip.domain], // SIP Server
  ['P48', sip.outboundProxy === undefined ? '' : `${sip.outboundProxy}:${sip.port}`], // Outbound Proxy
  ['P35', settings.username], // SIP User ID
  ['P36', settings.username], // Authenticate ID
  ['P34', settings.password], // Authenticate Password
  ['P3', settings.displayName], // Name
  ['P33', settings.voicemailNumber ?? ''], // Voice Mail Access Number
  ['P31', 1], // SIP Registration
  ['P32', registerSeconds / 60], // Register Expiration, minutes
  ['P130', transports[sip.transport]], // SIP Transport
  ['P52', 2], // NAT Traversal: Keep-Alive
  ['P99', 1], // SUBSCRIBE for MWI
  ['P183', encryption[settings.srtp]], // SRTP Mode
  ['P2301', 0], // DTMF in audio
  ['P2302', 1], // DTMF by RFC 2833
  ['P2303', 0], // DTMF by SIP INFO
  ['P191', 0], // Enable Call Features: star codes are ours
  ['P290', '{ [*x]+ | \\+x+ }'], // Dial Plan
]

/** Preferred Vocoder 1 to 6; the last one wished for fills the rest. */
const codecs = ({ codecs: wanted }: PhoneSettings): Pair[] =>
  Array.from({ length: codecPlaces }, (_, index) => {
    const codec = wanted[index] ?? wanted.at(-1) ?? 'PCMU'
    return [`P${57 + index}`, payloads[codec]]
  })

/** Virtual multi-purpose keys: five values each from P23000 on: type, account, name, number. */
const keys = ({ keys: wanted }: PhoneSettings): Pair[] =>
  wanted.flatMap(({ does, label, number = '' }, index): Pair[] => {
    const first = 23_000 + 5 * index
    return [
      [`P${first}`, keyTypes[does]],
      [`P${first + 1}`, 0],
      [`P${first + 2}`, label],
      [`P${first + 3}`, number],
    ]
  })

function phone({ timeZone, ntpServer, language, adminPassword, folderUrl }: PhoneSettings): Pair[] {
  const spoken = language.slice(0, 2)
  return [
    ['P2', adminPassword], // Admin Password
    ['P30', ntpServer], // NTP Server
    ['P64', 'customize'], // Time Zone
    ['P246', posixZone(timeZone)], // Self-Defined Time Zone
    ['P1362', languages.has(spoken) ? spoken : 'en'], // Display Language
    ['P212', folderUrl.startsWith('https:') ? 2 : 1], // Config Upgrade Via: HTTPS, HTTP
    ['P237', folderUrl.replace(/^https?:\/\//, '').replace(/\/$/, '')], // Config Server Path, without its scheme
    ['P145', 0], // DHCP may not override it from now on
    ['P194', 2], // Automatic Upgrade: every day
  ]
}

/** GXP, GRP, GXV, HT and DP. They ask `cfg<mac>` and `cfg<mac>.xml`, in lower case. */
export function grandstreamFiles(settings: PhoneSettings): ProvisioningFile[] {
  const pairs = [...account(settings), ...codecs(settings), ...phone(settings), ...keys(settings)]
  const config = pairs.map(([name, value]) => `    ${element(name, value)}`)
  return [
    xmlFile(
      `cfg${settings.mac}.xml`,
      `<gs_provision version="1">\n  <mac>${settings.mac}</mac>\n  <config version="1">\n${config.join('\n')}\n  </config>\n</gs_provision>`,
    ),
  ]
}
