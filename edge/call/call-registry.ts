import type { MediaEngine } from '../media/media-engine.ts'
import { PassingMap } from '../sip/passing-map.ts'
import type { Dialog, InDialogRequest } from '../sip/user-agent.ts'
import type { CallLeg, LegHooks } from './call-leg.ts'
import { type HoldMusic, Joint } from './joint.ts'
import type { LegNotes, NotedLeg } from './leg-notes.ts'
import type { Party } from './party.ts'

/** Legs one edge carries at once; more are refused with 503. */
export const legsMax = 10_000

export interface RegistryOptions {
  readonly media: MediaEngine
  readonly holdMusic: HoldMusic
  readonly notes: LegNotes
  refer(leg: CallLeg, party: Party, incoming: InDialogRequest): void
}

/** Every live leg, who hears whom, and which call each belongs to. */
export class CallRegistry {
  readonly hooks: LegHooks
  readonly #options: RegistryOptions
  readonly #legs = new PassingMap<string, CallLeg>()
  readonly #joints = new PassingMap<string, Joint>()
  /** Legs of each device: connected, ringing in, ringing out. */
  readonly #perDevice = new Map<string, number>()
  readonly #callIds = new WeakMap<CallLeg, string>()
  /** Legs that somebody rings for. */
  readonly #served = new WeakSet<CallLeg>()
  /** Legs of calls for help. */
  readonly #forHelp = new WeakSet<CallLeg>()
  readonly #idle = new Set<() => void>()

  constructor(options: RegistryOptions) {
    this.#options = options
    this.hooks = {
      held: (leg, isHeld) => this.#joints.get(leg.id)?.held(leg, isHeld),
      infoDigit: (leg, digit) => void this.peerOf(leg)?.sendDigits(digit),
      refer: (leg, party, incoming) => options.refer(leg, party, incoming),
      answered: (leg, party) => {
        options.notes.answered(party)
        if (this.#isNamed(leg)) options.notes.link(this.callIdOf(leg), notedOf(leg, party), party.signalling)
      },
      left: (leg, party, end) => options.notes.left(this.callIdOf(leg), notedOf(leg, party), party, end),
      ended: (leg) => this.#ended(leg),
    }
  }

  add(leg: CallLeg): CallLeg {
    if (leg.status === 'disconnected') return leg
    this.#legs.set(leg.id, leg)
    if (leg.identity.kind === 'device') this.#count(leg.identity.deviceId, 1)
    return leg
  }

  get size(): number {
    return this.#legs.size
  }

  get notes(): LegNotes {
    return this.#options.notes
  }

  get connections(): number {
    return new Set(this.#joints.values()).size
  }

  get legs(): Iterable<CallLeg> {
    return this.#legs.values()
  }

  callsOf(deviceId: string): number {
    return this.#perDevice.get(deviceId) ?? 0
  }

  peerOf(leg: CallLeg): CallLeg | undefined {
    return this.#joints.get(leg.id)?.peerOf(leg)
  }

  legOf(dialog: Dialog): CallLeg | undefined {
    for (const leg of this.#legs.values()) if (leg.party?.dialog === dialog) return leg
    return undefined
  }

  /** The call a leg belongs to, as the decider names it; its own id until that is known. */
  callIdOf(leg: CallLeg): string {
    return this.#callIds.get(leg) ?? leg.callId
  }

  #isNamed(leg: CallLeg): boolean {
    return this.#callIds.has(leg) || leg.callId !== leg.id
  }

  nameCall(leg: CallLeg, callId: string): void {
    this.#callIds.set(leg, callId)
    this.notes.link(callId, notedOf(leg, leg.party), leg.party?.signalling ?? leg.signalling)
  }

  /** The messages of an account's calls that are up belong to those from now on. */
  linkCalls(accountId: string): void {
    for (const leg of this.#legs.values())
      if (leg.identity.accountId === accountId && this.#isNamed(leg)) this.nameCall(leg, this.callIdOf(leg))
  }

  /** Somebody rings for the leg, in this call. */
  noteCall(leg: CallLeg, callId: string): void {
    this.#served.add(leg)
    this.nameCall(leg, callId)
  }

  isServed(leg: CallLeg): boolean {
    return this.#served.has(leg)
  }

  /** From now on the leg is never dropped to make room for another. */
  noteHelp(leg: CallLeg): void {
    this.#forHelp.add(leg)
  }

  isForHelp(leg: CallLeg): boolean {
    return this.#forHelp.has(leg)
  }

  join(a: CallLeg, b: CallLeg): Joint {
    this.#joints.get(a.id)?.release()
    this.#joints.get(b.id)?.release()
    const joint = new Joint(
      this.#options.media,
      a,
      b,
      (holder) => this.#options.holdMusic(holder),
      (released) => {
        for (const leg of [released.a, released.b])
          if (this.#joints.get(leg.id) === released) this.#joints.delete(leg.id)
      },
    )
    this.#joints.set(a.id, joint)
    this.#joints.set(b.id, joint)
    return joint
  }

  /** Gives a leg another party; whom it talked to talks to that one from now on. Returns the party before. */
  handOver(leg: CallLeg, party: Party): Party | undefined {
    const before = leg.adopt(party)
    const joint = this.#joints.get(leg.id)
    joint?.refresh(leg)
    // Whoever held the call is gone; the new party did not.
    if (before?.isHeld === true && !party.isHeld) joint?.held(leg, false)
    return before
  }

  /** Resolves when no leg is left. */
  idle(): Promise<void> {
    if (this.#legs.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.add(resolve))
  }

  #count(deviceId: string, change: number): void {
    const count = (this.#perDevice.get(deviceId) ?? 0) + change
    if (count > 0) this.#perDevice.set(deviceId, count)
    else this.#perDevice.delete(deviceId)
  }

  #ended(leg: CallLeg): void {
    if (!this.#legs.delete(leg.id)) return
    if (leg.identity.kind === 'device') this.#count(leg.identity.deviceId, -1)
    this.#joints.get(leg.id)?.release()
    if (this.#legs.size > 0) return
    for (const resolve of this.#idle) resolve()
    this.#idle.clear()
  }
}

/** A leg as it is noted with a party: a device by its name, others by the number of their side; who withholds it has none. */
function notedOf(leg: CallLeg, party: Party | undefined): NotedLeg {
  const { id, direction, startedAtMs, signalling } = leg
  const identity = party?.identity ?? leg.identity
  const number = direction === 'inbound' ? leg.from : leg.to
  const address = leg.anonymous ? 'anonymous' : identity.kind === 'device' ? identity.username : number
  return { id, role: direction === 'inbound' ? 'caller' : 'callee', address, identity, startedAtMs, signalling }
}
