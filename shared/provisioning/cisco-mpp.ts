import type { DeviceKey } from '../model/device-key.ts'
import { type PhoneSettings, registerSeconds } from './phone-settings.ts'
import { element } from './printable.ts'
import { type ProvisioningFile, xmlFile } from './provisioning-file.ts'
import { type ClockChange, signedHours } from './time-zone-rule.ts'

const codecNames = { PCMU: 'G711u', PCMA: 'G711a', G722: 'G722', OPUS: 'OPUS' } as const
const codecPlaces = ['Preferred_Codec_1_', 'Second_Preferred_Codec_1_', 'Third_Preferred_Codec_1_']
/** "Strict" means encrypted over TLS and plain otherwise; "Required" refuses plain calls. */
const encryption = { off: 'Optional', optional: 'Optional', required: 'Required' } as const
const languages: Readonly<Record<string, string>> = {
  de: 'German',
  es: 'Spanish',
  fr: 'French',
  it: 'Italian',
  nl: 'Dutch',
}

type Pair = readonly [name: string, value: string | number]

/** "XML Reference Guide for Cisco IP Phone 7800 and 8800 Series Multiplatform Phones"; SPA 300 and 500 have the same names. */
const extension = ({ sip, ...settings }: PhoneSettings): Pair[] => [
  ['Line_Enable_1_', 'Yes'],
  ['Proxy_1_', `${sip.domain}:${sip.port}`],
  ['Use_Outbound_Proxy_1_', sip.outboundProxy === undefined ? 'No' : 'Yes'],
  ['Outbound_Proxy_1_', sip.outboundProxy === undefined ? '' : `${sip.outboundProxy}:${sip.port}`],
  ['SIP_Transport_1_', sip.transport.toUpperCase()],
  ['Register_1_', 'Yes'],
  ['Register_Expires_1_', registerSeconds],
  ['Display_Name_1_', settings.displayName],
  ['User_ID_1_', settings.username],
  ['Use_Auth_ID_1_', 'Yes'],
  ['Auth_ID_1_', settings.username],
  ['Password_1_', settings.password],
  ['Secure_Call_Option_1_', encryption[settings.srtp]],
  ['Secure_Call_Setting', settings.srtp === 'off' ? 'No' : 'Yes'],
  ['SRTP_Method', 's-descriptor'],
  // RFC 4733.
  ['DTMF_Tx_Method_1_', 'AVT'],
  ['NAT_Keep_Alive_Enable_1_', 'Yes'],
  // Extensions of any length and star codes.
  ['Dial_Plan_1_', '([39]11S0|112S0|933S0|*x.|+x.|x.)'],
  ['Message_Waiting_1_', 'Yes'],
  ['Voice_Mail_Number', settings.voicemailNumber ?? ''],
]

const codecs = ({ codecs: wanted }: PhoneSettings): Pair[] =>
  codecPlaces.map((place, index) => [place, codecNames[wanted[index] ?? wanted[0] ?? 'PCMU']])

/** `month/day/weekday/h:m:s`: the first such weekday on or after the day, -1 for the last; Monday 1 to Sunday 7. */
const change = ({ month, week, weekday, hour, minute }: ClockChange): string =>
  `${month}/${week === 5 ? -1 : (week - 1) * 7 + 1}/${weekday === 0 ? 7 : weekday}/${hour}:${minute}:0`

const time = ({ timeZone: { standardMinutes, daylight }, ntpServer }: PhoneSettings): Pair[] => [
  ['Primary_NTP_Server', ntpServer],
  ['Time_Zone', `GMT${signedHours(standardMinutes)}`],
  ['Daylight_Saving_Time_Enable', daylight === undefined ? 'No' : 'Yes'],
  ...(daylight === undefined
    ? []
    : [
        [
          'Daylight_Saving_Time_Rule',
          `start=${change(daylight.starts)};end=${change(daylight.ends)};save=${Math.floor(daylight.savedMinutes / 60)}:${daylight.savedMinutes % 60}:0`,
        ] as const,
      ]),
]

const phone = ({ label, language, adminPassword, folderUrl, codes, username }: PhoneSettings): Pair[] => [
  ['Station_Name', username],
  ['Station_Display_Name', label],
  ['Language_Selection', languages[language.slice(0, 2)] ?? 'English-US'],
  ['Admin_Password', adminPassword],
  ['Admin_Passwd', adminPassword],
  ['Provision_Enable', 'Yes'],
  ['Resync_On_Reset', 'Yes'],
  ['Resync_Periodic', 86_400],
  ['Resync_From_SIP', 'Yes'],
  ['Auth_Resync-Reboot', 'Yes'],
  // $MA is the phone's own word for its MAC address.
  ['Profile_Rule', `${folderUrl}$MA.xml`],
  ['DND_Act_Code', codes.doNotDisturb?.on ?? ''],
  ['DND_Deact_Code', codes.doNotDisturb?.off ?? ''],
  ['Cfwd_All_Act_Code', codes.forward?.on ?? ''],
  ['Cfwd_All_Deact_Code', codes.forward?.off ?? ''],
  ['Extension_1_', 1],
  ['Short_Name_1_', label],
]

/** `;` parts what a key does, `$` begins a macro. */
const name = (label: string, number: string): string => (label === '' ? number : label.replaceAll(/[;$=@]/g, ' '))

const key = ({ does, label, number = '' }: DeviceKey, index: number): Pair[] => {
  const place = index + 2
  if (does === 'line')
    return [
      [`Extension_${place}_`, 1],
      [`Short_Name_${place}_`, label],
    ]
  const what = does === 'lamp' ? `fnc=blf+sd+cp;sub=${number}@$PROXY` : `fnc=sd;ext=${number}@$PROXY`
  return [
    [`Extension_${place}_`, 'Disabled'],
    [`Short_Name_${place}_`, name(label, number)],
    [`Extended_Function_${place}_`, `${what};nme=${name(label, number)}`],
  ]
}

/** 6800, 7800 and 8800 with 3PCC firmware, SPA 300 and 500, ATA 190. First they ask a file named like their model, then `$MA.xml`. */
export function ciscoMppFiles(settings: PhoneSettings): ProvisioningFile[] {
  const pairs = [
    ...extension(settings),
    ...codecs(settings),
    ...time(settings),
    ...phone(settings),
    ...settings.keys.flatMap(key),
  ]
  const profile = (lines: readonly string[]) => `<flat-profile>\n${lines.join('\n')}\n</flat-profile>`
  return [
    xmlFile(
      `${settings.mac}.xml`,
      profile(pairs.map(([tag, value]) => `  ${element(tag, value)}`)),
      new RegExp(`^spa${settings.mac}\\.(cfg|xml)$`, 'i'),
    ),
    xmlFile(
      'CP-3PCC.xml',
      profile([`  ${element('Profile_Rule', `${settings.folderUrl}$MA.xml`)}`]),
      /^(CP-\d{4}(NR|K9)?-3PCC|spa\d{3}G?2?)\.(xml|cfg)$/i,
    ),
  ]
}
