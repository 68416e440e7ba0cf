import type { MediaEngine, MediaSession } from '@offhook/edge/media/media-engine.ts'
import type { Dialog, Flow, IncomingInvite, OutgoingInvite, UserAgent } from '@offhook/edge/sip/user-agent.ts'
import type { OutsideBehaviour } from './outside-number.ts'

/** Calls the simulated carrier carries at once. */
export const carrierCallsMax = 2_000
/** How long a `mailbox` talks before it would take a message, and when `presses-1` presses, ms. */
const pressAfterMs = 1_500

export interface CarrierCallOptions {
  readonly userAgent: UserAgent
  readonly media: MediaEngine
}

const sdpOf = (body: Uint8Array): string => new TextDecoder().decode(body)

/** Answers with a voice of our own making: an echo, a key press, or a mailbox's tone. */
async function answer(invite: IncomingInvite, media: MediaEngine, behaviour: OutsideBehaviour): Promise<void> {
  const session = await media.createSession({ profile: 'rtp' })
  try {
    const sdp = await session.answer(sdpOf(invite.request.body))
    const dialog = invite.accept({ body: sdp, contentType: 'application/sdp' })
    dialog.onReinvite((again) => {
      session.answer(sdpOf(again.request.body)).then(
        (body) => again.respond(200, { body, contentType: 'application/sdp' }),
        () => again.respond(488),
      )
    })
    const timers: NodeJS.Timeout[] = []
    if (behaviour === 'echo') media.echo(session, true)
    if (behaviour === 'presses-1')
      timers.push(setTimeout(() => void session.sendDigits('1').then(() => media.echo(session, true)), pressAfterMs))
    if (behaviour === 'mailbox')
      session.play(
        { kind: 'tone', cadence: [{ frequenciesHz: [1_000], onMs: 400, offMs: 3_600 }] },
        { repeat: Number.POSITIVE_INFINITY },
      )
    dialog.onEnd(() => {
      for (const timer of timers) clearTimeout(timer)
      void session.close()
    })
  } catch {
    await session.close()
    invite.respond(488, { reason: 'Not Acceptable Here' })
  }
}

/** Does what an outside number does. */
export function behave(invite: IncomingInvite, behaviour: OutsideBehaviour, { media }: CarrierCallOptions): void {
  if (behaviour === 'busy') return invite.respond(486)
  if (behaviour === 'declines') return invite.respond(603)
  void invite.progress(180)
  // Rings until the caller gives up.
  if (behaviour === 'no-answer') return
  void answer(invite, media, behaviour)
}

interface Side {
  readonly session: MediaSession
  dialog?: Dialog
}

/** Passes a call on with its media anchored, as a carrier's border controller does. Either side's end ends the other. */
export async function relay(
  invite: IncomingInvite,
  target: {
    readonly uri: Parameters<UserAgent['invite']>[0]['uri']
    readonly flow?: Flow
    readonly from: string
    readonly fromName?: string
    readonly to: string
  },
  { userAgent, media }: CarrierCallOptions,
): Promise<void> {
  const near: Side = { session: await media.createSession({ profile: 'rtp' }) }
  const far: Side = { session: await media.createSession({ profile: 'rtp' }) }
  const bridge = media.createBridge()
  let over = false
  let outgoing: OutgoingInvite | undefined
  const finish = (byeTo: Dialog | undefined) => {
    if (over) return
    over = true
    byeTo?.bye()
    bridge.close()
    void Promise.all([near.session.close(), far.session.close()])
  }
  const refuse = (status: number, reason?: string) => {
    if (over) return
    invite.respond(status, reason === undefined ? {} : { reason })
    finish(undefined)
  }
  const watch = (side: Side, other: Side, dialog: Dialog) => {
    side.dialog = dialog
    dialog.onEnd(() => finish(other.dialog))
    dialog.onReinvite((again) => {
      side.session.answer(sdpOf(again.request.body)).then(
        (body) => again.respond(200, { body, contentType: 'application/sdp' }),
        () => again.respond(488),
      )
    })
  }
  invite.onCancel(() => {
    outgoing?.cancel()
    finish(undefined)
  })
  const answerSdp = await near.session.answer(sdpOf(invite.request.body)).catch(() => undefined)
  if (answerSdp === undefined) return refuse(488)
  outgoing = userAgent.invite({
    uri: target.uri,
    ...(target.flow === undefined ? {} : { flow: target.flow }),
    from: { uri: target.from, ...(target.fromName === undefined ? {} : { displayName: target.fromName }) },
    to: { uri: target.to },
    sdpOffer: await far.session.offer(),
  })
  outgoing.onProgress((response) => void (response.status === 180 && invite.progress(180)))
  outgoing.onFailure((status, reason) => refuse(status, reason))
  outgoing.onAnswer((dialog, response) => {
    if (over) return dialog.bye()
    watch(far, near, dialog)
    far.session.accept(sdpOf(response.body)).then(
      () => {
        if (over) return
        watch(near, far, invite.accept({ body: answerSdp, contentType: 'application/sdp' }))
        bridge.add(near.session)
        bridge.add(far.session)
      },
      () => {
        dialog.bye()
        refuse(488)
      },
    )
  })
}
