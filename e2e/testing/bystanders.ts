import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoopbackPhone } from '@offhook/edge/call/testing/loopback-phone.ts'
import type { Baresip } from '../phones/baresip.ts'
import type { PhoneShelf } from '../phones/phone-shelf.ts'
import { longestGapMs, millisecondsOf } from '../phones/tones.ts'
import type { RunningSystem } from './running-system.ts'

const registerEveryMs = 250

export interface WellBeing {
  /** Registrations tried, those that got 200, and the longest one took, ms. */
  readonly registrations: number
  readonly registered: number
  readonly slowestMs: number
  /** From dialling to the answer of a call placed in the middle of it, ms. */
  readonly setUpMs: number
  /** Longest silence in a tone that should have none, ms, and how much of the time it was heard at all, 0 to 1. */
  readonly gapMs: number
  readonly heardPart: number
}

/** What other people do meanwhile: two of them talk, one registers again and again, and two begin to talk. */
export class Bystanders {
  readonly #talking: readonly [Baresip, Baresip]
  readonly #later: readonly [Baresip, Baresip]
  readonly #registering: LoopbackPhone

  private constructor(
    talking: readonly [Baresip, Baresip],
    later: readonly [Baresip, Baresip],
    registering: LoopbackPhone,
  ) {
    this.#talking = talking
    this.#later = later
    this.#registering = registering
  }

  static async gather(system: RunningSystem, phones: PhoneShelf): Promise<Bystanders> {
    const inside = (extension: string, toneHz: number) => phones.inside(extension, toneHz, { answers: true })
    const [alex, dana, sam, eva] = await Promise.all([
      inside('1001', 440),
      inside('1002', 1_000),
      inside('1003', 600),
      inside('1004', 800),
    ])
    const { sip } = system.ready
    const registering = await LoopbackPhone.start({
      username: '1005',
      password: system.passwordOf('1005'),
      edge: { host: sip.address, port: sip.udpPort },
      domain: sip.domain,
    })
    alex.command('dial', '1002')
    await Promise.all([alex.event('CALL_ESTABLISHED'), dana.event('CALL_ESTABLISHED')])
    await alex.hearsTone(1_000, 500, 5_000)
    return new Bystanders([alex, dana], [sam, eva], registering)
  }

  /** How they fare until `disturbance` is over. */
  async whileIn(disturbance: Promise<unknown>): Promise<WellBeing> {
    let isOver = false
    const over = disturbance.finally(() => {
      isOver = true
    })
    const [alex] = this.#talking
    const from = (await alex.heard()).length
    const began = performance.now()
    const tookMs: number[] = []
    let registered = 0
    const registering = (async () => {
      while (!isOver) {
        const askedAt = performance.now()
        if ((await this.#registering.register()) === 200) registered += 1
        tookMs.push(performance.now() - askedAt)
        await sleep(registerEveryMs)
      }
    })()
    const setUpMs = await this.#newCall()
    await Promise.all([over, registering])
    const heard = (await alex.heard()).subarray(from)
    return {
      registrations: tookMs.length,
      registered,
      slowestMs: Math.round(Math.max(0, ...tookMs)),
      setUpMs: Math.round(setUpMs),
      gapMs: longestGapMs(heard, 1_000),
      heardPart: millisecondsOf(heard, 1_000) / (performance.now() - began),
    }
  }

  async #newCall(): Promise<number> {
    const [sam, eva] = this.#later
    await sleep(1_000)
    const began = performance.now()
    sam.command('dial', '1004')
    await eva.event('CALL_ESTABLISHED', 10_000)
    await sam.event('CALL_ESTABLISHED', 10_000)
    const tookMs = performance.now() - began
    await sam.hearsTone(800, 500, 5_000)
    sam.command('hangup')
    await eva.event('CALL_CLOSED')
    return tookMs
  }

  close(): Promise<void> {
    return this.#registering.close()
  }
}

export const scenarioFile = (name: string): string => join(import.meta.dirname, '..', 'load', `${name}.xml`)
