import type { Context } from 'hono'
import { describe, expect, it } from 'vitest'
import { localProvisioning } from './provisioning.ts'

const ports = { udp: 5060, tls: 5061 }
const found = localProvisioning({ origin: 'https://192.0.2.10:8080', settings: { tls: undefined }, ports })
const from = (socket: object | undefined) =>
  found.connectionOf({ env: socket === undefined ? {} : { incoming: { socket } } } as unknown as Context)

describe('what phones are told of one machine', () => {
  it('R-134: its address carries the domain of the account, which is in no DNS', () => {
    expect(found.sipOf('acme')).toMatchObject({
      domain: 'acme.offhook.local',
      outboundProxy: '192.0.2.10',
      ports,
      isTrusted: false,
    })
  })

  it.each([
    ['an encrypted connection', { remoteAddress: '198.51.100.7', encrypted: true }, true],
    ['this machine itself', { remoteAddress: '127.0.0.1' }, true],
    ['this machine itself, by IPv6', { remoteAddress: '::ffff:127.0.0.1' }, true],
    ['a plain connection from outside', { remoteAddress: '198.51.100.7' }, false],
    ['nobody knows what', undefined, false],
  ])('R-145: passwords are given to %s: %j %s', (_, socket, isPrivate) => {
    expect(from(socket).isPrivate).toBe(isPrivate)
  })
})
