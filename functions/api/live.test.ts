import { listCalls, listRegistrations } from '@offhook/shared/api/calls.ts'
import { devices } from '@offhook/shared/api/nouns.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, type Ask, apiUnderTest } from './testing/api-under-test.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

type Contract = Parameters<ApiUnderTest['ask']>[1]
const ask = (contract: Contract, input?: Ask) => api.ask('admin@acme', contract, input)

describe('who is there', () => {
  it('R-154: registrations are exactly the devices with a live binding', async () => {
    const device = await ask(devices.create, { body: { type: 'sip-phone', name: 'Lobby', username: 'lobby' } })
    const binding = (id: string, seconds: number) => ({
      id,
      accountId: 'acme',
      deviceId: String(device.id),
      username: 'lobby',
      contact: 'sip:lobby@192.0.2.7',
      path: [],
      q: 1,
      transport: 'udp' as const,
      remoteAddress: '192.0.2.7',
      remotePort: 5060,
      sipCallId: 'x',
      cseq: 1,
      registeredAt: '2026-11-20T10:00:00.000Z',
      expiresAt: new Date(Date.now() + seconds * 1_000).toISOString(),
      edgeId: 'local',
    })
    await api.store.bindings.saveBatch([binding('live', 600), binding('stale', -600)])

    const { items } = await ask(listRegistrations)
    const other = await api.ask('admin@bolt', listRegistrations, { account: 'bolt' })

    expect(items).toMatchObject([{ id: 'live', deviceName: 'Lobby', remoteAddress: '192.0.2.7' }])
    expect(items).toHaveLength(1)
    expect(other.items).toEqual([])
  })

  it('calls in progress are listed until they end', async () => {
    const started = {
      kind: 'started' as const,
      id: 'up-1/started',
      accountId: 'acme',
      callId: 'up-1',
      at: '2026-11-20T10:00:00.000Z',
      direction: 'internal' as const,
      from: '1001',
      to: '1002',
      configRevision: 1,
    }
    await api.store.calls.share([started])

    expect((await ask(listCalls)).items).toMatchObject([{ callId: 'up-1', from: '1001' }])
    expect((await api.ask('admin@bolt', listCalls, { account: 'bolt' })).items).toEqual([])
  })
})
