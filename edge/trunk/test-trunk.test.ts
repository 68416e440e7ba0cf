import { expect, it, vi } from 'vitest'
import { SipHeaders } from '../sip/message.ts'
import type { UserAgent } from '../sip/user-agent.ts'
import { testMs, testTrunk } from './test-trunk.ts'

type Asked = Parameters<UserAgent['request']>[0]

function agent(status: number | undefined) {
  const asked: Asked[] = []
  const request: UserAgent['request'] = (options) => {
    asked.push(options)
    if (status === undefined) return new Promise(() => {})
    const response = {
      kind: 'response',
      status,
      reason: 'so',
      headers: new SipHeaders(),
      body: new Uint8Array(),
    } as const
    return Promise.resolve(response)
  }
  return { asked, request }
}
const hosts = [{ host: '198.51.100.1' }, { host: '2001:db8::1', port: 5_090, transport: 'tcp' }] as const
const credentials = { username: 'acme', password: 'secret' }

it('every host is asked whether it is there', async () => {
  const { asked, request } = agent(405)

  const results = await testTrunk({ request }, { hosts })

  expect(results).toMatchObject([
    { host: '198.51.100.1', port: 5_060, transport: 'udp', method: 'OPTIONS', isFine: true, status: 405 },
    { host: '2001:db8::1', port: 5_090, transport: 'tcp', method: 'OPTIONS', isFine: true, status: 405 },
  ])
  expect(asked.map(({ uri }) => uri.port)).toEqual([5_060, 5_090])
})

it.each([
  [200, true],
  [403, false],
  [408, false],
])('a password is proven by REGISTER without a Contact: %i is fine: %s', async (status, isFine) => {
  const { asked, request } = agent(status)

  const [result] = await testTrunk({ request }, { hosts, credentials })

  expect(result).toMatchObject({ method: 'REGISTER', isFine, status })
  expect(asked[0]).toMatchObject({ method: 'REGISTER', credentials, from: { uri: 'sip:acme@198.51.100.1' } })
  expect(JSON.stringify(asked[0]?.headers ?? [])).not.toMatch(/contact/i)
})

it('one that says nothing is not waited for', async () => {
  vi.useFakeTimers()
  const results = testTrunk({ request: agent(undefined).request }, { hosts })
  await vi.advanceTimersByTimeAsync(testMs)

  expect(await results).toMatchObject([{ status: 408, isFine: false }, { status: 408 }])
  vi.useRealTimers()
})
