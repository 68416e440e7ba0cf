import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { families, familyOf, modelIn } from './families.ts'
import { type PhoneSettings, withoutSecrets } from './phone-settings.ts'
import { fileNamed, type ProvisioningFile } from './provisioning-file.ts'
import { acrobitsFile, linphoneFile, sipUriOf, softPhoneFiles, zoiperFile } from './soft-phones.ts'
import { leaves, readXml } from './testing/read-xml.ts'
import { eveSettings as eve } from './testing/settings.ts'

const family = (id: string) => {
  const found = families.find((one) => one.id === id)
  if (found === undefined) throw new Error(id)
  return found
}
const text = (id: string, name: string, settings = eve): string =>
  fileNamed(family(id).files(settings), name)?.text ?? ''

/** `key = value` or `name: value`, remarks left out; what a phone makes of it. */
function lines(file: string, separator: ' = ' | ': '): Map<string, string> {
  const pairs = file.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    pairs.map((line) => {
      const at = line.indexOf(separator)
      if (at < 0) throw new Error(`no setting: ${line}`)
      return [line.slice(0, at), line.slice(at + separator.length)]
    }),
  )
}

function check(found: ReadonlyMap<string, string>, expected: Readonly<Record<string, string>>): void {
  expect(Object.fromEntries(Object.keys(expected).map((key) => [key, found.get(key)]))).toEqual(expected)
}

describe('files of desk phones', () => {
  it('R-133: Yealink is told everything in <mac>.cfg', () => {
    const file = text('yealink', '001565AABBCC.cfg')

    expect(file.split('\n')[0]).toBe('#!version:1.0.0.1')
    check(lines(file, ' = '), {
      'account.1.user_name': 'p1001',
      'account.1.auth_name': 'p1001',
      'account.1.password': 'a-secret_password',
      'account.1.display_name': 'Eve Example',
      'account.1.sip_server.1.address': 'acme.offhook.local',
      'account.1.sip_server.1.transport_type': '2',
      'account.1.outbound_proxy.1.address': 'pbx.example',
      'account.1.outbound_proxy.1.port': '5061',
      'account.1.srtp_encryption': '2',
      'account.1.codec.pcmu.priority': '1',
      'account.1.codec.g722.priority': '3',
      'account.1.codec.opus.enable': '0',
      'voice_mail.number.1': '*97',
      'features.dnd.on_code': '*78',
      'local_time.time_zone': '-5',
      'local_time.start_time': '3/2/7/2',
      'local_time.end_time': '11/1/7/2',
      'lang.gui': 'French',
      'linekey.2.type': '15',
      'linekey.3.type': '16',
      'linekey.3.value': '1002',
      'linekey.4.value': '+16045550199',
      'static.security.user_password': 'admin:Abcdefgh12345678',
      'static.auto_provision.server.url': 'https://pbx.example/provision/the-secret/',
    })
    expect(text('yealink', 'y000000000108.cfg')).toContain('#!version:1.0.0.1')
  })

  it('R-133: Poly is led from its master file to its settings', () => {
    const master = readXml(text('poly', '001565aabbcc.cfg'))
    const settings = readXml(text('poly', master.attributes.CONFIG_FILES ?? ''))

    expect(settings.name).toBe('polycomConfig')
    check(new Map(Object.entries(settings.attributes)), {
      'reg.1.address': 'p1001@acme.offhook.local',
      'reg.1.auth.userId': 'p1001',
      'reg.1.auth.password': 'a-secret_password',
      'reg.1.server.1.transport': 'TLS',
      'reg.1.outboundProxy.address': 'pbx.example',
      'reg.1.lineKeys': '2',
      'sec.srtp.require': '1',
      'voice.codecPref.G711_Mu': '1',
      'voice.codecPref.Opus': '0',
      'msg.mwi.1.callBack': '*97',
      'tcpIpApp.sntp.gmtOffset': '-18000',
      'tcpIpApp.sntp.daylightSavings.start.date': '8',
      'tcpIpApp.sntp.daylightSavings.start.dayOfWeek': '1',
      'tcpIpApp.sntp.daylightSavings.stop.month': '11',
      'attendant.resourceList.1.address': '1002',
      'attendant.resourceList.2.type': 'automata',
      'device.auth.localAdminPassword': 'Abcdefgh12345678',
    })
  })

  it('R-133: Mitel is told everything in <MAC>.cfg, its administrator PIN in digits', () => {
    const file = text('mitel', '001565AABBCC.cfg', { ...eve, model: '6867i' })

    expect(family('mitel').files(eve)[0]?.name).toBe('001565AABBCC.cfg')
    check(lines(file, ': '), {
      'sip line1 user name': 'p1001',
      'sip line1 password': 'a-secret_password',
      'sip line1 registrar ip': 'acme.offhook.local',
      'sip line1 outbound proxy': 'pbx.example',
      'sip line1 vmail': '*97',
      'sip line1 srtp mode': '2',
      'sip transport protocol': '4',
      'sip customized codec':
        'payload=0;ptime=20;silsupp=off,payload=8;ptime=20;silsupp=off,payload=9;ptime=20;silsupp=off',
      'time zone minutes': '300',
      'dst start month': '3',
      'dst start week': '2',
      'dst end day': '1',
      'admin password': '123456789012',
      'topsoftkey2 type': 'blf',
      'topsoftkey2 value': '1002',
    })
    expect(lines(text('mitel', '001565AABBCC.cfg', { ...eve, model: '6863i' }), ': ').get('prgkey2 value')).toBe('1002')
    expect(text('mitel', 'aastra.cfg')).toBe(text('mitel', 'startup.cfg'))
  })

  it('R-133: Grandstream is told everything in P-values', () => {
    const root = readXml(text('grandstream', 'cfg001565aabbcc.xml'))

    expect(root.name).toBe('gs_provision')
    check(leaves(root), {
      mac: '001565aabbcc',
      P47: 'acme.offhook.local',
      P48: 'pbx.example:5061',
      P35: 'p1001',
      P36: 'p1001',
      P34: 'a-secret_password',
      P270: '1001',
      P33: '*97',
      P32: '5',
      P130: '2',
      P183: '2',
      P57: '0',
      P58: '8',
      P59: '9',
      P62: '9',
      P246: 'STD+5DST+4,M3.2.0/2,M11.1.0/2',
      P212: '2',
      P237: 'pbx.example/provision/the-secret',
      P2: 'Abcdefgh12345678',
      P23005: '1',
      P23008: '1002',
    })
  })

  it('R-133: Cisco multiplatform is told everything in a flat profile, and where to find it in a file named like its model', () => {
    const root = readXml(text('cisco-mpp', '001565aabbcc.xml'))

    expect(root.name).toBe('flat-profile')
    check(leaves(root), {
      Proxy_1_: 'acme.offhook.local:5061',
      Outbound_Proxy_1_: 'pbx.example:5061',
      SIP_Transport_1_: 'TLS',
      User_ID_1_: 'p1001',
      Password_1_: 'a-secret_password',
      Secure_Call_Option_1_: 'Required',
      Preferred_Codec_1_: 'G711u',
      Time_Zone: 'GMT-05:00',
      Daylight_Saving_Time_Rule: 'start=3/8/7/2:0:0;end=11/1/7/2:0:0;save=1:0:0',
      Voice_Mail_Number: '*97',
      Profile_Rule: 'https://pbx.example/provision/the-secret/$MA.xml',
      Extended_Function_3_: 'fnc=blf+sd+cp;sub=1002@$PROXY;nme=Robin',
    })
    const first = leaves(readXml(text('cisco-mpp', 'CP-8851-3PCC.xml')))
    expect([...first]).toEqual([['Profile_Rule', 'https://pbx.example/provision/the-secret/$MA.xml']])
  })

  it('R-133: Cisco enterprise firmware gets its SEP file', () => {
    const udp: PhoneSettings = { ...eve, sip: { ...eve.sip, transport: 'udp', port: 5060 } }
    check(leaves(readXml(text('cisco-enterprise', 'SEP001565AABBCC.cnf.xml', udp))), {
      processNodeName: 'pbx.example',
      authName: 'p1001',
      authPassword: 'a-secret_password',
      messagesNumber: '*97',
      timeZone: 'Eastern Standard/Daylight Time',
      transportLayerProtocol: '2',
    })
  })

  it('what is shown to people holds no secret', () => {
    for (const file of [
      ...families.flatMap((one) => one.files(withoutSecrets(eve))),
      ...softPhoneFiles(withoutSecrets(eve)),
    ])
      for (const secret of [eve.password, eve.adminPassword, eve.adminPin, 'the-secret'])
        expect([file.name, file.text.includes(secret)]).toEqual([file.name, false])
  })
})

describe('soft phones', () => {
  it('R-134: Linphone gets its account once, Acrobits and Zoiper theirs', () => {
    const sections = new Map(readXml(linphoneFile(eve).text).children.map((one) => [one.attributes.name, one.children]))
    const entry = (section: string, name: string) =>
      sections.get(section)?.find(({ attributes }) => attributes.name === name)?.text

    expect(entry('misc', 'transient_provisioning')).toBe('1')
    expect(entry('auth_info_0', 'passwd')).toBe('a-secret_password')
    expect(entry('proxy_0', 'reg_identity')).toBe('"Eve Example" <sip:p1001@acme.offhook.local>')
    expect(entry('proxy_0', 'reg_proxy')).toBe('<sip:pbx.example:5061;transport=tls>')
    check(leaves(readXml(acrobitsFile(eve).text)), {
      username: 'p1001',
      password: 'a-secret_password',
      host: 'acme.offhook.local',
      proxy: 'pbx.example:5061',
      keyExchangeOutgoing: 'sdes',
    })
    check(leaves(readXml(zoiperFile(eve).text)), { username: 'p1001', password: 'a-secret_password' })
    expect(sipUriOf(eve)).toBe('sip:p1001@acme.offhook.local;transport=tls')
  })
})

describe('whatever a name contains', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      'Eve\naccount.1.password = known',
      'Eve\r\nsip line1 password: known',
      'a" reg.1.server.1.address="evil.example',
      '</P270><P34>known</P34><P270>',
      ']]><!--',
      '&lt;b&gt;&amp;#10;',
      'x\u2028account.1.password = y',
      'x\u0085sip line1 password: y',
      '#"; rm',
      'nme;fnc=sd;ext=900',
      '" <sip:evil@evil.example>, "',
      '\ud800',
    ),
  )
  /** What a phone reads, as a list of settings' names. */
  const names = (file: ProvisioningFile): string[] => {
    if (file.contentType.startsWith('text/plain')) {
      // Some firmware ends a line at any of these.
      expect(file.text).not.toMatch(/[\r\v\f\u0085\u2028\u2029]/)
      return [...lines(file.text, file.text.startsWith('#!') ? ' = ' : ': ').keys()]
    }
    const all: string[] = []
    const walk = (one: ReturnType<typeof readXml>) => {
      all.push(one.name, ...Object.keys(one.attributes))
      for (const child of one.children) walk(child)
    }
    walk(readXml(file.text))
    return all
  }
  const filesOf = (settings: PhoneSettings) => [
    ...families.flatMap((one) => one.files(settings)),
    ...softPhoneFiles(settings),
  ]
  const harmless = filesOf(eve).map(names)

  it('it adds no line, no element and no attribute to any file', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (displayName, label, key) => {
        const keys = eve.keys.map((one) => ({ ...one, label: key }))
        expect(filesOf({ ...eve, displayName, label, keys }).map(names)).toEqual(harmless)
      }),
      { numRuns: 300 },
    )
  })

  it('it stays inside its key of a Cisco phone, and inside the quotes of a SIP address', () => {
    fc.assert(
      fc.property(nasty, (name) => {
        const settings = { ...eve, displayName: name, keys: [{ does: 'lamp' as const, label: name, number: '1002' }] }
        const cisco = leaves(readXml(text('cisco-mpp', '001565aabbcc.xml', settings)))
        expect(cisco.get('Extended_Function_2_')?.split(';')).toHaveLength(3)
        expect(linphoneFile(settings).text).toMatch(
          /reg_identity" overwrite="true">&quot;[^<"\\]*&quot; &lt;sip:p1001@/,
        )
      }),
      { numRuns: 200 },
    )
  })
})

describe('which phone it is', () => {
  it.each([
    [{ make: 'Yealink', model: 'T46U' }, 'yealink'],
    [{ make: 'Polycom', model: 'VVX 450' }, 'poly'],
    [{ make: 'Poly', model: 'Edge E350' }, 'poly'],
    [{ make: 'Aastra', model: '6867i' }, 'mitel'],
    [{ make: 'Grandstream', model: 'GRP2614' }, 'grandstream'],
    [{ make: 'Cisco', model: '8851' }, 'cisco-mpp'],
    [{ make: 'Cisco', model: 'CP-7965G' }, 'cisco-enterprise'],
    [{ userAgent: 'Yealink SIP-T46U 108.86.0.20 00:15:65:aa:bb:cc' }, 'yealink'],
    [{ userAgent: 'FileTransport PolycomVVX-VVX_411-UA/5.9.0.9373' }, 'poly'],
    [{ userAgent: 'Mitel6867i MAC:00-08-5D-AA-BB-CC V:5.1.0.2024-SIP' }, 'mitel'],
    [{ userAgent: 'Grandstream Model HW GRP2614 SW 1.0.5.15 DevId c074ad0b63ee' }, 'grandstream'],
    [{ userAgent: 'Cisco-CP-7832-3PCC/11.0.1 (00562b043615)' }, 'cisco-mpp'],
    [{ mac: '0004f2010203' }, 'poly'],
    [{ make: 'Nokia', mac: 'ffffffffffff' }, undefined],
  ])('%j is %s', (hints, expected) => {
    expect(familyOf(hints)?.id).toBe(expected)
  })

  it('it says its model itself', () => {
    expect(modelIn(family('yealink'), 'Yealink SIP-T46U 108.86.0.20 00:15:65:aa:bb:cc')).toBe('T46U')
    expect(modelIn(family('poly'), 'FileTransport PolycomVVX-VVX_411-UA/5.9.0.9373')).toBe('VVX_411')
    expect(modelIn(family('mitel'), 'Mitel6867i MAC:00-08-5D-AA-BB-CC V:5.1.0.2024-SIP')).toBe('6867i')
    expect(modelIn(family('grandstream'), 'Grandstream Model HW GRP2614 SW 1.0.5.15 DevId c0')).toBe('GRP2614')
    expect(modelIn(family('cisco-mpp'), 'Cisco-CP-7832-3PCC/11.0.1 (00562b043615)')).toBe('7832')
  })
})
