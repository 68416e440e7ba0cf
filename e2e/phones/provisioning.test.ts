import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { AccountApi } from '../testing/account-api.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import { PhoneShelf } from './phone-shelf.ts'

let system: RunningSystem
const shelf = new PhoneShelf(() => system)
const api = new AccountApi(() => system)

beforeAll(async () => {
  system = await startSystem()
})
afterEach(() => shelf.clear())
afterAll(() => system.stop())

const valueIn = (file: string, key: string): string =>
  file
    .split('\n')
    .find((line) => line.startsWith(`${key} = `))
    ?.slice(key.length + 3) ?? ''

const entryIn = (file: string, name: string): string =>
  new RegExp(`<entry name="${name}" overwrite="true">([^<]*)</entry>`).exec(file)?.[1] ?? ''

interface Device {
  readonly id: string
}

it('R-133: a phone that knows nothing but its address on our machine registers with what it fetched there', async () => {
  const mac = '001565aabbcc'
  const desk = await api.ask<Device>('POST', 'devices', { type: 'sip-phone', name: 'Lobby', make: 'Yealink', mac })
  const { url } = await api.ask<{ url: string }>('POST', `devices/${desk.id}/provisioning/reveal`)

  const file = await (
    await fetch(`${url}${mac}.cfg`, { headers: { 'user-agent': 'Yealink SIP-T46U 108.86.0.20' } })
  ).text()
  const phone = await shelf.inside(valueIn(file, 'account.1.user_name'), 440, {
    password: valueIn(file, 'account.1.password'),
    registrar: {
      host: valueIn(file, 'account.1.outbound_proxy.1.address'),
      port: Number(valueIn(file, 'account.1.outbound_proxy.1.port')),
    },
  })

  expect(phone.output).toMatch(/200 OK/)
  const { fetched } = await api.ask<{ fetched: { model: string } }>('GET', `devices/${desk.id}/provisioning`)
  expect(fetched.model).toBe('T46U')
  const { asked } = await api.ask<{ asked: { status: number }[] }>('POST', `devices/${desk.id}/resync`)
  // The phone answered, whatever it thinks of the event.
  expect(asked).toHaveLength(1)
  expect([408, 503]).not.toContain(asked[0]?.status)
})

it('R-134: a soft phone set up by a code registers; the code does not work again', async () => {
  const soft = await api.ask<Device>('POST', 'devices', { type: 'softphone', name: 'Mobile' })
  const { text } = await api.ask<{ text: string }>('POST', `devices/${soft.id}/soft-phone-code`, { app: 'linphone' })
  const scan = () => fetch(text, { headers: { 'x-linphone-provisioning': '1' } })

  const file = await (await scan()).text()
  const [, host = '', port = ''] = /&lt;sip:([^:]+):(\d+);transport=udp&gt;/.exec(entryIn(file, 'reg_proxy')) ?? []
  const phone = await shelf.inside(entryIn(file, 'username'), 440, {
    password: entryIn(file, 'passwd'),
    registrar: { host, port: Number(port) },
  })

  expect(phone.output).toMatch(/200 OK/)
  expect((await scan()).status).toBe(404)
})
