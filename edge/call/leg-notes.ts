import { randomUUID } from 'node:crypto'
import { type LegMedia, type LegNote, notedLegsMax } from '@offhook/shared/model/leg-note.ts'
import type { MediaStats } from '../media/media-engine.ts'
import type { SipTransport } from '../sip/user-agent.ts'
import type { LegEnd, LegIdentity } from './call-control.ts'
import type { Ladder } from './ladder.ts'
import { networkOf } from './network-kind.ts'
import type { Party } from './party.ts'

/** Legs of a call that never had audio and are noted; the rest of `notedLegsMax` is for those that had. */
export const attemptsNotedMax = 30
/** Legs that end together are told of together, ms. */
export const gatherMs = 100
/** Calls whose legs are counted; of the one noted longest ago the count begins anew. */
const callsMax = 10_000

/** By which messages a far end is reached. */
export interface Signalling {
  /** Absent while no INVITE was sent. */
  readonly sipCallId?: string
  /** Tag of a caller who chose the Call-ID: another may have chosen the same one. */
  readonly fromTag?: string
  readonly transport?: SipTransport
  readonly host: string
  /** When the INVITE came or was placed. */
  readonly startedAtMs: number
}

/** A leg that is over; its times are still of this process's clock. */
export interface EndedLeg extends Omit<LegNote, 'startedAt' | 'answeredAt' | 'endedAt'> {
  readonly startedAtMs: number
  readonly answeredAtMs?: number
  readonly endedAtMs: number
}

/** Legs of one call that ended about together. `part` is unique. */
export interface LegReport {
  readonly accountId: string
  readonly callId: string
  readonly part: string
  readonly legs: readonly EndedLeg[]
}

/** What becomes of one INVITE of ours, when nobody takes it: whoever takes it is a leg. */
export interface Attempt {
  readonly signalling: Signalling
  sent(sipCallId: string): void
  /** `reasonHeader` is the far end's own word, RFC 3326. */
  failed(sipStatus: number, reason: string, reasonHeader?: string): void
}
export type Attempts = (identity: LegIdentity, via: Pick<Signalling, 'transport' | 'host'>) => Attempt

/** The call legs are noted of, and how it names a far end: a user name or a number. */
export interface NotedCall {
  readonly accountId: string
  callId(): string
  readonly address: string
}

/** A leg as far as it is noted. */
export interface NotedLeg {
  readonly id: string
  readonly role: LegNote['role']
  readonly address: string
  readonly identity: LegIdentity
  readonly startedAtMs: number
  readonly signalling?: Signalling | undefined
}

export interface LegNotesOptions {
  readonly ladder: Pick<Ladder, 'link' | 'onRecord'>
  /** Gets the legs of all calls that ended in the last moment; must not throw. Absent: nothing is noted. */
  readonly report?: ((reports: readonly LegReport[]) => void) | undefined
  nowMs(): number
}

/** What is told of a call's legs once their media has ended. Nothing waits for it, least of all a hang-up. */
export class LegNotes {
  readonly #options: LegNotesOptions
  readonly #answeredAtMs = new WeakMap<Party, number>()
  readonly #counts = new Map<string, { attempts: number; legs: number }>()
  #waiting = new Map<string, { readonly accountId: string; readonly legs: Promise<EndedLeg>[] }>()
  #timer: NodeJS.Timeout | undefined
  #telling: Promise<void> = Promise.resolve()

  constructor(options: LegNotesOptions) {
    this.#options = options
  }

  /** Told of each account whose messages are recorded from now on. */
  onRecord(listener: (accountId: string) => void): void {
    this.#options.ladder.onRecord(listener)
  }

  /** The leg's messages belong to this call. */
  link(callId: string, leg: NotedLeg, signalling: Signalling | undefined): void {
    const { sipCallId, fromTag } = signalling ?? {}
    if (sipCallId === undefined) return
    const who = `${leg.address.slice(0, 64)} (${leg.role})`
    this.#options.ladder.link(leg.identity.accountId, callId, {
      sipCallId,
      who,
      ...(fromTag === undefined ? {} : { fromTag }),
    })
  }

  /** A party has media from now on. */
  answered(party: Party): void {
    if (!this.#answeredAtMs.has(party)) this.#answeredAtMs.set(party, this.#options.nowMs())
  }

  /** A leg is over, or speaks for another party from now on; without a party it was never answered. */
  left(callId: string, leg: NotedLeg, party: Party | undefined, end: LegEnd): void {
    const signalling = party?.signalling ?? leg.signalling
    // A leg that never was more than our wish has left no trace: what was tried for it is noted by itself.
    if (signalling === undefined && party === undefined) return
    this.link(callId, leg, signalling)
    this.#note(callId, leg, signalling, end, party)
  }

  /** For each INVITE placed for a call. */
  attempts(call: NotedCall): Attempts {
    return (identity, via) => {
      let signalling: Signalling = { ...via, startedAtMs: this.#options.nowMs() }
      const leg = (): NotedLeg => ({ ...tried(call, identity), startedAtMs: signalling.startedAtMs })
      return {
        get signalling() {
          return signalling
        },
        sent: (sipCallId) => {
          signalling = { ...signalling, sipCallId }
          this.link(call.callId(), leg(), signalling)
        },
        failed: (sipStatus, reason, reasonHeader) => {
          const by = sipStatus === 487 || signalling.sipCallId === undefined ? 'local' : 'remote'
          const said = reasonHeader === undefined ? {} : { reasonHeader }
          this.#note(call.callId(), leg(), signalling, { by, sipStatus, reason, ...said }, undefined)
        },
      }
    }
  }

  /** Somebody answered and was let go before the call was theirs: another was faster, or no key was pressed. */
  released(call: NotedCall, party: Party, end: LegEnd): void {
    this.left(call.callId(), { ...tried(call, party.identity), startedAtMs: this.#options.nowMs() }, party, end)
  }

  /** Somebody who was to be rung could not be: no phone is registered, no trunk leads there. */
  unreachable(call: NotedCall, identity: LegIdentity, reason: string): void {
    const leg = { ...tried(call, identity), startedAtMs: this.#options.nowMs() }
    this.#note(call.callId(), leg, undefined, { by: 'local', sipStatus: 480, reason }, undefined)
  }

  /** Tells of everything that is over by now. */
  async flush(): Promise<void> {
    this.#tell()
    await this.#telling
  }

  #note(
    callId: string,
    leg: NotedLeg,
    signalling: Signalling | undefined,
    end: LegEnd,
    party: Party | undefined,
  ): void {
    if (this.#options.report === undefined || !this.#hasRoom(callId, party !== undefined)) return
    const { accountId } = leg.identity
    const waiting = this.#waiting.get(callId) ?? { accountId, legs: [] }
    this.#waiting.set(callId, waiting)
    waiting.legs.push(this.#ended(leg, signalling, end, party))
    this.#timer ??= setTimeout(() => this.#tell(), gatherMs)
  }

  /** Counts the leg in where there is room for it. */
  #hasRoom(callId: string, hadAudio: boolean): boolean {
    const count = this.#counts.get(callId) ?? { attempts: 0, legs: 0 }
    if (count.legs >= notedLegsMax || (!hadAudio && count.attempts >= attemptsNotedMax)) return false
    // The calls noted last are last in the map.
    this.#counts.delete(callId)
    if (this.#counts.size >= callsMax) this.#counts.delete(this.#counts.keys().next().value ?? '')
    this.#counts.set(callId, { attempts: count.attempts + (hadAudio ? 0 : 1), legs: count.legs + 1 })
    return true
  }

  async #ended(
    leg: NotedLeg,
    signalling: Signalling | undefined,
    end: LegEnd,
    party: Party | undefined,
  ): Promise<EndedLeg> {
    const endedAtMs = this.#options.nowMs()
    const answeredAtMs = party === undefined ? undefined : (this.#answeredAtMs.get(party) ?? leg.startedAtMs)
    // A media thread that died has nothing to say of the leg, and the note says so by having no figures.
    const stats = await party?.session.stats().catch(() => undefined)
    const media = stats && answeredAtMs !== undefined ? mediaOf(stats, endedAtMs - answeredAtMs) : undefined
    const { sipCallId, transport, host } = signalling ?? {}
    return {
      legId: leg.id,
      role: leg.role,
      ...whoIs(party?.identity ?? leg.identity),
      address: leg.address.slice(0, 64),
      ...(sipCallId === undefined ? {} : { sipCallId: sipCallId.slice(0, 255) }),
      startedAtMs: signalling?.startedAtMs ?? leg.startedAtMs,
      ...(answeredAtMs === undefined ? {} : { answeredAtMs }),
      endedAtMs,
      endedBy: end.by === 'remote' ? 'far-end' : 'us',
      sipStatus: end.sipStatus,
      reason: reasonOf(end),
      ...(transport === undefined ? {} : { transport }),
      ...(host === undefined ? {} : { network: networkOf(host) }),
      ...(media === undefined ? {} : { media }),
    }
  }

  #tell(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const calls = [...this.#waiting]
    this.#waiting = new Map()
    const tell = async () => {
      const reports = calls.map(async ([callId, { accountId, legs }]) => ({
        accountId,
        callId,
        part: randomUUID(),
        legs: await Promise.all(legs),
      }))
      const told = await Promise.all(reports)
      if (told.length > 0) this.#options.report?.(told)
    }
    this.#telling = Promise.all([this.#telling, tell()]).then(() => undefined)
  }
}

const tried = (call: NotedCall, identity: LegIdentity): Omit<NotedLeg, 'startedAtMs'> => ({
  id: randomUUID(),
  role: 'callee',
  address: call.address,
  identity,
})

function whoIs(identity: LegIdentity): Pick<LegNote, 'kind' | 'deviceId' | 'trunkId'> {
  if (identity.kind === 'device') return { kind: 'device', deviceId: identity.deviceId }
  if (identity.kind === 'trunk') return { kind: 'trunk', trunkId: identity.trunkId }
  return { kind: 'other' }
}

const reasonOf = ({ reason, reasonHeader }: LegEnd): string =>
  (reasonHeader === undefined ? reason : `${reason}: ${reasonHeader}`).slice(0, 200)

const tenth = (value: number): number => Math.round(value * 10) / 10
const percent = (part: number, whole: number): number => (whole <= 0 ? 0 : tenth(Math.min(100, (100 * part) / whole)))

/** Nothing where no codec was ever agreed: there was no media to speak of. */
function mediaOf(stats: MediaStats, durationMs: number): LegMedia | undefined {
  const { codec, packetsSent, packetsReceived, packetsLost, jitterMs, roundTripMs, mos, oneWay, farEnd } = stats
  if (codec === 'none') return undefined
  return {
    codec,
    seconds: tenth(Math.max(0, durationMs) / 1_000),
    packetsSent,
    packetsReceived,
    packetsLost,
    lossPercent: percent(packetsLost, packetsReceived + packetsLost),
    jitterMs,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    mos,
    ...(farEnd === undefined ? {} : { farEnd }),
    ...(oneWay ? { oneWay: packetsReceived === 0 ? 'not-heard' : 'hears-nothing' } : {}),
  }
}
