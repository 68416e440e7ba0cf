import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoopbackPhone, type PhoneCall } from '@offhook/edge/call/testing/loopback-phone.ts'
import { findModule } from '@offhook/shared/callflow/modules/index.ts'
import type { Cdr } from '@offhook/shared/model/cdr.ts'
import { AccountApi } from '../testing/account-api.ts'
import { type RunningSystem, startSystem } from '../testing/running-system.ts'
import type { Baresip } from './baresip.ts'
import { openHours } from './main-line.ts'
import { PhoneShelf } from './phone-shelf.ts'
import { mediaClip, promptClip } from './sounds.ts'

/** What a called phone does: it may not even be there. */
export type Manner = 'answers' | 'busy' | 'declines' | 'silent' | 'unregistered'

export interface Node {
  readonly type: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly exits?: Readonly<Record<string, string>>
}

/** Callers who dial at the same instant, and how long the first of them waits for the others, ms. */
const dialAtOnce = 10
const patienceMs = 10_000

export interface Placing {
  readonly node: Node
  readonly others?: Readonly<Record<string, Node>>
  /** Ways out that lead to the end; absent: all. */
  readonly wired?: readonly string[]
}

/** One started PBX for many calls at once: each brings its own phones, documents and number, so that none is in the way of another. */
export class Stage {
  readonly system: RunningSystem
  readonly api: AccountApi
  readonly closed: Int16Array
  #numbers = 8_600
  readonly #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined
  #saves: Promise<unknown> = Promise.resolve()

  private constructor(system: RunningSystem, api: AccountApi, closed: Int16Array) {
    this.system = system
    this.api = api
    this.closed = closed
  }

  static async start(): Promise<Stage> {
    const system = await startSystem({ environment: { OFFHOOK_CLOCK: openHours } })
    const api = new AccountApi(system)
    return new Stage(system, api, await mediaClip(system, api, 'media-closed'))
  }

  async stop(): Promise<void> {
    await this.system.stop()
    rmSync(this.system.folder, { recursive: true, force: true })
  }

  /** The most calls that were up at one instant, as their records say. */
  async callsAtOnce(): Promise<number> {
    const calls = await this.api.calls(Date.parse(openHours))
    const up = (at: number) => calls.filter((call) => Date.parse(call.at) <= at && at < Date.parse(call.endedAt))
    return Math.max(0, ...calls.map((call) => up(Date.parse(call.at)).length))
  }

  /** Saves of one account race for its revision: here as by people, one comes after the other. */
  save<T>(path: string, body: object): Promise<T> {
    const saved = this.#saves.then(() => this.api.ask<T>('POST', path, body))
    this.#saves = saved.catch(() => undefined)
    return saved
  }

  /** Waits until so many callers are ready to dial at once; the last ones, who are fewer, do not wait long. */
  ready(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    if (this.#waiting.length >= dialAtOnce) this.#open()
    else if (this.#waiting.length === 1) this.#timer = setTimeout(() => this.#open(), patienceMs)
    return promise
  }

  #open(): void {
    clearTimeout(this.#timer)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  nextNumber(): string {
    this.#numbers += 1
    return String(this.#numbers)
  }

  prompt(id: string): Int16Array {
    return promptClip(this.system, id)
  }
}

/** One call's things. */
export class Scene {
  readonly stage: Stage
  readonly api: AccountApi
  readonly number: string
  /** Dialled from outside; the same callflow. */
  readonly did: string
  /** Phones of the outside world that are called in it. */
  readonly outsiders: Baresip[] = []
  readonly #shelf: PhoneShelf
  readonly #stops: (() => Promise<unknown>)[] = []

  constructor(stage: Stage) {
    this.stage = stage
    this.api = stage.api
    this.number = stage.nextNumber()
    this.did = `+1604555${this.number}`
    this.#shelf = new PhoneShelf(stage.system)
  }

  async clear(): Promise<void> {
    await Promise.all([this.#shelf.clear(), ...this.#stops.map((stop) => stop())])
  }

  async create(path: string, body: object): Promise<string> {
    return (await this.stage.save<{ id: string }>(path, body)).id
  }

  async device(more: object = {}): Promise<{ id: string; username: string; password: string }> {
    const made = await this.stage.save<{ id: string; username: string }>('devices', {
      type: 'sip-phone',
      name: 'Phone',
      ...more,
    })
    const { password } = await this.api.ask<{ password: string }>('POST', `devices/${made.id}/password/reveal`)
    return { ...made, password }
  }

  /** A real phone of this call's own. */
  async phone(toneHz: number, more: object = {}): Promise<{ readonly id: string; readonly phone: Baresip }> {
    const { id, username, password } = await this.device(more)
    return { id, phone: await this.#shelf.inside(username, toneHz, { password }) }
  }

  outside(number: string, toneHz?: number): Promise<Baresip> {
    return this.#shelf.outside(number, toneHz)
  }

  /** A new device with a scripted phone, which does what it is told with the one call it gets. */
  async callee(manner: Manner, more: object = {}): Promise<Callee> {
    return this.calleeAt((await this.device(more)).id, manner)
  }

  /** The same at a device that is there already. */
  async calleeAt(id: string, manner: Manner): Promise<Callee> {
    if (manner === 'unregistered') return new Callee(id)
    const { username } = await this.api.ask<{ username: string }>('GET', `devices/${id}`)
    const { password } = await this.api.ask<{ password: string }>('POST', `devices/${id}/password/reveal`)
    const { sip } = this.stage.system.ready
    const phone = await LoopbackPhone.start({
      username,
      password,
      edge: { host: sip.address, port: sip.udpPort },
      domain: sip.domain,
    })
    this.#stops.push(() => phone.close())
    const status = await phone.register()
    if (status !== 200) throw new Error(`not registered: ${status}`)
    return new Callee(id, phone, manner)
  }

  /** Saves the callflow of one module; what it has no way for leads to the end. */
  async place({ node, others, wired }: Placing, isOutside = false): Promise<void> {
    if (isOutside) await this.stage.save('phone-numbers', { number: this.did })
    const ways = wired ?? findModule(node.type)?.exitsOf(node.params ?? {}) ?? []
    const exits = { ...Object.fromEntries(ways.map((way) => [way, 'end'])), ...node.exits }
    const nodes = { node: { ...node, exits }, ...others, end: { type: 'hang-up' } }
    await this.create('callflows', {
      name: `Module ${node.type}`,
      numbers: [this.number, ...(isOutside ? [this.did] : [])],
      root: 'node',
      nodes: Object.fromEntries(Object.entries(nodes).map(([id, one]) => [id, { id, ...one }])),
    })
  }

  /** The record of this number's call, once it is over. */
  async record(): Promise<Cdr> {
    for (const until = Date.now() + 15_000; Date.now() < until; await sleep(100)) {
      const calls = await this.api.calls(Date.parse(openHours))
      const found = calls.find(({ to }) => to === this.number || to === this.did)
      if (found !== undefined) return this.api.ask<Cdr>('GET', `cdrs/${found.callId}`)
    }
    throw new Error(`no record of a call to ${this.number}`)
  }
}

/** What was seen of a call at a scripted phone. */
export interface Rung {
  readonly atMs: number
  /** Who calls, as shown: RFC 3261 §20.20. */
  readonly from: string
  /** Asks the phone to answer by itself, RFC 5373. */
  readonly callInfo: string
}

/** The longest a scripted phone waits to be called, ms. */
const ringMs = 60_000

export class Callee {
  readonly id: string
  readonly rung: Promise<Rung>
  /** The ringing is over, and nobody picked up here. */
  readonly stopped: Promise<void>
  call: PhoneCall | undefined
  readonly #stopped = Promise.withResolvers<void>()

  constructor(id: string, phone?: LoopbackPhone, manner: Manner = 'unregistered') {
    this.id = id
    this.stopped = this.#stopped.promise
    this.rung = phone === undefined ? new Promise(() => {}) : this.#serve(phone, manner)
    // Who is not called at all is nobody's mistake here: whoever expects the call waits for it.
    this.rung.catch(() => undefined)
  }

  async #serve(phone: LoopbackPhone, manner: Manner): Promise<Rung> {
    const invite = await phone.incoming.next(ringMs)
    invite.onCancel(() => this.#stopped.resolve())
    const { headers } = invite.request
    const rung = { atMs: Date.now(), from: headers.get('From') ?? '', callInfo: headers.get('Call-Info') ?? '' }
    if (manner === 'busy') invite.respond(486)
    else if (manner === 'declines') invite.respond(603)
    else {
      await invite.progress(180)
      if (manner === 'answers') this.call = phone.answer(invite)
    }
    return rung
  }
}
