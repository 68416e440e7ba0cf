import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PhoneShelf } from '../phones/phone-shelf.ts'
import { AccountApi } from '../testing/account-api.ts'
import { Bystanders, scenarioFile, type WellBeing } from '../testing/bystanders.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import { runSipp } from '../testing/sipp.ts'

const floodSeconds = 5

let system: RunningSystem
let phones: PhoneShelf
let bystanders: Bystanders

beforeAll(async () => {
  system = await startSystem()
  phones = new PhoneShelf(system)
  bystanders = await Bystanders.gather(system, phones)
})
afterAll(async () => {
  await bystanders.close()
  await phones.clear()
  await system.stop()
  rmSync(system.folder, { recursive: true, force: true })
})

function expectWell(being: WellBeing): void {
  expect(being.registrations).toBeGreaterThan(5)
  expect(being.registered).toBe(being.registrations)
  expect(being.slowestMs).toBeLessThan(1_000)
  expect(being.setUpMs).toBeLessThan(2_000)
  expect(being.gapMs).toBeLessThanOrEqual(100)
  expect(being.heardPart).toBeGreaterThan(0.95)
}

const tell = (what: string, being: WellBeing) =>
  console.log(
    `Figure: during ${what}: ${being.registered} of ${being.registrations} registrations of others, the slowest ${being.slowestMs} ms; a call of others set up in ${being.setUpMs} ms; longest gap in a call of others ${being.gapMs} ms`,
  )

describe('a flood of INVITEs from one address', () => {
  it('without a proof leaves registrations and calls of others working', async () => {
    const perSecond = 3_000
    const flood = runSipp({
      scenario: scenarioFile('invite-flood'),
      target: { address: system.ready.sip.address, port: system.ready.sip.udpPort },
      folder: join(system.folder, 'flood'),
      from: '127.0.0.66',
      calls: perSecond * floodSeconds,
      perSecond,
      service: '1002',
      withinMs: 20_000,
    })
    const being = await bystanders.whileIn(flood)

    tell(`${perSecond} INVITEs a second without a proof`, being)
    expectWell(being)
  })

  it('with the proof of one phone leaves registrations and calls of others working, and nothing behind', async () => {
    const perSecond = 300
    const flood = runSipp({
      scenario: scenarioFile('call'),
      target: { address: system.ready.sip.address, port: system.ready.sip.udpPort },
      folder: join(system.folder, 'flood-proven'),
      from: '127.0.0.67',
      users: [{ username: '1009', password: system.passwordOf('1009') }],
      calls: perSecond * floodSeconds,
      perSecond,
      service: '1010',
      pauseMs: 1_000,
      withinMs: 20_000,
    })
    const being = await bystanders.whileIn(flood)
    const { succeeded, failed } = await flood

    tell(`${perSecond} INVITEs a second of one phone (${succeeded} answered, ${failed} refused)`, being)
    expectWell(being)
    // One phone cannot have more calls than a person has hands for.
    expect(failed).toBeGreaterThan(succeeded)
    const api = new AccountApi(system)
    const calls = async () => (await api.ask<{ items: unknown[] }>('GET', 'calls')).items
    await vi.waitFor(async () => expect(await calls()).toHaveLength(1), { timeout: 40_000, interval: 500 })
  })
})
