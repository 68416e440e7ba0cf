import type { Binding } from '@offhook/shared/model/registration.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBindingKeeper, flushMs, refreshFlushMs, retryMs } from './binding-keeper.ts'

const binding = (id: string, cseq = 1): Binding => ({
  id,
  cseq,
  accountId: 'acme',
  deviceId: 'd',
  username: '1001',
  contact: `sip:${id}`,
  path: [],
  q: 1,
  transport: 'udp',
  remoteAddress: '192.0.2.7',
  remotePort: 5_060,
  sipCallId: 'c',
  registeredAt: '2026-11-23T09:00:00.000Z',
  expiresAt: '2026-11-23T09:05:00.000Z',
  edgeId: 'local',
})

function start() {
  const writes: string[] = []
  const errors: unknown[] = []
  const state = { isBroken: false }
  const note = (what: string) => async (bindings: readonly Binding[]) => {
    if (state.isBroken) throw new Error('the store is away')
    writes.push(`${what} ${bindings.map(({ id, cseq }) => `${id}/${cseq}`).join(' ')}`)
  }
  const store = { saveBatch: note('save'), removeBatch: note('remove'), loadAll: async () => [] }
  return { keeper: createBindingKeeper(store, (error) => errors.push(error)), writes, errors, state }
}

describe('bindings on their way to the store', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('go in one batch, the newest state of each only', async () => {
    const { keeper, writes } = start()
    keeper.saved([binding('a'), binding('b')])
    keeper.saved([binding('a', 2)])
    keeper.removed([binding('b')])

    await vi.advanceTimersByTimeAsync(flushMs)

    expect(writes).toEqual(['save a/2', 'remove b/1'])
  })

  it('wait while the store is away and lose nothing', async () => {
    const { keeper, writes, errors, state } = start()
    state.isBroken = true
    keeper.saved([binding('a')])
    await vi.advanceTimersByTimeAsync(flushMs)
    expect(errors).toHaveLength(1)
    keeper.saved([binding('a', 2)])
    state.isBroken = false

    await vi.advanceTimersByTimeAsync(retryMs)

    expect(writes).toEqual(['save a/2'])
    expect(keeper.waiting).toBe(0)
  })

  it('a refresh waits longer, for the newest of its kind, but not when the binding is on its way anyway', async () => {
    const { keeper, writes } = start()
    keeper.saved([binding('a')])
    keeper.refreshed([binding('a', 2)])
    await vi.advanceTimersByTimeAsync(flushMs)
    keeper.refreshed([binding('a', 3)])
    keeper.refreshed([binding('a', 4)])
    await vi.advanceTimersByTimeAsync(flushMs)
    expect(writes).toEqual(['save a/2'])

    await vi.advanceTimersByTimeAsync(refreshFlushMs)

    expect(writes).toEqual(['save a/2', 'save a/4'])
  })

  it('one that is removed is not brought back by its refresh', async () => {
    const { keeper, writes } = start()
    keeper.refreshed([binding('a')])
    keeper.removed([binding('a')])

    await vi.advanceTimersByTimeAsync(refreshFlushMs)

    expect(writes).toEqual(['remove a/1'])
  })

  it('are written at the end', async () => {
    const { keeper, writes } = start()
    keeper.saved([binding('a')])

    await keeper.close()

    expect(writes).toEqual(['save a/1'])
  })
})
