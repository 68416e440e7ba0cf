import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { acmeMainDid } from '@offhook/shared/testing/acme.ts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import { PhoneShelf } from './phone-shelf.ts'
import { share } from './tones.ts'

let system: RunningSystem
let phones: PhoneShelf

beforeAll(async () => {
  system = await startSystem({ environment: { OFFHOOK_LISTEN: '::1', OFFHOOK_CLOCK: '2026-11-24T15:00:00Z' } })
  phones = new PhoneShelf(system)
})
afterEach(() => phones.clear())
afterAll(async () => {
  await system.stop()
  rmSync(system.folder, { recursive: true, force: true })
})

describe('a PBX that listens on IPv6 alone', () => {
  it('is where it says: console, API and phones by addresses in brackets', async () => {
    const { ready } = system
    const page = await fetch(ready.consoleUrl)

    expect(new URL(ready.consoleUrl).hostname).toBe('[::1]')
    expect(page.status).toBe(200)
    expect(ready.sip).toMatchObject({ address: '::1', wsUrl: expect.stringContaining('ws://[::1]:') })
  })

  it('has two phones talk to each other', async () => {
    const [alex, dana] = await Promise.all([phones.inside('1001', 440), phones.inside('1002', 1_000)])
    alex.command('dial', '1002')
    await dana.event('CALL_INCOMING')
    dana.command('accept')
    await alex.event('CALL_ESTABLISHED')
    await sleep(1_500)
    alex.command('hangup')
    await dana.event('CALL_CLOSED')

    expect(share(await dana.heard(), 440)).toBeGreaterThan(0.5)
    expect(share(await alex.heard(), 1_000)).toBeGreaterThan(0.5)
  })

  it('is called through the carrier', async () => {
    const outsider = await phones.outside()
    outsider.command('dial', acmeMainDid)

    await outsider.event('CALL_ESTABLISHED')
    outsider.command('hangup')
  })
})
