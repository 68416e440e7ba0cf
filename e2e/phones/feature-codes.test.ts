/** Codes dialled on real phones: what is heard, and what the portal reads of it within a second. */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeviceState, UserState } from '@offhook/shared/api/live-states.ts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountApi } from '../testing/account-api.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import type { Baresip } from './baresip.ts'
import { PhoneShelf } from './phone-shelf.ts'
import { mediaClip, promptClip } from './sounds.ts'
import { sampleRate, share } from './tones.ts'

/** Tuesday, 10:00 in New York: the main line is open. */
const openHours = '2026-11-24T15:00:00Z'
const pin = '738291'
/** A number of the account that leads nowhere until a test lets it. */
const spareDid = '+16045550101'
/** The portal sees what a phone has set within this, ms. */
const seenMs = 1_000
const readEveryMs = 50

let system: RunningSystem
let phones: PhoneShelf
let api: AccountApi

beforeAll(async () => {
  system = await startSystem({ environment: { OFFHOOK_CLOCK: openHours } })
  phones = new PhoneShelf(system)
  api = new AccountApi(system)
})
afterAll(async () => {
  await system.stop()
  rmSync(system.folder, { recursive: true, force: true })
})
afterEach(() => phones.clear())

const userState = async (extension: string): Promise<UserState | undefined> =>
  (await api.ask<{ items: UserState[] }>('GET', `user-states?ids=user-${extension}`)).items[0]
const deviceState = async (extension: string): Promise<DeviceState | undefined> =>
  (await api.ask<{ items: DeviceState[] }>('GET', `device-states?ids=desk-${extension}`)).items[0]

/** Reads until it is as expected; fails with what there is when a second is over. */
async function seen<T>(read: () => Promise<T>, expected: object): Promise<void> {
  const deadline = Date.now() + seenMs
  for (;;) {
    const state = await read()
    try {
      expect(state).toMatchObject(expected)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await sleep(readEveryMs)
  }
}

/** Dials and waits for an answer. */
async function dial(phone: Baresip, code: string): Promise<void> {
  phone.forgetEvents()
  phone.command('dial', code)
  await phone.event('CALL_ESTABLISHED', 10_000)
}
const heard = (phone: Baresip, prompt: string) => phone.hears(promptClip(system, prompt), { withinMs: 15_000 })
/** Waits until the last tenth of a second was 350 and 440 Hz together. */
async function dialTone(phone: Baresip): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(100)) {
    const last = (await phone.heard()).slice(-sampleRate / 10)
    if (share(last, 350) > 0.3 && share(last, 440) > 0.3) return
  }
  throw new Error('no dial tone')
}
async function hangUp(phone: Baresip): Promise<void> {
  phone.command('hangup')
  await sleep(300)
}

describe('codes dialled on phones', () => {
  it('R-160, R-162: do not disturb, a forward, Follow-Me: each is said, and in the portal within a second', async () => {
    const [alex, dana, sam] = await Promise.all([
      phones.inside('1001', 440),
      phones.inside('1002', 500),
      phones.inside('1003', 600),
    ])
    await Promise.all([
      (async () => {
        await dial(alex, '*78')
        await seen(() => userState('1001'), { doNotDisturb: true })
        await heard(alex, 'dnd-on')
        await hangUp(alex)
        await dial(alex, '*79')
        await seen(() => userState('1001'), { doNotDisturb: false })
        await heard(alex, 'dnd-off')
      })(),
      (async () => {
        await dial(dana, '*72')
        await heard(dana, 'forward-enter-number')
        await dana.press('2065550104#')
        await seen(() => userState('1002'), { forward: { enabled: true, number: '2065550104' } })
        await heard(dana, 'forward-on')
        await hangUp(dana)
        await dial(dana, '*73')
        await seen(() => userState('1002'), { forward: { enabled: false, number: '2065550104' } })
        await heard(dana, 'forward-off')
      })(),
      (async () => {
        await dial(sam, '*77')
        await seen(() => deviceState('1003'), { followMe: false })
        await heard(sam, 'follow-me-off')
        await hangUp(sam)
        await dial(sam, '*77')
        await seen(() => deviceState('1003'), { followMe: true })
        await heard(sam, 'follow-me-on')
      })(),
    ])
  })

  it('R-159: a cell phone calls in, gives the PIN, hears a dial tone, sets do not disturb; and calls an extension', async () => {
    const params = { pin, userId: 'user-1004', featureCodes: true }
    await api.ask('POST', 'callflows', {
      name: 'Calling in',
      numbers: [spareDid],
      root: 'n',
      nodes: { n: { id: 'n', type: 'disa', params, exits: {} } },
    })
    const [cell, robin] = await Promise.all([phones.outside(), phones.inside('1005', 900)])

    await dial(cell, spareDid)
    await heard(cell, 'disa-enter-pin')
    await cell.press(`${pin}#`)
    await dialTone(cell)
    await cell.press('*78#')
    await seen(() => userState('1004'), { doNotDisturb: true })
    await heard(cell, 'dnd-on')
    await hangUp(cell)

    await dial(cell, spareDid)
    await heard(cell, 'disa-enter-pin')
    await cell.press(`${pin}#`)
    await dialTone(cell)
    await cell.press('1005#')
    await robin.event('CALL_INCOMING', 10_000)
    robin.command('accept')
    await cell.hearsTone(900, 1_000)
  })

  it('R-201: hours are closed by a code of the account, with a confirmation, and the next caller hears it', async () => {
    const code = (action: string, digits: string) =>
      api.ask('POST', 'feature-codes', {
        id: `hours-${action}`,
        digits,
        module: 'time-of-day-switch',
        params: { schedules: ['schedule-open'], action },
      })
    await code('off', '81')
    await code('reset', '82')
    const [alex, caller] = await Promise.all([phones.inside('1001', 440), phones.outside()])
    const [open, closed] = await Promise.all([
      mediaClip(system, api, 'media-open'),
      mediaClip(system, api, 'media-closed'),
    ])

    await dial(alex, '*81')
    await heard(alex, 'schedule-off')
    await dial(caller, system.ready.dids[0] ?? '')
    await caller.hears(closed, { withinMs: 15_000 })
    await Promise.all([hangUp(caller), hangUp(alex)])

    await dial(alex, '*82')
    await heard(alex, 'schedule-reset')
    await dial(caller, system.ready.dids[0] ?? '')
    await caller.hears(open, { withinMs: 15_000 })
  })
})
