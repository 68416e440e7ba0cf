import type { Participant, ParticipantTag } from '@offhook/shared/sma-contract/events.ts'
import { mayCross } from '@offhook/shared/sma-contract/sip-headers.ts'
import type { Leg, LegEnd } from '../call/call-control.ts'
import { DigitBuffer } from './digit-buffer.ts'

/** One participant: a leg of the call layer with its tag, its typed-ahead keys and whether it was ever answered. */
export class CallLeg {
  readonly leg: Leg
  readonly tag: ParticipantTag
  readonly digits = new DigitBuffer()
  /** A recording of the whole leg can be started once (record-call). */
  wasRecorded = false
  /** Set by the Hangup action, so that HANGUP shows no code (as observed). */
  isHungUpByUs = false
  end: LegEnd | undefined
  #isAnswered = false
  readonly #headers: Readonly<Record<string, string>>

  constructor(leg: Leg, tag: ParticipantTag, headers: Readonly<Record<string, string>> = leg.headers) {
    this.leg = leg
    this.tag = tag
    this.#headers = headers
    leg.onDigit((key) => this.digits.push(key))
  }

  get id(): string {
    return this.leg.id
  }

  get isUp(): boolean {
    return this.end === undefined && this.leg.status !== 'disconnected'
  }

  get isConnected(): boolean {
    return this.isUp && this.leg.status === 'connected'
  }

  /** Answers an unanswered caller, as every media action does; `false` when the far end was faster to give up. */
  async answer(): Promise<boolean> {
    if (!this.isUp) return false
    if (this.leg.status === 'connected') return true
    try {
      await this.leg.answer()
      return this.isUp
    } catch (cause) {
      // The port rejects only because the caller is gone; what ended the leg is told by `onEnd`.
      if (this.isUp) throw cause
      return false
    }
  }

  /** As events show it. `Status` is absent until the leg was answered once. */
  participant(): Participant {
    this.#isAnswered ||= this.leg.status === 'connected'
    const status = !this.isUp ? 'Disconnected' : this.#isAnswered ? 'Connected' : undefined
    const headers = Object.fromEntries(Object.entries(this.#headers).filter(([name]) => mayCross(name)))
    return {
      CallId: this.leg.id,
      ParticipantTag: this.tag,
      To: this.leg.to,
      From: this.leg.from,
      Direction: this.leg.direction === 'inbound' ? 'Inbound' : 'Outbound',
      StartTimeInMilliseconds: String(this.leg.startedAtMs),
      ...(status === undefined ? {} : { Status: status }),
      ...(Object.keys(headers).length === 0 ? {} : { SipHeaders: headers }),
    }
  }
}
