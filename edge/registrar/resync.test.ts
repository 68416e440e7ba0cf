import type { Binding } from '@offhook/shared/model/registration.ts'
import { expect, it } from 'vitest'
import { SipHeaders } from '../sip/message.ts'
import type { UserAgent } from '../sip/user-agent.ts'
import type { DeviceCredential } from './credentials.ts'
import type { Location } from './location-table.ts'
import { askToResync } from './resync.ts'
import { flowFrom } from './testing/scripted-phone.ts'

const binding = (more: Partial<Binding> = {}): Binding => ({
  id: 'b',
  accountId: 'acme',
  deviceId: 'desk',
  username: 'p1',
  contact: 'sip:p1@10.0.0.5:5060',
  path: [],
  q: 1,
  transport: 'udp',
  remoteAddress: '198.51.100.7',
  remotePort: 40_000,
  sipCallId: 'c',
  cseq: 1,
  registeredAt: '2026-11-24T00:00:00.000Z',
  expiresAt: '2026-11-24T01:00:00.000Z',
  edgeId: 'local',
  ...more,
})
const device: DeviceCredential = {
  kind: 'device',
  username: 'p1',
  password: 'secret',
  accountId: 'acme',
  deviceId: 'desk',
  enabled: true,
}

type Wanted = Parameters<UserAgent['request']>[0]

function edgeWith(locations: readonly Location[], status = 200) {
  const sent: Wanted[] = []
  const userAgent: Pick<UserAgent, 'request'> = {
    async request(wanted) {
      sent.push(wanted)
      return { kind: 'response', status, reason: '', headers: new SipHeaders([]), body: new Uint8Array() }
    },
  }
  const registrar = { find: () => [...locations], device: async () => device }
  return { sent, parts: { userAgent, registrar, domain: 'pbx.example' } }
}

it('every contact of a phone is asked on the connection it came by, and may ask back for the password', async () => {
  const flow = flowFrom('198.51.100.7', 40_000)
  const { sent, parts } = edgeWith([
    { binding: binding({ userAgent: 'Yealink' }), flow },
    { binding: binding({ id: 'c', contact: 'sip:p1@10.0.0.6' }) },
  ])

  const asked = await askToResync(parts, 'acme', 'p1', 'check-sync;reboot=false')

  expect(asked).toEqual([
    { contact: 'sip:p1@10.0.0.5:5060', userAgent: 'Yealink', status: 200 },
    { contact: 'sip:p1@10.0.0.6', status: 200 },
  ])
  expect(
    sent.map(({ method, headers, flow: way, credentials }) => [method, headers?.[0], way, credentials?.password]),
  ).toEqual([
    ['NOTIFY', ['Event', 'check-sync;reboot=false'], flow, 'secret'],
    ['NOTIFY', ['Event', 'check-sync;reboot=false'], undefined, 'secret'],
  ])
  // Without its connection a phone is where it came from.
  expect(sent[1]?.uri).toMatchObject({ host: '198.51.100.7', port: 40_000 })
})

it("another account's phone is never asked, nor is an event sent that would be two header lines", async () => {
  const { sent, parts } = edgeWith([{ binding: binding() }])

  expect(await askToResync(parts, 'bolt', 'p1', 'check-sync')).toEqual([])
  await expect(askToResync(parts, 'acme', 'p1', 'check-sync\r\nX: y')).rejects.toThrow('not an event')
  expect(sent).toEqual([])
})
