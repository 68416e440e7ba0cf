import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { acmeMainDid } from '@offhook/shared/testing/acme.ts'
import { expect, type TestContext } from 'vitest'
import { AccountApi, type Message } from '../testing/account-api.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import type { Baresip } from './baresip.ts'
import { pcmOf } from './clip.ts'
import { PhoneShelf } from './phone-shelf.ts'
import { mediaClip, promptClip } from './sounds.ts'
import { millisecondsOf } from './tones.ts'

/** Tuesday, 10:00 in New York: the main line is open. */
export const openHours = '2026-11-24T15:00:00Z'
/** The tone before a recording. */
export const beepHz = 1_000
/** What callers say. */
export const callerHz = 700

export interface MainLineClips {
  readonly open: Int16Array
  readonly closed: Int16Array
  readonly general: Int16Array
}

/** The demo company in a process of its own, and what a test does with it: calls, listens, looks into its boxes. */
export class MainLine {
  readonly system: RunningSystem
  readonly api: AccountApi
  readonly clips: MainLineClips
  readonly #clock: string

  private constructor(system: RunningSystem, api: AccountApi, clips: MainLineClips, clock: string) {
    this.system = system
    this.api = api
    this.clips = clips
    this.#clock = clock
  }

  /** @param clock what it takes for now when it starts */
  static async start(clock = openHours, environment: Record<string, string> = {}): Promise<MainLine> {
    const system = await startSystem({ environment: { OFFHOOK_CLOCK: clock, ...environment } })
    const api = new AccountApi(system)
    const [open, closed, general] = await Promise.all(
      (['media-open', 'media-closed', 'media-general'] as const).map((id) => mediaClip(system, api, id)),
    )
    if (open === undefined || closed === undefined || general === undefined) throw new Error('no recordings')
    return new MainLine(system, api, { open, closed, general }, clock)
  }

  async stop(): Promise<void> {
    await this.system.stop()
    rmSync(this.system.folder, { recursive: true, force: true })
  }

  /** Phones for one test. */
  phonesFor({ onTestFinished }: TestContext): PhoneShelf {
    const shelf = new PhoneShelf(this.system)
    onTestFinished(() => shelf.clear())
    return shelf
  }

  prompt(id: string): Int16Array {
    return promptClip(this.system, id)
  }

  /** An outside caller of the main line. */
  async callFrom(phones: PhoneShelf, number: string): Promise<Baresip> {
    const caller = await phones.outside(number, callerHz)
    caller.command('dial', acmeMainDid)
    await caller.event('CALL_ESTABLISHED', 10_000)
    return caller
  }

  /** The same, once the open greeting was heard. Answers with the caller, and where in the sound that was. */
  async greet(phones: PhoneShelf, number: string): Promise<{ readonly caller: Baresip; readonly at: number }> {
    const caller = await this.callFrom(phones, number)
    return { caller, at: await caller.hears(this.clips.open) }
  }

  /** The message is in the box, as long as what was said, and it is the caller's voice. */
  async expectMessage(box: string, from: string): Promise<Message> {
    const message = await this.api.messageFrom(box, from)
    const audio = await this.api.request('GET', `voicemail-boxes/${box}/messages/${message.id}/audio`)
    const heard = pcmOf(Buffer.from(await audio.arrayBuffer()))

    expect(message.durationMs).toBeGreaterThan(2_500)
    expect(millisecondsOf(heard, callerHz)).toBeGreaterThan(2_500)
    return message
  }

  /** The record of a caller's last call. */
  callOf(from: string): Promise<Cdr> {
    return this.api.callFrom(from, Date.parse(this.#clock))
  }
}

/** Speaks after the tone for so long, and hangs up. */
export async function leaveMessage(caller: Baresip, seconds = 3.5): Promise<void> {
  await caller.hearsTone(beepHz, 200)
  await sleep(seconds * 1_000)
  caller.command('hangup')
}

/** Nodes the call left, in order; the one it ended in is left by nobody. */
export const nodesOf = (call: Cdr): string[] =>
  call.path.flatMap(({ nodeId, exit }) => (nodeId === undefined || exit === undefined ? [] : [nodeId]))
