import type { MediaEngine, MediaSessionOptions } from '../media/media-engine.ts'
import type { InviteOptions, OutgoingInvite, UserAgent } from '../sip/user-agent.ts'
import type { LegIdentity } from './call-control.ts'
import type { Attempts } from './leg-notes.ts'
import { Party } from './party.ts'
import { sdpOf } from './sdp-body.ts'

export interface ForkEvents {
  ringing(): void
  /** Connected, with media. */
  answered(party: Party): void
  /** The final status, or the local one: 408 nobody there, 503 no way, 488 no codec in common, 487 cancelled by us. */
  failed(sipStatus: number, reason: string): void
  /** Where each INVITE is noted. */
  readonly attempt?: Attempts | undefined
}

export interface ForkOptions {
  readonly invite: Omit<InviteOptions, 'sdpOffer'>
  readonly session: MediaSessionOptions
  readonly identity: LegIdentity
  /** Turns our offer into the body to send, for emergency calls that carry a location. */
  body?(offer: string): { readonly body: string; readonly headers: readonly (readonly [string, string])[] }
}

export interface Fork {
  /** Repeated calls do nothing; an answer that crosses it is released. `reason` is a Reason header's value (RFC 3326). */
  cancel(reason: string): void
}

/** Others that rang need not remember a missed call. */
export const completedElsewhere = 'SIP;cause=200;text="Call completed elsewhere"'
export const callerGaveUp = 'Q.850;cause=16;text="Caller gave up"'

/** One INVITE of ours with media of its own. Exactly one of `answered` and `failed` follows. */
export function placeFork(userAgent: UserAgent, media: MediaEngine, options: ForkOptions, events: ForkEvents): Fork {
  let outgoing: OutgoingInvite | undefined
  let isOver = false
  const { uri, flow, transport = flow?.transport } = options.invite
  const attempt = events.attempt?.(options.identity, {
    host: flow?.remoteAddress ?? uri.host,
    ...(transport === undefined ? {} : { transport }),
  })
  const fail = (sipStatus: number, reason: string, reasonHeader?: string) => {
    if (isOver) return
    isOver = true
    attempt?.failed(sipStatus, reason, reasonHeader)
    events.failed(sipStatus, reason)
  }

  async function place(): Promise<void> {
    const session = await media.createSession(options.session)
    const drop = (sipStatus: number, reason: string, reasonHeader?: string) => {
      void session.close()
      fail(sipStatus, reason, reasonHeader)
    }
    const offer = await session.offer()
    if (isOver) return void session.close()
    const special = options.body?.(offer)
    const headers = [...(options.invite.headers ?? []), ...(special?.headers ?? [])]
    const placed = userAgent.invite({ ...options.invite, headers, sdpOffer: special?.body ?? offer })
    outgoing = placed
    attempt?.sent(placed.sipCallId)
    placed.onProgress(({ status }) => {
      // Early media (183) is not passed on, but it says that somebody is being rung.
      if (!isOver && (status === 180 || status === 183)) events.ringing()
    })
    placed.onFailure((status, reason, response) => drop(status, reason, response?.headers.get('reason')))
    placed.onAnswer((dialog, response) => {
      const answer = sdpOf(response)
      session.accept(answer ?? '').then(
        () => {
          const party = new Party(dialog, session, options.identity, attempt?.signalling)
          if (isOver) return party.bye('Call completed elsewhere')
          isOver = true
          events.answered(party)
        },
        () => {
          dialog.bye()
          drop(488, 'No codec in common')
        },
      )
    })
  }

  place().catch((error: unknown) => fail(500, error instanceof Error ? error.message : 'Not placed'))
  return {
    cancel(reason) {
      if (isOver) return
      outgoing?.cancel(reason)
      fail(487, 'Cancelled', reason)
    },
  }
}
