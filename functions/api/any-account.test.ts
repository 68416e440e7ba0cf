/** Accounts that calls are tried in by the ten thousand are such as the API accepts: some of them are really saved through it. */
import { getAccount, updateAccount } from '@offhook/shared/api/account.ts'
import { createAccount } from '@offhook/shared/api/accounts.ts'
import type { Account } from '@offhook/shared/model/account.ts'
import { singletonId } from '@offhook/shared/model/document.ts'
import { soundAccount, soundDids, soundIds } from '@offhook/shared/testing/sound-account.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest } from './testing/api-under-test.ts'

/** Accounts saved: together they have every module at the beginning of a callflow several times. */
const accounts = process.env.OFFHOOK_LONG === '1' ? 60 : 9

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.stop())

/** The same account with names of its own, as DIDs and SIP usernames are unique over the installation. */
function ofItsOwn(documents: ReadonlyMap<string, unknown>, seed: number): [string, object][] {
  const text = soundDids.reduce(
    (all, did) => all.replaceAll(did.slice(1), `1604${String(1_000_000 + seed * 10 + soundDids.indexOf(did))}`),
    JSON.stringify([...documents]).replaceAll(/"phone-([a-d])"/g, `"phone-${seed}-$1"`),
  )
  return JSON.parse(text) as [string, object][]
}

it(
  `${accounts} accounts drawn for calls are accepted, every document of them`,
  async () => {
    for (let seed = 1; seed <= accounts; seed++) {
      const [drawn = new Map()] = fc.sample(fc.noBias(soundAccount(seed * soundIds.length)), { seed, numRuns: 1 })
      const documents = ofItsOwn(drawn, seed)
      const id = `any-${seed}`
      const template = documents.flatMap(([key, document]) => {
        const [kind] = key.split('/')
        return kind === 'account' || kind === 'feature-code' ? [] : [{ kind, document }]
      })
      const opened = await api.ask('operator@operator', createAccount, {
        body: { id, name: 'Any', address: id, admin: { username: 'ann', password: 'a long enough one' }, template },
      })
      const {
        id: _id,
        address: _address,
        enabled: _enabled,
        ...settings
      } = new Map(documents).get(`account/${singletonId}`) as Account
      const before = await api.ask('operator@operator', getAccount, { account: id })
      const saved = await api.ask('operator@operator', updateAccount, {
        account: id,
        headers: { 'if-match': before.etag ?? '' },
        body: settings,
      })

      expect([seed, opened.status, opened.status === 201 ? '' : opened.text]).toEqual([seed, 201, ''])
      expect([seed, saved.status, saved.status === 200 ? '' : saved.text]).toEqual([seed, 200, ''])
    }
  },
  60_000 + 5_000 * accounts,
)
