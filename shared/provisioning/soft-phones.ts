import { type PhoneSettings, registerSeconds } from './phone-settings.ts'
import { element, escapeXml, quotable } from './printable.ts'
import { type ProvisioningFile, xmlFile } from './provisioning-file.ts'

const server = ({ sip }: PhoneSettings): string =>
  `<sip:${sip.outboundProxy ?? sip.domain}:${sip.port};transport=${sip.transport}>`

const mediaEncryption = { off: 'none', optional: 'srtp', required: 'srtp' } as const
const payloadNames = { PCMU: 'PCMU', PCMA: 'PCMA', G722: 'G722', OPUS: 'opus' } as const
const rates = { PCMU: 8_000, PCMA: 8_000, G722: 8_000, OPUS: 48_000 } as const

type Section = readonly [name: string, entries: Readonly<Record<string, string | number>>]

/** "Linphone remote provisioning": the sections of linphonerc as XML. It is applied once and not asked for again. */
export function linphoneFile(settings: PhoneSettings): ProvisioningFile {
  const { username, password, displayName, sip, srtp, codecs } = settings
  const sections: Section[] = [
    ['misc', { transient_provisioning: 1 }],
    [
      'sip',
      {
        default_proxy: 0,
        media_encryption: mediaEncryption[srtp],
        media_encryption_mandatory: srtp === 'required' ? 1 : 0,
      },
    ],
    ['auth_info_0', { username, userid: username, passwd: password, domain: sip.domain }],
    [
      'proxy_0',
      {
        reg_identity: `"${quotable(displayName)}" <sip:${username}@${sip.domain}>`,
        reg_proxy: server(settings),
        reg_route: server(settings),
        reg_expires: registerSeconds,
        reg_sendregister: 1,
        ...(settings.voicemailNumber === undefined
          ? {}
          : { voicemail_address: `sip:${settings.voicemailNumber}@${sip.domain}` }),
      },
    ],
    ...codecs.map(
      (codec, index): Section => [
        `audio_codec_${index}`,
        { mime: payloadNames[codec], rate: rates[codec], enabled: 1 },
      ],
    ),
  ]
  const entry = ([name, value]: readonly [string, string | number]) =>
    `    <entry name="${name}" overwrite="true">${escapeXml(String(value))}</entry>`
  const written = sections.map(
    ([name, entries]) => `  <section name="${name}">\n${Object.entries(entries).map(entry).join('\n')}\n  </section>`,
  )
  return xmlFile(
    'linphone.xml',
    `<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">\n${written.join('\n')}\n</config>`,
  )
}

const encryption = { off: 'disabled', optional: 'sdes', required: 'sdes' } as const

/** "Account XML" of doc.acrobits.net, as external provisioning of Cloud Softphone apps and Groundwire takes it. */
export function acrobitsFile(settings: PhoneSettings): ProvisioningFile {
  const { sip, username, password, label, displayName, srtp, voicemailNumber } = settings
  const pairs: readonly (readonly [string, string | number])[] = [
    ['title', label],
    ['username', username],
    ['authUsername', username],
    ['password', password],
    ['userDisplayName', quotable(displayName)],
    ['host', sip.domain],
    ['proxy', `${sip.outboundProxy ?? sip.domain}:${sip.port}`],
    ['transport', sip.transport === 'tls' ? 'tls+sip:' : sip.transport],
    ['expires', registerSeconds],
    ['keyExchangeIncoming', encryption[srtp]],
    ['keyExchangeOutgoing', encryption[srtp]],
    ['voiceMailNumber', voicemailNumber ?? ''],
  ]
  const lines = pairs.map(([name, value]) => `  ${element(name, value)}`)
  return xmlFile('acrobits.xml', `<account>\n${lines.join('\n')}\n</account>`)
}

/** The answer to "Token based provisioning" of oem.zoiper.com; server and transport stand in the provider's own settings there. */
export function zoiperFile({ username, password }: PhoneSettings): ProvisioningFile {
  const account = [
    element('username', username),
    element('password', password),
    element('authentication_username', username),
  ]
  return xmlFile('zoiper.xml', `<options><accounts><account>${account.join('')}</account></accounts></options>`)
}

/** What soft phones that fetch their settings ask for. */
export const softPhoneFiles = (settings: PhoneSettings): ProvisioningFile[] => [
  linphoneFile(settings),
  acrobitsFile(settings),
  zoiperFile(settings),
]

/** For apps that scan an address and ask for the password themselves. */
export const sipUriOf = ({ username, sip }: Pick<PhoneSettings, 'username' | 'sip'>): string =>
  `sip:${username}@${sip.domain};transport=${sip.transport}`
