import type { PhoneSettings } from '../phone-settings.ts'
import { timeZoneRule } from '../time-zone-rule.ts'

/** Eve's desk phone in New York. */
export const eveSettings: PhoneSettings = {
  mac: '001565aabbcc',
  model: 'T46U',
  label: '1001',
  displayName: 'Eve Example',
  username: 'p1001',
  password: 'a-secret_password',
  sip: { domain: 'acme.offhook.local', outboundProxy: 'pbx.example', transport: 'tls', port: 5061 },
  codecs: ['PCMU', 'PCMA', 'G722'],
  srtp: 'required',
  language: 'fr-CA',
  timeZone: timeZoneRule('America/New_York', Date.UTC(2026, 10, 24)),
  ntpServer: 'pool.ntp.org',
  voicemailNumber: '*97',
  codes: { doNotDisturb: { on: '*78', off: '*79' }, forward: { on: '*72', off: '*73' } },
  keys: [
    { does: 'line', label: 'second' },
    { does: 'lamp', label: 'Robin', number: '1002' },
    { does: 'speed-dial', label: 'Taxi', number: '+16045550199' },
  ],
  adminPassword: 'Abcdefgh12345678',
  adminPin: '123456789012',
  folderUrl: 'https://pbx.example/provision/the-secret/',
}
