import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LoadTarget, startLoadTarget } from '../testing/load-target.ts'
import { runSipp, type SippResult } from '../testing/sipp.ts'

const isLong = process.env.OFFHOOK_LONG === '1'
/** Registrations and calls: 1,000 each in `npm run test:long`, 100 each here. */
const count = isLong ? 1_000 : 100
const registrationsPerSecond = 200
const callsPerSecond = 20
const talkMs = 2_000

let target: LoadTarget
let folder: string
const users = Array.from({ length: 1_000 }, (_, index) => ({ username: String(100_000 + index), password: 'secret' }))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-load-'))
  target = await startLoadTarget()
})
afterAll(async () => {
  await target.stop()
  rmSync(folder, { recursive: true, force: true })
})

const scenario = (name: string) => join(import.meta.dirname, `${name}.xml`)

function expectAll(result: SippResult, what: string): void {
  expect(result.errors).toBe('')
  expect(result).toMatchObject({ exitCode: 0, succeeded: count, failed: 0 })
  console.log(
    `Figure: SIPp, ${result.succeeded} ${what} in ${result.seconds.toFixed(1)} s, ${result.failed} failed, ${result.retransmissions} sent again`,
  )
}

describe('a load generator of somebody else, against the shipped handler with journal and table', () => {
  it(`registers ${count} phones at ${registrationsPerSecond} a second without a failure`, async () => {
    const result = await runSipp({
      scenario: scenario('register'),
      target,
      folder: join(folder, 'register'),
      users,
      calls: count,
      perSecond: registrationsPerSecond,
    })

    expectAll(result, 'registrations')
    expect(result.seconds).toBeLessThan(count / registrationsPerSecond + 5)
  })

  it.each(['echo', 'ivr'])(
    `places ${count} calls to %s at ${callsPerSecond} a second without a failure`,
    async (service) => {
      const result = await runSipp({
        scenario: scenario('call'),
        target,
        folder: join(folder, service),
        users,
        service,
        calls: count,
        perSecond: callsPerSecond,
        pauseMs: talkMs,
      })

      expectAll(result, `calls to ${service} at ${callsPerSecond}/s`)
      expect(result.seconds).toBeLessThan(count / callsPerSecond + talkMs / 1_000 + 5)
    },
  )
})
