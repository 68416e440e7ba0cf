import type { Store } from '@offhook/store/store.ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepHouse, recountAll } from './housekeeping.ts'

const pages = [{ items: [{ id: 'acme' }, { id: 'bolt' }], cursor: '2' }, { items: [{ id: 'cog' }] }]
const sweep = vi.fn(async () => 0)
const recount = vi.fn(async (_accountId: string) => {})
const list = async ({ cursor }: { cursor?: string }) => pages[cursor === undefined ? 0 : 1]
const store = { sweep, accounts: { list }, calls: { recount } } as unknown as Store

beforeEach(() => {
  vi.useFakeTimers()
  sweep.mockReset()
  recount.mockReset()
})
afterEach(() => vi.useRealTimers())

it('calls nobody ended are dropped in every account, not in the demo alone', async () => {
  await recountAll(store)

  expect(recount.mock.calls.flat()).toEqual(['acme', 'bolt', 'cog'])
})

it('expired things go at the start and every minute, until it is stopped; a failure is told and ends nothing', async () => {
  const told: unknown[] = []
  const stop = keepHouse(store, (error) => told.push(error))
  await vi.advanceTimersByTimeAsync(0)
  expect(sweep).toHaveBeenCalledTimes(1)

  sweep.mockRejectedValueOnce(new Error('away'))
  await vi.advanceTimersByTimeAsync(180_000)
  expect(sweep).toHaveBeenCalledTimes(4)
  expect(told).toEqual([new Error('away')])

  stop()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(sweep).toHaveBeenCalledTimes(4)
})
