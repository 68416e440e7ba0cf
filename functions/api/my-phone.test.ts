import { listCalls, listRegistrations } from '@offhook/shared/api/calls.ts'
import { revealDevicePassword } from '@offhook/shared/api/devices.ts'
import { createExtension } from '@offhook/shared/api/extensions.ts'
import { setUserPassword } from '@offhook/shared/api/me.ts'
import { listMyBoxes, openMyPhone } from '@offhook/shared/api/my-phone.ts'
import { devices, users } from '@offhook/shared/api/nouns.ts'
import { listMessages } from '@offhook/shared/api/voicemail-messages.ts'
import type { Extension } from '@offhook/shared/model/extension.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

type Contract = Parameters<ApiUnderTest['ask']>[1]
interface Seat {
  readonly bearer: string
  readonly extension: Extension
}

let api: ApiUnderTest
let robin: Seat
let sasha: Seat
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)

/** Somebody with an extension who signs in as a plain user. */
async function seat(number: string, firstName: string): Promise<Seat> {
  const { body } = await ask(createExtension, { body: { number, firstName } })
  const extension = body.extension as Extension
  const id = extension.userId
  const user = { ...(await ask(users.get, { params: { id } })).body, username: firstName.toLowerCase(), role: 'user' }
  await ask(users.replace, { params: { id }, body: user, headers: { 'if-match': '*' } })
  await ask(setUserPassword, { params: { id }, body: { password: 'a long enough one' } })
  return { bearer: await api.tokenFor(id, 'acme'), extension }
}

beforeAll(async () => {
  api = await apiUnderTest()
  robin = await seat('1001', 'Robin')
  sasha = await seat('1002', 'Sasha')
})
afterAll(() => api.stop())

const devicesOf = async ({ extension }: Seat) =>
  (await ask(devices.list, { query: { limit: 100 } })).items.filter(({ ownerId }) => ownerId === extension.userId)

describe('self-service', () => {
  it('R-285: the first log-in makes the browser phone under the user, the second finds it', async () => {
    expect(await devicesOf(robin)).toHaveLength(1)

    const first = await api.ask(robin, openMyPhone)
    expect(first.status).toBe(200)
    expect(new Set((await devicesOf(robin)).map(({ type }) => type))).toEqual(new Set(['browser', 'sip-phone']))
    const second = await api.ask(robin, openMyPhone)

    expect(second.body).toEqual(first.body)
    expect(String(first.body.password).length).toBeGreaterThan(20)
    expect(await devicesOf(robin)).toHaveLength(2)
    expect(await api.store.credentials.byUsername(String(first.body.username))).toMatchObject({
      accountId: 'acme',
      deviceId: first.body.deviceId,
      password: first.body.password,
    })
  })

  it('R-135: two pages opened at once make one browser phone', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => api.ask(sasha, openMyPhone)))

    expect(opened.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(opened.map(({ text }) => text)).size).toBe(1)
    expect(await devicesOf(sasha)).toHaveLength(2)
  })

  it("a browser phone of nobody is nobody's: an administrator without a user is not handed its password", async () => {
    // The page compared two owners that were both missing, found them equal, and asked for the password of the first unowned phone.
    await ask(devices.create, { body: { type: 'browser', name: 'Lobby', username: 'lobby-browser' } })

    for (const who of ['admin@acme', 'nobody@acme', 'reader@acme', 'operator@operator'] as const) {
      const refused = await api.ask(who, openMyPhone)
      expect([who, refused.status, refused.body.code]).toEqual([who, 409, 'no-user'])
      expect(refused.text).not.toContain('password')
    }
  })

  it('a user is told the password of no other phone, not even of the own desk phone', async () => {
    for (const { extension } of [robin, sasha]) {
      const refused = await api.ask(robin, revealDevicePassword, { params: { id: extension.deviceId } })
      expect([refused.status, refused.body.code]).toEqual([403, 'not-allowed'])
    }
  })

  it('a browser phone that was switched off stays off', async () => {
    const alex = await seat('1003', 'Alex')
    const { deviceId } = (await api.ask(alex, openMyPhone)).body as { deviceId: string }
    const { body } = await ask(devices.get, { params: { id: deviceId } })
    await ask(devices.replace, {
      params: { id: deviceId },
      body: { ...body, enabled: false },
      headers: { 'if-match': '*' },
    })

    const refused = await api.ask(alex, openMyPhone)

    expect([refused.status, refused.body.code, refused.body.password]).toEqual([409, 'phone-off', undefined])
  })

  it("users see their own registrations, calls and voicemail boxes, and nobody else's", async () => {
    const registered = async ({ extension }: Seat) => {
      const device = await ask(devices.get, { params: { id: extension.deviceId } })
      const username = String(device.body.username)
      return {
        id: `at-${extension.number}`,
        accountId: 'acme',
        deviceId: extension.deviceId,
        username,
        contact: `sip:${username}@192.0.2.7`,
        path: [],
        q: 1,
        transport: 'udp' as const,
        remoteAddress: '192.0.2.7',
        remotePort: 5060,
        sipCallId: 'x',
        cseq: 1,
        registeredAt: '2026-11-20T10:00:00.000Z',
        expiresAt: new Date(Date.now() + 600_000).toISOString(),
        edgeId: 'local',
      }
    }
    await api.store.bindings.saveBatch([await registered(robin), await registered(sasha)])
    const call = (callId: string, from: string, to: string) => ({
      kind: 'started' as const,
      id: `${callId}/started`,
      accountId: 'acme',
      callId,
      at: '2026-11-20T10:00:00.000Z',
      direction: 'internal' as const,
      from,
      to,
      configRevision: 1,
    })
    await api.store.calls.share([call('mine', '1001', '1002'), call('theirs', '1002', '1009')])

    const registrations = await api.ask(robin, listRegistrations)
    const calls = await api.ask(robin, listCalls)
    const boxes = await api.ask(robin, listMyBoxes)

    expect(registrations.items).toMatchObject([{ id: 'at-1001', ownerName: 'Robin' }])
    expect(registrations.items).toHaveLength(1)
    expect(calls.items.map(({ callId }) => callId)).toEqual(['mine'])
    expect(boxes.items).toMatchObject([{ id: robin.extension.voicemailBoxId, number: '1001' }])
    const heard = (boxId: string) => api.ask(robin, listMessages, { params: { boxId } })
    expect((await heard(robin.extension.voicemailBoxId)).status).toBe(200)
    expect((await heard(sasha.extension.voicemailBoxId)).status).toBe(404)
    expect((await api.ask('nobody@acme', listRegistrations)).items).toEqual([])
    expect((await api.ask('nobody@acme', listCalls)).items).toEqual([])
    expect((await api.ask('nobody@acme', listMyBoxes)).items).toEqual([])
  })
})
