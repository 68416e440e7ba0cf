import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoopbackPhone } from '@offhook/edge/call/testing/loopback-phone.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PhoneShelf } from '../phones/phone-shelf.ts'
import type { MutatorTask } from '../testing/mutator.ts'
import { continuityOf, longestStallMs, RtpPhone } from '../testing/rtp-phone.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'

/** A minute in `npm run test:long`, 5 s here. */
const isLong = process.env.OFFHOOK_LONG === '1'
const seconds = isLong ? 60 : 5
/**
 * The same before it is measured. Until requests are forgotten (32 s after their answer) and calls nobody acknowledged have ended, memory
 * only grows; after 75 s it grows no more, and that is what the long run sees.
 */
const warmSeconds = isLong ? 75 : 3
const seed = Number(process.env.OFFHOOK_SEED ?? Date.now() % 1e9)
/** More than the 20 ms between two packets of what the caller on hold hears. */
const stallMaxMs = 50
/**
 * What the process may grow by after it has warmed up, MB: garbage that is not yet collected. The short run never gets as far as forgetting,
 * and sees only what grows by more than the messages themselves.
 */
const growthMaxMb = isLong ? 40 : 120

let system: RunningSystem
let phones: PhoneShelf

beforeAll(async () => {
  system = await startSystem()
  phones = new PhoneShelf(system)
})
afterAll(async () => {
  await phones.clear()
  await system.stop()
  rmSync(system.folder, { recursive: true, force: true })
})

const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${system.process.pid}/status`, 'utf8'))?.[1]) / 1_024

/** Runs the mutator in a process of its own; answers with how many messages it sent. */
function mutate(task: MutatorTask): Promise<number> {
  return new Promise((resolve, reject) => {
    const program = join(import.meta.dirname, '..', 'testing', 'mutator.ts')
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, JSON.stringify(task)])
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString()
    })
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString()
    })
    child.once('exit', (code) => (code === 0 ? resolve(Number(said)) : reject(new Error(said))))
  })
}

/** Somebody on hold: packets paced by the PBX alone, noted where they arrive. */
async function held() {
  const rtp = await RtpPhone.open()
  const { sip } = system.ready
  const caller = await LoopbackPhone.start({
    username: '1010',
    password: system.passwordOf('1010'),
    edge: { host: sip.address, port: sip.udpPort },
    domain: sip.domain,
  })
  const dana = await phones.inside('1002', 1_000, { answers: true })
  const { call, answer } = await caller.call('1002', [], rtp.offer()).result
  if (call === undefined) throw new Error('nobody answered')
  const port = rtp.aim(answer ?? '')
  await dana.event('CALL_ESTABLISHED')
  const farPort = () => Number(/receiving from 127\.0\.0\.1:(\d+)/.exec(dana.output)?.[1])
  await vi.waitFor(() => expect(farPort()).toBeGreaterThan(0), 5_000)
  dana.command('hold')
  await sleep(1_000)
  return { rtp, caller, call, dana, ports: [port, port + 1, farPort(), farPort() + 1] }
}

describe(`mutated messages on every UDP port for ${seconds} s (seed ${seed})`, () => {
  it('crash nothing, delay no sound, and leave nothing in memory', async () => {
    const { rtp, caller, call, dana, ports } = await held()
    await rtp.heard()
    const { sip, carrier, dids } = system.ready
    const task = (of: number, withSeed: number): MutatorTask => ({
      seed: withSeed,
      seconds: of,
      targets: [
        { port: sip.udpPort, kind: 'sip', perSecond: 600, users: ['1001', '1002', '8000', '*97', '911', ...dids] },
        { port: carrier.port, kind: 'sip', perSecond: 200, users: ['+14255550199', '2065550102', dids[0] ?? ''] },
        ...ports.map((port) => ({ port, kind: 'media' as const, perSecond: 200 })),
      ],
    })
    await mutate(task(warmSeconds, seed + 1))
    const warmMb = residentMb()
    const sent = await mutate(task(seconds, seed))
    const growthMb = residentMb() - warmMb
    const heard = await rtp.heard()
    const continuity = continuityOf(heard)
    const stallMs = longestStallMs(heard)
    console.log(
      `Figure: ${sent} mutated messages in ${seconds} s (seed ${seed}): ${continuity.packets} packets to the caller on hold, ${continuity.lost} lost, longest stall ${stallMs.toFixed(0)} ms, memory ${warmMb.toFixed(0)} MB and ${growthMb.toFixed(0)} MB more`,
    )

    expect(system.process.exitCode).toBeNull()
    expect(system.output()).not.toMatch(/"level":"FATAL"|Unhandled|TypeError|RangeError|ReferenceError/)
    expect(continuity).toMatchObject({ sources: 1, lost: 0, disordered: 0, jumps: 0 })
    expect(stallMs).toBeLessThan(stallMaxMs)
    expect(growthMb).toBeLessThan(growthMaxMb)
    // The call is still there, and so is everything else.
    dana.command('resume')
    await sleep(500)
    call.hangUp()
    await dana.event('CALL_CLOSED')
    const alex = await phones.inside('1001', 440)
    alex.command('dial', '1002')
    await alex.hearsTone(1_000, 500, 5_000)
    await caller.close()
    await rtp.close()
  })
})
