import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { MediaSession } from '../media/media-engine.ts'
import type { SipRequest } from '../sip/message.ts'
import type { Dialog, InDialogRequest } from '../sip/user-agent.ts'
import type { LegEnd, LegIdentity } from './call-control.ts'
import { readInfoDigit } from './info-digit.ts'
import type { Signalling } from './leg-notes.ts'
import { sdpOf, sdpType } from './sdp-body.ts'

export interface PartyEvents {
  digit(digit: string, how: 'rtp' | 'info'): void
  /** The far end put us on hold, or took us back. */
  held(isHeld: boolean): void
  refer(incoming: InDialogRequest): void
  ended(end: LegEnd): void
}

/** Why we hang up, as the far end may show it: RFC 3326. */
export const reasonHeader = (text: string, cause = 16): readonly [string, string] => [
  'Reason',
  `Q.850;cause=${cause};text="${text.replaceAll(/["\r\n\\]/g, ' ')}"`,
]

/**
 * One far end that is connected: its dialog and its media. A leg speaks for a party; a transfer gives a leg another party without
 * whoever decides calls noticing.
 */
export class Party {
  readonly dialog: Dialog
  readonly session: MediaSession
  /** Who it is, wherever its media went since. */
  readonly identity: LegIdentity
  readonly signalling: Signalling | undefined
  #events: Partial<PartyEvents> = {}
  #isHeld = false
  #isOver = false
  /** Our offer stands in a 2xx; the ACK brings the answer. */
  #awaitsAnswer: { resolve(): void; reject(error: unknown): void } | undefined

  constructor(dialog: Dialog, session: MediaSession, identity: LegIdentity, signalling?: Signalling) {
    this.dialog = dialog
    this.session = session
    this.identity = identity
    this.signalling = signalling
    session.onDigit((digit) => this.#events.digit?.(digit, 'rtp'))
    dialog.onReinvite((incoming) => void this.#reinvited(incoming))
    dialog.onRequest((incoming) => this.#requested(incoming))
    dialog.onAck((ack) => this.#acked(ack))
    dialog.onEnd(({ by, reason, headers }) => {
      const reasonHeader = headers?.get('reason')
      this.#finish({ by, sipStatus: 0, reason, ...(reasonHeader === undefined ? {} : { reasonHeader }) })
    })
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Whoever speaks for the party from now on; the one before hears nothing more. */
  listen(events: Partial<PartyEvents>): void {
    this.#events = events
  }

  /** Call it right after a 2xx with our offer: resolves when the ACK has brought an answer, rejects when it brought none. */
  answerToOurOffer(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaitsAnswer = { resolve, reject }
    })
  }

  #acked(ack: SipRequest): void {
    const waiting = this.#awaitsAnswer
    if (waiting === undefined) return
    this.#awaitsAnswer = undefined
    this.session.accept(sdpOf(ack) ?? '').then(
      () => {
        this.#noteHold()
        waiting.resolve()
      },
      (error: unknown) => {
        this.bye('No common codec')
        waiting.reject(error)
      },
    )
  }

  bye(reason: string): void {
    if (this.#isOver) return
    // Finished first: the dialog tells its own reason for an end that we made.
    this.#finish({ by: 'local', sipStatus: 0, reason })
    this.dialog.bye({ headers: [reasonHeader(reason)] })
  }

  #finish(end: LegEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#awaitsAnswer?.reject(new PbxError('leg-ended', { status: 487, message: end.reason }))
    void this.session.close()
    this.#events.ended?.(end)
  }

  /** Hold, resume, or a session refresh: the media layer answers the offer; without one ours goes into the 200 (RFC 3264, RFC 6337). */
  async #reinvited(incoming: InDialogRequest): Promise<void> {
    const offer = sdpOf(incoming.request)
    try {
      const body = offer === undefined ? await this.session.offer() : await this.session.answer(offer)
      // A late answer that does not fit ends the call, which whoever listens hears as its end.
      if (offer === undefined) this.answerToOurOffer().catch(() => undefined)
      incoming.respond(200, { body, contentType: sdpType })
      if (offer !== undefined) this.#noteHold()
    } catch (error) {
      incoming.respond(error instanceof PbxError ? 488 : 500)
    }
  }

  #noteHold(): void {
    if (this.session.isHeldByRemote === this.#isHeld) return
    this.#isHeld = this.session.isHeldByRemote
    this.#events.held?.(this.#isHeld)
  }

  #requested(incoming: InDialogRequest): void {
    const { method } = incoming.request
    if (method === 'INFO') this.#info(incoming)
    else if (method === 'UPDATE') void this.#reinvitedByUpdate(incoming)
    else if (method === 'REFER' && this.#events.refer !== undefined) this.#events.refer(incoming)
    else if (method === 'REFER') incoming.respond(603)
    else incoming.respond(method === 'OPTIONS' || method === 'NOTIFY' || method === 'MESSAGE' ? 200 : 501)
  }

  async #reinvitedByUpdate(incoming: InDialogRequest): Promise<void> {
    // A refresh of the session timer has no offer (RFC 4028 §7.4).
    if (sdpOf(incoming.request) === undefined) incoming.respond(200)
    else await this.#reinvited(incoming)
  }

  #info(incoming: InDialogRequest): void {
    const digit = readInfoDigit(incoming.request)
    incoming.respond(digit === undefined && incoming.request.body.length > 0 ? 415 : 200)
    if (digit === undefined) return
    // The media layer stops what plays and reports it as any other digit; the peer gets it as a tone.
    this.session.digitReceived(digit)
    this.#events.digit?.(digit, 'info')
  }
}
