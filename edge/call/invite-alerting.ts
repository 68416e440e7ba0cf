import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { MediaEngine, MediaSessionOptions } from '../media/media-engine.ts'
import type { IncomingInvite } from '../sip/user-agent.ts'
import type { LegIdentity } from './call-control.ts'
import type { Alerting } from './call-leg.ts'
import type { Signalling } from './leg-notes.ts'
import { Party, reasonHeader } from './party.ts'
import { profileOf, sdpOf, sdpType } from './sdp-body.ts'

export interface AnswerOptions {
  readonly media: MediaEngine
  readonly identity: LegIdentity
  readonly signalling: Signalling
  /** Codecs in order of preference, and the address to put into SDP. */
  readonly session: Omit<MediaSessionOptions, 'profile'>
  /** `required` refuses plain RTP, `off` refuses SRTP. */
  readonly srtp?: 'off' | 'optional' | 'required'
}

/** Our answer to an INVITE with an offer: the far end is connected when this resolves. Refuses with 488 what cannot be carried. */
export async function answerInvite(invite: IncomingInvite, options: AnswerOptions): Promise<Party> {
  const offer = sdpOf(invite.request)
  const profile = offer === undefined ? 'rtp' : profileOf(offer)
  if ((options.srtp === 'required' && profile === 'rtp') || (options.srtp === 'off' && profile === 'sdes'))
    throw new PbxError('srtp-mismatch', {
      status: 488,
      message: 'Encrypted audio is required, or switched off, for this device.',
    })
  const session = await options.media.createSession({ ...options.session, profile })
  try {
    const body = offer === undefined ? await session.offer() : await session.answer(offer)
    const dialog = invite.accept({ body, contentType: sdpType })
    const party = new Party(dialog, session, options.identity, options.signalling)
    if (offer === undefined) await party.answerToOurOffer()
    return party
  } catch (cause) {
    await session.close()
    throw cause instanceof PbxError ? cause : new PbxError('not-answered', { status: 500, cause })
  }
}

/** An INVITE from a phone or a trunk, alerting until somebody answers it. */
export function inviteAlerting(invite: IncomingInvite, options: AnswerOptions): Alerting {
  let isCancelled = false
  let hasRung = false
  invite.onCancel(() => {
    isCancelled = true
  })
  return {
    ringing() {
      if (hasRung || isCancelled) return
      hasRung = true
      void invite.progress(180)
    },
    async answer() {
      if (isCancelled) throw new PbxError('cancelled', { status: 487, message: 'The caller hung up.' })
      try {
        return await answerInvite(invite, options)
      } catch (cause) {
        // Neither a codec nor an encryption in common is 488; the caller may try another offer (RFC 3261 §21.4.26).
        if (!isCancelled) invite.respond(cause instanceof PbxError && cause.status !== 500 ? 488 : 500)
        throw cause
      }
    },
    refuse(sipStatus, reason) {
      if (!isCancelled) invite.respond(sipStatus, { headers: [reasonHeader(reason, causeOf(sipStatus))] })
    },
  }
}

/** Q.850 cause for a SIP status, RFC 3398 §8.2.6.1, for the Reason header. */
export function causeOf(sipStatus: number): number {
  if (sipStatus === 486 || sipStatus === 600) return 17
  if (sipStatus === 404 || sipStatus === 604) return 1
  if (sipStatus === 480) return 18
  if (sipStatus === 403 || sipStatus === 603) return 21
  if (sipStatus === 408) return 102
  return sipStatus >= 500 ? 41 : 16
}
