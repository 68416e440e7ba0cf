import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { acmeId } from '@offhook/shared/testing/acme.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { Baresip } from '../phones/baresip.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'

/** Kills under calls: 200 in `npm run test:long`, two here. */
const rounds = process.env.OFFHOOK_LONG === '1' ? 200 : 2

let system: RunningSystem | undefined
const phones: Baresip[] = []

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
  await system?.stop()
  if (system !== undefined) rmSync(system.folder, { recursive: true, force: true })
})

async function phone(running: RunningSystem, round: number): Promise<Baresip> {
  const started = await Baresip.start({
    username: '1001',
    password: running.passwordOf('1001'),
    registrar: { host: running.ready.sip.address, port: running.ready.sip.udpPort },
    folder: join(running.folder, 'phones', `alex-${round}`),
    toneHz: 440,
  })
  phones.push(started)
  await started.registered()
  return started
}

const ask = async <T>(running: RunningSystem, path: string): Promise<T> =>
  (await (
    await fetch(`${running.ready.apiUrl}/accounts/${acmeId}/${path}`, {
      headers: { authorization: `Bearer ${running.ready.apiToken}` },
    })
  ).json()) as T

interface Message {
  readonly id: string
  readonly durationMs: number
}
interface Call {
  readonly callId: string
  readonly reason: string
  readonly disposition: string
}

/** Every item of a list, page by page. */
async function all<T>(running: RunningSystem, path: string): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page = await ask<{ items: T[]; cursor?: string }>(
      running,
      `${path}limit=100${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    items.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  return items
}

const messagesOf = (running: RunningSystem) => all<Message>(running, 'voicemail-boxes/box-1003/messages?')
function callsOf(running: RunningSystem): Promise<Call[]> {
  const day = 86_400_000
  return all<Call>(
    running,
    `cdrs?from=${new Date(Date.now() - day).toISOString()}&to=${new Date(Date.now() + day).toISOString()}&`,
  )
}

describe('a process killed at any moment', () => {
  it(
    `loses no stored voicemail, no recording under way and no record of a call (${rounds} kills)`,
    async () => {
      let running = await startSystem()
      system = running
      let known: readonly Message[] = []
      for (let round = 1; round <= rounds; round += 1) {
        const alex = await phone(running, round)
        // Nobody is registered as 1003, so the call is in voicemail at once; the tone of the microphone is what is said.
        alex.command('dial', '1003')
        await alex.event('CALL_ESTABLISHED', 15_000)
        // Greeting and tone take about 8 s; less than 2 s of words would be no message.
        const speaks = 13_000 + Math.random() * 6_000
        await sleep(speaks)
        await running.stop('SIGKILL')
        await alex.stop()
        phones.length = 0
        const began = Date.now()
        running = await startSystem({ folder: running.folder })
        system = running
        console.log(
          `round ${round}: killed ${(speaks / 1_000).toFixed(1)} s into the call, ready again after ${((Date.now() - began) / 1_000).toFixed(1)} s`,
        )
        const messages = await messagesOf(running)
        const calls = await callsOf(running)

        expect(messages.map((one) => one.id)).toEqual(expect.arrayContaining(known.map((one) => one.id)))
        expect(messages.length).toBe(known.length + 1)
        expect(calls).toHaveLength(round)
        expect(new Set(calls.map((call) => call.callId)).size).toBe(round)
        expect(calls[0]?.reason).toContain('restarted')
        known = messages
      }
      expect(known.every((message) => message.durationMs >= 2_000)).toBe(true)
    },
    rounds * 60_000,
  )
})
