import { type PhoneSettings, registerSeconds } from './phone-settings.ts'
import { element } from './printable.ts'
import { type ProvisioningFile, xmlFile } from './provisioning-file.ts'

/** Names this firmware has for zones, by minutes from UTC: with daylight saving, and without. */
const zones: Readonly<Record<number, readonly [saving: string, fixed: string]>> = {
  [-600]: ['Hawaiian Standard Time', 'Hawaiian Standard Time'],
  [-540]: ['Alaskan Standard/Daylight Time', 'Alaskan Standard/Daylight Time'],
  [-480]: ['Pacific Standard/Daylight Time', 'Pacific Standard/Daylight Time'],
  [-420]: ['Mountain Standard/Daylight Time', 'US Mountain Standard Time'],
  [-360]: ['Central Standard/Daylight Time', 'Canada Central Standard Time'],
  [-300]: ['Eastern Standard/Daylight Time', 'US Eastern Standard Time'],
  [-240]: ['Atlantic Standard/Daylight Time', 'SA Western Standard Time'],
  [-210]: ['Newfoundland Standard/Daylight Time', 'Newfoundland Standard/Daylight Time'],
  0: ['GMT Standard/Daylight Time', 'Greenwich Standard Time'],
  60: ['W. Europe Standard/Daylight Time', 'W. Europe Standard/Daylight Time'],
  120: ['GTB Standard/Daylight Time', 'South Africa Standard Time'],
  180: ['Russian Standard/Daylight Time', 'Saudi Arabia Standard Time'],
  330: ['India Standard Time', 'India Standard Time'],
  480: ['China Standard/Daylight Time', 'China Standard/Daylight Time'],
  540: ['Tokyo Standard Time', 'Tokyo Standard Time'],
  600: ['AUS Eastern Standard/Daylight Time', 'E. Australia Standard Time'],
}

function zoneOf({ timeZone: { standardMinutes, daylight } }: PhoneSettings): string {
  const [saving, fixed] = zones[standardMinutes] ?? ['GMT Standard/Daylight Time', 'Greenwich Standard Time']
  return daylight === undefined ? fixed : saving
}

/** Named like their feature: 9 a line, 21 a lamp with speed dial, 2 a speed dial. */
const features = { line: 9, lamp: 21, 'speed-dial': 2 } as const

const lines = ({
  label,
  displayName,
  username,
  password,
  voicemailNumber = '',
  keys,
  sip,
}: PhoneSettings): string[] => [
  '<line button="1" lineIndex="1">',
  element('featureID', features.line),
  element('featureLabel', label),
  element('proxy', 'USECALLMANAGER'),
  element('port', sip.port),
  element('name', username),
  element('displayName', displayName),
  element('authName', username),
  element('authPassword', password),
  element('messageWaitingLampPolicy', 3),
  element('messagesNumber', voicemailNumber),
  element('contact', username),
  '</line>',
  ...keys
    .filter(({ does }) => does !== 'line')
    .flatMap(({ does, label: text, number = '' }, index) => [
      `<line button="${index + 2}">`,
      element('featureID', features[does]),
      element('featureLabel', text === '' ? number : text),
      element('speedDialNumber', number),
      '</line>',
    ]),
]

/**
 * 7900, 8900 and 9900 with enterprise SIP firmware, as far as it works without a Unified CM: `SEP<MAC>.cnf.xml`. These phones take files
 * by TFTP or plain HTTP from the root of a server, so the file is fetched here and put there by hand. Domain names are not taken: the
 * registrar is what it sends to.
 */
export function ciscoEnterpriseFiles(settings: PhoneSettings): ProvisioningFile[] {
  const { sip, ntpServer, adminPassword, codecs, mac } = settings
  const body = [
    '<device>',
    element('fullConfig', 'true'),
    element('deviceProtocol', 'SIP'),
    element('sshUserId', 'admin'),
    element('sshPassword', adminPassword),
    '<devicePool>',
    '<dateTimeSetting>',
    element('dateTemplate', 'D-M-Y'),
    element('timeZone', zoneOf(settings)),
    `<ntps><ntp>${element('name', ntpServer)}${element('ntpMode', 'Unicast')}</ntp></ntps>`,
    '</dateTimeSetting>',
    '<callManagerGroup><members><member priority="0"><callManager>',
    `<ports>${element('sipPort', sip.port)}${element('securedSipPort', sip.port)}</ports>`,
    element('processNodeName', sip.outboundProxy ?? sip.domain),
    '</callManager></member></members></callManagerGroup>',
    '</devicePool>',
    '<sipProfile>',
    `<sipProxies>${element('registerWithProxy', 'true')}</sipProxies>`,
    `<sipStack>${element('timerRegisterExpires', registerSeconds)}${element('remotePartyID', 'true')}</sipStack>`,
    element('dtmfOutofBand', 'avt'),
    element('preferredCodec', codecs[0] === 'PCMA' ? 'g711alaw' : 'g711ulaw'),
    element('phoneLabel', settings.label),
    `<sipLines>${lines(settings).join('')}</sipLines>`,
    element('voipControlPort', 5060),
    '</sipProfile>',
    // 1 TCP, 2 UDP: TLS needs certificates of a Unified CM.
    element('transportLayerProtocol', sip.transport === 'udp' ? 2 : 1),
    '</device>',
  ]
  return [xmlFile(`SEP${mac.toUpperCase()}.cnf.xml`, body.join('\n'))]
}
