import type { Store } from '@offhook/store/store.ts'
import { describe, expect, it } from 'vitest'
import { consoleConfigOf, elsewhere, isSipDomain } from './console.ts'

const origin = 'http://127.0.0.1:8080'
const signIn = { issuer: `${origin}/oidc`, clientId: 'console', resource: 'urn:offhook:api', scope: 'openid' }
const accounts: Readonly<Record<string, { accountId: string; name: string }>> = {
  acme: { accountId: 'acme', name: 'Acme' },
  bolt: { accountId: '4b1d', name: 'Bolt' },
}
const store = { accounts: { byAddress: async (address: string) => accounts[address] } } as unknown as Store
const config = (address: string, host?: string) =>
  consoleConfigOf({ store, signIn, origin })(address, { headers: host === undefined ? {} : { host } })

describe('the name a console is opened by', () => {
  it.each([
    ['localhost:8080', '/acme/', 'http://127.0.0.1:8080/acme/'],
    ['LOCALHOST:8080', '/acme/calls', 'http://127.0.0.1:8080/acme/calls'],
    ['[::1]:8080', '/acme/', 'http://127.0.0.1:8080/acme/'],
    ['127.0.0.1:8080', '/acme/', undefined],
    [undefined, '/acme/', undefined],
    // Never away from this machine, and never because a stranger's name says so.
    ['pbx.example:8080', '/acme/', undefined],
    ['localhost@evil.example', '/acme/', undefined],
    ['localhost:8080', '//evil.example/', 'http://127.0.0.1:8080//evil.example/'],
  ])('%s with %s leads to %s', (host, path, expected) => {
    expect(elsewhere(origin, host, path)).toBe(expected)
  })

  it('a machine known by a name in the network sends nobody to loopback', () => {
    expect(elsewhere('https://pbx.example:8080', 'localhost:8080', '/acme/')).toBeUndefined()
  })
})

describe('what a page is told', () => {
  it('every account has its own SIP domain', async () => {
    // All accounts were told Acme's, so the browser phones of the others registered nowhere.
    expect(await config('acme')).toMatchObject({ accountId: 'acme', sip: { domain: 'acme.offhook.local' } })
    expect(await config('bolt')).toMatchObject({ accountId: '4b1d', sip: { domain: 'bolt.offhook.local' } })
    expect(await config('nobody')).toBeUndefined()
    expect(['bolt.offhook.local', 'BOLT.offhook.local', 'evil.example', 'x.y.offhook.local'].map(isSipDomain)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('the phone connects to the name the page was opened by, unless that is no name', async () => {
    const sip = async (host?: string) => (await config('acme', host))?.sip

    expect(await sip('192.0.2.10:8080')).toMatchObject({ wsUrl: 'ws://192.0.2.10:8080/sip' })
    expect(await sip()).toMatchObject({ wsUrl: 'ws://127.0.0.1:8080/sip' })
    expect(await sip('evil.example/x?')).toMatchObject({ wsUrl: 'ws://127.0.0.1:8080/sip' })
  })
})
