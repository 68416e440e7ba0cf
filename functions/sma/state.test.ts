import { deflateRawSync } from 'node:zlib'
import { revisionOf } from '@offhook/shared/callflow/account-revision.ts'
import { step } from '@offhook/shared/callflow/engine.ts'
import { ownAttributeBytesMax, ownAttributePairsMax } from '@offhook/shared/sma-contract/limits.ts'
import { describe, expect, it } from 'vitest'
import { OwnStates, pack, unpack } from './state.ts'
import { MemoryStore } from './testing/memory-store.ts'

/** A call as the engine makes it: to nowhere, in an account without anything. */
function aState(callId = 'call-1') {
  const turn = step(revisionOf('acme', 7, new Map(), 'absent'), undefined, {
    type: 'arrived',
    at: '2026-11-23T09:15:00.000Z',
    callId,
    accountId: 'acme',
    configRevision: 7,
    origin: { kind: 'system' },
    dialled: '1002',
    caller: { number: '1001', anonymous: false },
  })
  if ('needs' in turn) throw new Error('everything is known to be absent')
  return turn.state
}

/** With a handler's memory of what it packed, or with that of one that has just started. */
const packing = (spill: MemoryStore, ownStates = new OwnStates()) => ({ spill, ownStates })

describe('what a call carries', () => {
  it('comes back as it was, in few and small attributes', async () => {
    const store = new MemoryStore()
    const carried = { state: aState(), sequence: 3, planId: 'plan', broken: 'why' }

    const attributes = await pack(carried, packing(store))

    expect(await unpack('call-1', attributes, packing(store))).toEqual(carried)
    expect(Object.keys(attributes).length).toBeLessThanOrEqual(ownAttributePairsMax)
    expect(store.items.size).toBe(0)
  })

  it('beyond 8 kB becomes an item, and the attribute holds its key', async () => {
    const store = new MemoryStore()
    const noise = (length: number) =>
      Array.from({ length }, (_, n) => ((n * 7_919 + 104_729) % 36).toString(36)).join('')
    const state = aState()
    const log = Array.from({ length: 400 }, (_, n) => ({
      type: 'failed' as const,
      at: new Date(1_795_600_000_000 + n * 977).toISOString(),
      command: 'play',
      reason: (String(Math.sin(n)) + noise(40 + (n % 150))).slice(0, 200),
    }))
    const carried = { state: { ...state, log: [...state.log, ...log] }, sequence: 400 }

    const attributes = await pack(carried, packing(store))

    expect(attributes.state).toBeUndefined()
    expect([...store.items.keys()]).toEqual(['calls/acme/call-1/400'])
    expect(JSON.stringify(attributes).length).toBeLessThan(ownAttributeBytesMax)
    expect(await unpack('call-1', attributes, packing(store))).toEqual(carried)
    store.items.clear()
    await expect(unpack('call-1', attributes, packing(store))).rejects.toMatchObject({ code: 'call-state-lost' })
  })

  it('is the same for the handler that packed it and for one that knows nothing of it', async () => {
    const store = new MemoryStore()
    const mine = packing(store)
    const attributes = await pack({ state: aState(), sequence: 1 }, mine)

    expect(await unpack('call-1', attributes, mine)).toEqual(await unpack('call-1', attributes, packing(store)))
  })

  it('is checked when it is not what was packed', async () => {
    const store = new MemoryStore()
    const mine = packing(store)
    const attributes = await pack({ state: aState(), sequence: 1 }, mine)
    const altered = { ...attributes, state: (attributes.state ?? '').replace('"ended"', '"flying"') }

    await expect(unpack('call-1', altered, mine)).rejects.toMatchObject({ name: 'ZodError' })
  })

  it.each([
    ['keyed in', { secretAt: [1] }, { type: 'digits', digits: '4711' }],
    [
      'looked up',
      {},
      { type: 'looked-up', facts: [{ key: { kind: 'voicemail-box', id: 'b' }, value: { pin: '4711' } }] },
    ],
  ] as const)('is not written out where it knows a PIN that was %s', async (_, more, event) => {
    const store = new MemoryStore()
    const state = aState()
    const log = [...state.log, { at: state.arrivedAt, ...event }] as typeof state.log
    const carried = { state: { ...state, ...more, log } as typeof state, sequence: 1 }

    const attributes = await pack(carried, packing(store))

    expect(attributes.state).not.toContain('4711')
    expect(await unpack('call-1', attributes, packing(store))).toEqual(carried)
  })

  it('of another call or account is refused', async () => {
    const store = new MemoryStore()
    const attributes = await pack({ state: aState(), sequence: 1 }, packing(store))

    await expect(unpack('call-2', attributes, packing(store))).rejects.toMatchObject({ code: 'call-state-foreign' })
    await expect(unpack('call-1', { ...attributes, account: 'evil' }, packing(store))).rejects.toMatchObject({
      code: 'call-state-foreign',
    })
  })

  it('that would inflate without end is refused', async () => {
    const bomb = deflateRawSync(Buffer.alloc(20_000_000)).toString('base64url')

    await expect(unpack('call-1', { state: bomb }, packing(new MemoryStore()))).rejects.toThrow()
  })

  it('nothing is nothing', async () => {
    expect(await unpack('call-1', undefined, packing(new MemoryStore()))).toEqual({ sequence: 0 })
    expect(await unpack('call-1', { other: 'x' }, packing(new MemoryStore()))).toEqual({ sequence: 0 })
  })
})
