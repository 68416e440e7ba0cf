/** A process that dies with calls inside many modules: each is closed at the next start, once, with the reason. */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Baresip } from '../phones/baresip.ts'
import { PhoneShelf } from '../phones/phone-shelf.ts'
import { promptClip } from '../phones/sounds.ts'
import { AccountApi, until } from '../testing/account-api.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'

/** Kills, each under a call in every one of the modules: 20 in `npm run test:long`, one here. */
const rounds = process.env.OFFHOOK_LONG === '1' ? 20 : 1
const beepHz = 1_000

interface Inside {
  readonly module: string
  readonly number: string
  readonly from: string
  /** The call is in the module for sure. */
  reached(caller: Baresip, system: RunningSystem): Promise<unknown>
}

const hears = (prompt: string) => (caller: Baresip, system: RunningSystem) => caller.hears(promptClip(system, prompt))

const inside: readonly Inside[] = [
  { module: 'menu', number: '8701', from: '1001', reached: hears('menu-no-greeting') },
  {
    module: 'collect-digits',
    number: '8702',
    from: '1002',
    reached: (caller) => caller.event('CALL_ESTABLISHED', 10_000),
  },
  { module: 'ring-group', number: '8703', from: '1004', reached: (caller) => caller.event('CALL_RINGING', 10_000) },
  { module: 'check-voicemail', number: '8704', from: '1005', reached: hears('vm-enter-pin') },
  { module: 'voicemail', number: '8705', from: '1006', reached: (caller) => caller.hearsTone(beepHz, 200) },
  { module: 'directory', number: '8706', from: '1009', reached: hears('directory-enter') },
]

const params: Readonly<Record<string, object>> = {
  menu: { menuId: 'menu-kill' },
  'collect-digits': { digitsMin: 9, digitsMax: 9, firstDigitMs: 60_000 },
  'ring-group': { ringGroupId: 'group-kill' },
  'check-voicemail': { voicemailBoxId: 'box-1003' },
  voicemail: { voicemailBoxId: 'box-1003' },
  directory: { directoryId: 'directory-staff' },
}

let system: RunningSystem
const phones = new PhoneShelf(() => system)
const api = new AccountApi(() => system)

beforeAll(async () => {
  system = await startSystem()
  await api.ask('POST', 'menus', { id: 'menu-kill', name: 'Menu', keyTimeoutMs: 60_000 })
  const members = [{ kind: 'device', id: 'desk-1007', timeoutSeconds: 120 }]
  await api.ask('POST', 'ring-groups', { id: 'group-kill', name: 'Group', members })
  for (const { module, number } of inside)
    await api.ask('POST', 'callflows', {
      name: module,
      numbers: [number],
      root: 'node',
      nodes: { node: { id: 'node', type: module, params: params[module] } },
    })
})
afterAll(async () => {
  await phones.clear()
  await system.stop()
  rmSync(system.folder, { recursive: true, force: true })
})

/** A call in every module, and then the process is gone. */
async function killUnderCalls(): Promise<void> {
  await phones.inside('1007', 900)
  const callers = await Promise.all(inside.map(({ from }) => phones.inside(from, 440)))
  await Promise.all(
    inside.map(async (place, index) => {
      const caller = callers[index] as Baresip
      caller.command('dial', place.number)
      await place.reached(caller, system)
    }),
  )
  await sleep(Math.random() * 500)
  await system.stop('SIGKILL')
  await phones.clear()
  system = await startSystem({ folder: system.folder })
}

describe('a process killed with calls in many modules', () => {
  it.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'closes each with one record that says so (kill %i)',
    async (round) => {
      await killUnderCalls()
      const calls = await until(async () => {
        const found = await api.calls()
        return found.length >= round * inside.length ? found : undefined
      })
      // None more than there were, and the reason with each.
      expect(new Set(calls.map(({ callId }) => callId)).size).toBe(calls.length)
      for (const { module, number } of inside) {
        const mine = calls.filter(({ to }) => to === number)
        expect([module, mine.length]).toEqual([module, round])
        for (const { reason, endedBy } of mine)
          expect([module, reason, endedBy]).toEqual([module, expect.stringContaining('restarted'), 'us'])
      }
    },
  )
})
