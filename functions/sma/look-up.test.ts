import { expect, it } from 'vitest'
import { callerNameMsMax, lookUp } from './look-up.ts'
import { ToldCalls } from './testing/calls.ts'
import { handlerUnderTest } from './testing/handler-under-test.ts'
import { MemoryStore } from './testing/memory-store.ts'
import { did, smallAccount } from './testing/small-account.ts'

const withNames = { ...smallAccount, 'phone-number/12065550142': { number: did, inboundNames: true } }
const named = async (callerNames: NonNullable<Parameters<typeof handlerUnderTest>[1]>['callerNames']) => {
  const underTest = handlerUnderTest(withNames, { ...(callerNames === undefined ? {} : { callerNames }) })
  const calls = new ToldCalls(underTest)
  const began = performance.now()
  await calls.arrive('call', { did }, '')
  const tookMs = performance.now() - began
  await calls.hangUp('call')
  return { name: underTest.store.cdrs[0]?.fromName, tookMs }
}

it('R-268: a name that did not come with the call is asked for by the number, and kept', async () => {
  const asked: string[] = []
  const { name } = await named({
    nameOf: async (accountId, number) => {
      asked.push(`${accountId} ${number}`)
      return 'Pat Caller'
    },
  })

  expect(name).toBe('Pat Caller')
  expect(asked).toEqual(['acme +14255550163'])
})

it('R-269: a look-up that takes too long, fails or knows nobody does not keep the call', async () => {
  const slow = await named({ nameOf: () => new Promise(() => {}) })
  expect(slow.name).toBeUndefined()
  expect(slow.tookMs).toBeGreaterThan(callerNameMsMax - 50)
  expect(slow.tookMs).toBeLessThan(callerNameMsMax + 700)
  expect((await named({ nameOf: () => Promise.reject(new Error('no')) })).name).toBeUndefined()
  expect((await named({ nameOf: async () => undefined })).name).toBeUndefined()
})

it('facts come from the store, also where nobody knows names', async () => {
  const store = new MemoryStore()
  store.known.set('account/account', { callsUp: 2 })
  const keys = [{ kind: 'account', id: 'account' } as const]
  const log = () => undefined

  expect(await lookUp({ store, log }, 'acme', keys)).toEqual([{ key: keys[0], value: { callsUp: 2 } }])
  expect(await lookUp({ store, log, callerNames: { nameOf: async () => 'x' } }, 'acme', keys)).toEqual([
    { key: keys[0], value: { callsUp: 2 } },
  ])
})
