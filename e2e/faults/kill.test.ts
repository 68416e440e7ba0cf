import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import type { Baresip } from '../phones/baresip.ts'
import { PhoneShelf } from '../phones/phone-shelf.ts'
import { AccountApi, type Message } from '../testing/account-api.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'

/** Kills under calls: 200 in `npm run test:long`, two here. */
const kills = Number(process.env.OFFHOOK_KILLS ?? (process.env.OFFHOOK_LONG === '1' ? 200 : 2))
/** Systems killed side by side; most of a round is spent listening. */
const lanes = Math.min(kills, 5)
const toneHz = 440
const beepHz = 1_000

/** What is said and not yet written when the process dies: a jitter buffer, a packet and a write, ms. */
const unwrittenMs = 1_000
/** The least that counts as a message, ms. */
const messageMinMs = 2_000

interface Moment {
  readonly name: string
  /** Brings the call to where the process is killed; answers with what was said for sure, ms. */
  reach(caller: Baresip): Promise<{ readonly saidMs: number; readonly isOver?: boolean }>
}

const beep = (caller: Baresip) => caller.hearsTone(beepHz, 200)

/** Where a call may be when the process dies. */
const moments: readonly Moment[] = [
  {
    name: 'while a message is spoken',
    async reach(caller) {
      await beep(caller)
      const saidMs = 500 + Math.random() * 7_000
      await sleep(saidMs)
      return { saidMs }
    },
  },
  {
    name: 'before or during the greeting',
    async reach() {
      await sleep(Math.random() * 4_000)
      return { saidMs: 0 }
    },
  },
  {
    name: 'while a message is spoken',
    async reach(caller) {
      await beep(caller)
      const saidMs = 3_000 + Math.random() * 2_000
      await sleep(saidMs)
      return { saidMs }
    },
  },
  {
    name: 'as the caller hangs up',
    async reach(caller) {
      await beep(caller)
      const saidMs = 3_000
      await sleep(saidMs)
      caller.command('hangup')
      await sleep(Math.random() * 300)
      return { saidMs, isOver: true }
    },
  },
]

const folders: string[] = []
const figures: { restartMs: number; lostMs: number }[] = []

class Lane {
  #system: RunningSystem
  readonly #phones: PhoneShelf
  readonly #api: AccountApi
  #known: readonly Message[] = []
  #round = 0

  constructor(system: RunningSystem) {
    this.#system = system
    this.#phones = new PhoneShelf(() => this.#system)
    this.#api = new AccountApi(() => this.#system)
  }

  /** Nobody is registered as 1003, so a call there is in voicemail at once; the tone of the microphone is what is said. */
  async round(moment: Moment): Promise<void> {
    this.#round += 1
    const alex = await this.#phones.inside('1001', toneHz)
    alex.command('dial', '1003')
    await alex.event('CALL_ESTABLISHED', 15_000)
    const { saidMs, isOver = false } = await moment.reach(alex)
    await this.#system.stop('SIGKILL')
    await this.#phones.clear()
    const began = Date.now()
    this.#system = await startSystem({ folder: this.#system.folder })
    await this.#check(saidMs, isOver, Date.now() - began, moment.name)
  }

  async #check(saidMs: number, isOver: boolean, restartMs: number, when: string): Promise<void> {
    const messages = await this.#api.messages('box-1003')
    const calls = await this.#api.calls()
    const before = new Set(this.#known.map(({ id }) => id))
    const fresh = messages.filter(({ id }) => !before.has(id))
    const kept = fresh[0]?.durationMs ?? 0
    const what = `killed ${when}, ${Math.round(saidMs)} ms said, ${kept} ms kept`

    expect(messages.map(({ id }) => id)).toEqual(expect.arrayContaining([...before]))
    expect(fresh.length, what).toBeLessThanOrEqual(1)
    if (saidMs - unwrittenMs >= messageMinMs) {
      expect(fresh.length, what).toBe(1)
      expect(kept, what).toBeGreaterThan(saidMs - unwrittenMs)
      figures.push({ restartMs, lostMs: Math.max(0, saidMs - kept) })
    }
    expect(new Set(calls.map(({ callId }) => callId)).size).toBe(calls.length)
    expect(calls.length, what).toBe(this.#round)
    if (!isOver) expect(calls[0]?.reason, what).toContain('restarted')
    this.#known = messages
  }

  async stop(): Promise<void> {
    await this.#phones.clear()
    await this.#system.stop()
  }
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  const worst = (of: 'restartMs' | 'lostMs') => Math.round(Math.max(0, ...figures.map((figure) => figure[of])))
  console.log(
    `Figure: ${kills} kills, nothing lost; ready again after at most ${worst('restartMs')} ms, at most ${worst('lostMs')} ms of speech not yet on disk`,
  )
})

describe(`a process killed at any moment (${kills} kills)`, { concurrent: true }, () => {
  it.each(Array.from({ length: lanes }, (_, lane) => lane))(
    'loses no stored voicemail, no recording under way and no record of a call (lane %i)',
    async (laneNumber) => {
      const rounds = Math.floor(kills / lanes) + (laneNumber < kills % lanes ? 1 : 0)
      const system = await startSystem()
      folders.push(system.folder)
      const lane = new Lane(system)
      try {
        for (let round = 0; round < rounds; round += 1)
          await lane.round(moments[(laneNumber + round) % moments.length] as Moment)
      } finally {
        await lane.stop()
      }
    },
    60_000 + kills * 60_000,
  )
})
