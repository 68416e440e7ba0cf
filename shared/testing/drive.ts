import { documentKey, revisionOf } from '../callflow/account-revision.ts'
import { type CallState, callBounds } from '../callflow/call-state.ts'
import { cdrOf } from '../callflow/cdr.ts'
import { step } from '../callflow/engine.ts'
import { factKey } from '../callflow/suspension.ts'
import { CallCommand, type CallCommandOf, CallEvent, type FactKey } from '../callflow/vocabulary.ts'
import type { Cdr } from '../model/cdr.ts'
import { singletonId } from '../model/document.ts'
import { type Alert, type Phones, ringScripted } from './scripted-phones.ts'

/** Who calls: a device of the account, or somebody outside. */
export type From =
  | { readonly device: string }
  | { readonly outside: string; readonly name?: string }
  | { readonly anonymous: true }

export interface World {
  /** All documents of the account, by `kind/id`. */
  readonly documents: ReadonlyMap<string, unknown>
  /** Live facts, by `kind/id`. Changes the call makes are kept here too, as the store would. */
  readonly facts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Answers look-ups before `facts` do: what lives outside the call, such as a mailbox. */
  readonly live?: (key: FactKey) => Readonly<Record<string, unknown>> | undefined
  /** Told of every command, as the store and the shell would be. */
  readonly told?: (command: CallCommand) => void
  readonly phones?: Phones
  /** When the call comes; Tuesday, 10:00 in New York by default. */
  readonly at?: string
}

/** How long things take that take a time of their own, milliseconds. */
const playMs = 2_000
const keyMs = 500

/** Turns that go on by themselves before a person must do something. */
const turnsMax = 400

/**
 * One call driven through the real engine: documents are supplied as they are asked for, look-ups answered, prompts heard to the end, ring
 * plans carried out with scripted phones. It stops where a person must do something: press, speak, hang up.
 */
export class DrivenCall {
  readonly commands: CallCommand[] = []
  readonly alerts: Alert[] = []
  readonly lookUps: FactKey[][] = []
  readonly #world: World
  readonly #documents = new Map<string, unknown>()
  readonly #facts: Map<string, Readonly<Record<string, unknown>>>
  readonly #accountId: string
  #state: CallState | undefined
  #nowMs: number
  readonly #startMs: number

  constructor(world: World) {
    this.#world = world
    this.#facts = new Map(Object.entries(world.facts ?? {}))
    this.#startMs = Date.parse(world.at ?? '2026-11-24T15:00:00.000Z')
    this.#nowMs = this.#startMs
    const account = world.documents.get(`account/${singletonId}`) as { id: string } | undefined
    this.#accountId = account?.id ?? 'nobody'
  }

  get state(): CallState {
    if (this.#state === undefined) throw new Error('no call has arrived')
    return this.#state
  }
  get cdr(): Cdr {
    return cdrOf(this.state)
  }
  /** `callflow.node>exit` for every node passed. */
  get path(): string[] {
    return this.state.path.flatMap(({ callflowId, nodeId, exit }) =>
      nodeId === undefined ? [] : [`${callflowId}.${nodeId}${exit === undefined ? '' : `>${exit}`}`],
    )
  }
  get reasons(): string[] {
    return this.state.path.flatMap(({ reason }) => reason ?? [])
  }
  /** Seconds since the call came. */
  get seconds(): number {
    return (this.#nowMs - this.#startMs) / 1_000
  }
  /** Phones that rang, each with its window in seconds since the call came. */
  get rang(): { target: string; from: number; to: number; name: string | undefined }[] {
    return this.alerts.map(({ target, fromMs, toMs, display }) => ({
      target,
      from: (fromMs - this.#startMs) / 1_000,
      to: (toMs - this.#startMs) / 1_000,
      name: display.name,
    }))
  }
  /** What the caller heard, in short: prompt, media and object ids, texts, digits. */
  get heard(): string[] {
    return this.commands.flatMap((command) =>
      command.type === 'play' || command.type === 'gather' || command.type === 'record'
        ? (command.parts ?? []).map((part) => Object.values(part)[0] as string)
        : [],
    )
  }
  get types(): string[] {
    return this.commands.map(({ type }) => type)
  }
  given<T extends CallCommand['type']>(type: T): CallCommandOf<T>[] {
    return this.commands.filter((command): command is CallCommandOf<T> => command.type === type)
  }

  arrive(from: From, dialled: string, more: Readonly<Record<string, unknown>> = {}): this {
    return this.feed({
      type: 'arrived',
      callId: 'call',
      accountId: this.#accountId,
      configRevision: 1,
      origin: 'device' in from ? { kind: 'device', deviceId: from.device } : { kind: 'trunk', trunkId: 'carrier' },
      dialled,
      caller:
        'outside' in from
          ? { number: from.outside, ...(from.name === undefined ? {} : { name: from.name }) }
          : { anonymous: 'anonymous' in from },
      ...more,
    })
  }
  /** Keys pressed at a question; none: the caller stays silent until the question gives up. */
  press(digits: string): this {
    const question = this.commands.at(-1)
    const waitMs = question?.type === 'gather' ? question.firstDigitMs : 0
    this.#nowMs += playMs + (digits === '' ? waitMs : keyMs * digits.length)
    return this.feed({ type: 'digits', digits })
  }
  /** Says something of a length into a recording. */
  speak(seconds: number): this {
    this.#nowMs += seconds * 1_000
    const last = this.commands.at(-1)
    const prefix = last?.type === 'record' ? last.prefix : ''
    return this.feed({ type: 'recorded', objectKey: `${prefix}1.wav`, durationMs: seconds * 1_000 })
  }
  talk(seconds: number): this {
    this.#nowMs += seconds * 1_000
    return this
  }
  hangUp(leg: 'caller' | 'callee' = 'caller'): this {
    this.#nowMs += keyMs
    return this.feed({ type: 'hungup', leg })
  }

  /** Any event, at the clock's instant; then everything that needs nobody. */
  feed(input: object): this {
    let next: object | undefined = input
    for (let turns = 0; next !== undefined; turns++) {
      if (turns > turnsMax) throw new Error('the call does not come to rest')
      next = this.#byItself(this.#turn(next))
    }
    return this
  }

  #turn(input: object): readonly CallCommand[] {
    const event = CallEvent.parse({ at: new Date(this.#nowMs).toISOString(), ...input })
    this.#nowMs += 1
    for (let fetches = 0; fetches < callBounds.hopsPerTurn; fetches++) {
      const turn = step(revisionOf(this.#accountId, 1, this.#documents), this.#state, event)
      if (!('needs' in turn)) {
        this.#state = turn.state
        this.commands.push(...turn.commands.map((command) => CallCommand.parse(command)))
        return turn.commands
      }
      for (const key of turn.needs) {
        const name = documentKey(key)
        if (this.#documents.has(name)) throw new Error(`${name} was supplied and is asked for again`)
        this.#documents.set(name, this.#world.documents.get(name) ?? null)
      }
    }
    throw new Error('the engine asks for documents without end')
  }

  /** What the last command brings without anybody's doing; nothing when a person is awaited or the call is at rest. */
  #byItself(commands: readonly CallCommand[]): object | undefined {
    for (const command of commands) {
      this.#world.told?.(command)
      if (command.type === 'change') {
        const name = factKey(command.fact)
        this.#facts.set(name, changed(this.#facts.get(name) ?? {}, command))
      }
    }
    const last = commands.at(-1)
    switch (last?.type) {
      case 'look-up':
        this.lookUps.push(last.facts)
        return {
          type: 'looked-up',
          facts: last.facts.map((key) => ({
            key,
            value: { ...this.#facts.get(factKey(key)), ...this.#world.live?.(key) },
          })),
        }
      case 'play':
        this.#nowMs += playMs * last.parts.length
        return { type: 'played' }
      case 'pause':
        this.#nowMs += last.durationMs
        return { type: 'paused' }
      case 'ring': {
        const { outcome, endMs, alerts } = ringScripted(last.plan, this.#world.phones ?? {}, this.#nowMs)
        this.#nowMs = endMs
        this.alerts.push(...alerts)
        return { type: 'rang', outcome }
      }
      default:
        return undefined
    }
  }
}

/** A call that has not come yet. */
export const drive = (world: World): DrivenCall => new DrivenCall(world)

/** A live fact after a change, as the store makes it. */
export const changed = (
  fact: Readonly<Record<string, unknown>>,
  { set, add = {} }: CallCommandOf<'change'>,
): Record<string, unknown> => ({
  ...fact,
  ...set,
  ...Object.fromEntries(Object.entries(add).map(([name, by]) => [name, Number(fact[name] ?? 0) + by])),
})
