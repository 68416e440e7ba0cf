import type { Flow, UserAgent } from '../sip/user-agent.ts'
import { redact } from './redact-message.ts'

/** Messages of one dialog, dialogs, characters of a message and of all messages that are kept. */
export const messagesMax = 200
export const dialogsMax = 500
export const messageLengthMax = 4_096
export const lengthMax = 16_000_000
/** Calls whose dialogs are known, and dialogs of one call. */
export const callsMax = 500
export const dialogsOfCallMax = 60
/** Time after the end of recording in which it can still be read, ms. */
export const keepMs = 3_600_000

export interface LadderMessage {
  readonly atMs: number
  readonly direction: 'in' | 'out'
  readonly transport: Flow['transport']
  readonly remote: string
  readonly sipCallId: string
  /** Who is at the other end, in words: `1001 (caller)`. */
  readonly who: string
  /** Authorization values, keys of the audio and digits are taken out. */
  readonly text: string
}

/** A dialog of a call. `fromTag` tells it from one of somebody who chose the same Call-ID. */
export interface LadderDialog {
  readonly sipCallId: string
  readonly fromTag?: string
  readonly who: string
}

/** SIP messages by call, recorded only after being asked for, in memory only: a ladder costs memory on every call. */
export interface Ladder {
  /** Records the calls of an account from now on, for so long, ms. Returns until when. */
  record(accountId: string, forMs: number): number
  /** Told of each account that begins to record: its calls that are up can be linked then. */
  onRecord(listener: (accountId: string) => void): void
  /** A dialog belongs to a call. Does nothing for an account that does not record. */
  link(accountId: string, callId: string, dialog: LadderDialog): void
  /** What was recorded of all dialogs of a call of this account, oldest first. */
  of(accountId: string, callId: string): readonly LadderMessage[]
}

interface Kept extends Omit<LadderMessage, 'who'> {
  readonly tags: readonly string[]
  /** Its place among all messages: many come in one millisecond. */
  readonly place: number
}

interface LinkedCall {
  readonly accountId: string
  readonly dialogs: Map<string, LadderDialog>
}

/** Registrations, subscriptions and pings would push the calls out. */
const isOfNoCall = /^(?:REGISTER|OPTIONS|SUBSCRIBE|PUBLISH|MESSAGE)$/i

const headerOf = (name: string) => new RegExp(`^(?:${name})[ \\t]*:[ \\t]*(.*)$`, 'im')
const callIdHeader = headerOf('Call-ID|i')
const cseqHeader = headerOf('CSeq')
const partyHeaders = [headerOf('From|f'), headerOf('To|t')]
const tagParam = /;\s*tag=([^;,\s]+)/i

const tagsOf = (text: string): string[] =>
  partyHeaders.flatMap((header) => tagParam.exec(header.exec(text)?.[1] ?? '')?.[1] ?? [])

/** The oldest dialog, of those that belong to no call when there is one. */
const leastWanted = (dialogs: ReadonlyMap<string, unknown>, linked: ReadonlySet<string>): string | undefined => {
  for (const sipCallId of dialogs.keys()) if (!linked.has(sipCallId)) return sipCallId
  return dialogs.keys().next().value
}

class Recording implements Ladder {
  readonly #nowMs: () => number
  readonly #untilMs = new Map<string, number>()
  readonly #listeners: ((accountId: string) => void)[] = []
  #dialogs = new Map<string, Kept[]>()
  #calls = new Map<string, LinkedCall>()
  readonly #linked = new Set<string>()
  #length = 0
  #place = 0
  #lastMs = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  record(accountId: string, forMs: number): number {
    this.#forgetOld()
    const untilMs = Math.max(this.#untilMs.get(accountId) ?? 0, this.#nowMs() + forMs)
    this.#untilMs.set(accountId, untilMs)
    this.#lastMs = Math.max(this.#lastMs, untilMs)
    for (const listener of this.#listeners) listener(accountId)
    return untilMs
  }

  onRecord(listener: (accountId: string) => void): void {
    this.#listeners.push(listener)
  }

  link(accountId: string, callId: string, dialog: LadderDialog): void {
    if ((this.#untilMs.get(accountId) ?? 0) <= this.#nowMs()) return
    const call = this.#calls.get(callId) ?? { accountId, dialogs: new Map() }
    if (call.accountId !== accountId || call.dialogs.size >= dialogsOfCallMax) return
    if (!this.#calls.has(callId) && this.#calls.size >= callsMax) this.#forgetCall()
    this.#calls.set(callId, call)
    // The first word on who it is stands: later ones come when the leg is over, or is another's.
    if (!call.dialogs.has(dialog.sipCallId)) call.dialogs.set(dialog.sipCallId, dialog)
    this.#linked.add(dialog.sipCallId)
  }

  of(accountId: string, callId: string): readonly LadderMessage[] {
    this.#forgetOld()
    const call = this.#calls.get(callId)
    if (call?.accountId !== accountId) return []
    return [...call.dialogs.values()]
      .flatMap(({ sipCallId, fromTag, who }) =>
        (this.#dialogs.get(sipCallId) ?? [])
          .filter(({ tags }) => fromTag === undefined || tags.includes(fromTag))
          .map((kept) => ({ ...kept, who })),
      )
      .toSorted((a, b) => a.place - b.place)
      .map(({ tags: _tags, place: _place, ...message }) => message)
  }

  get isOn(): boolean {
    return this.#nowMs() < this.#lastMs
  }

  /** Lets go of everything when nobody can want it any more. */
  #forgetOld(): void {
    if (this.#lastMs === 0 || this.#nowMs() < this.#lastMs + keepMs) return
    this.#untilMs.clear()
    this.#dialogs = new Map()
    this.#calls = new Map()
    this.#linked.clear()
    this.#length = 0
    this.#lastMs = 0
  }

  keep(message: Pick<LadderMessage, 'atMs' | 'direction' | 'transport' | 'remote'>, bytes: Uint8Array): void {
    const text = decoder.decode(bytes.subarray(0, messageLengthMax))
    const sipCallId = callIdHeader.exec(text)?.[1]?.trim()
    const method = cseqHeader.exec(text)?.[1]?.trim().split(/\s+/)[1] ?? ''
    if (sipCallId === undefined || sipCallId === '' || isOfNoCall.test(method)) return
    const messages = this.#dialogs.get(sipCallId) ?? []
    if (!this.#dialogs.has(sipCallId)) this.#dialogs.set(sipCallId, messages)
    const kept = { ...message, sipCallId, tags: tagsOf(text), place: this.#place++, text: redact(text) }
    messages.push(kept)
    this.#length += kept.text.length
    if (messages.length > messagesMax) this.#length -= messages.shift()?.text.length ?? 0
    while (this.#dialogs.size > dialogsMax || (this.#length > lengthMax && this.#dialogs.size > 1)) this.#forgetDialog()
  }

  tidy(): void {
    this.#forgetOld()
  }

  #forgetDialog(): void {
    const sipCallId = leastWanted(this.#dialogs, this.#linked) ?? ''
    for (const { text } of this.#dialogs.get(sipCallId) ?? []) this.#length -= text.length
    this.#dialogs.delete(sipCallId)
    this.#linked.delete(sipCallId)
  }

  #forgetCall(): void {
    const callId = this.#calls.keys().next().value ?? ''
    for (const sipCallId of this.#calls.get(callId)?.dialogs.keys() ?? []) this.#linked.delete(sipCallId)
    this.#calls.delete(callId)
  }
}

const decoder = new TextDecoder()

export function createLadder(userAgent: Pick<UserAgent, 'onMessage'>, nowMs: () => number): Ladder {
  const recording = new Recording(nowMs)
  userAgent.onMessage((direction, bytes, { transport, remoteAddress, remotePort }, atMs) => {
    if (!recording.isOn) return recording.tidy()
    const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress
    recording.keep({ atMs, direction, transport, remote: `${host}:${remotePort}` }, bytes)
  })
  return recording
}
