import { PbxError } from '@offhook/shared/pbx-error.ts'
import type { AudioSource, Playing } from '../media/media-engine.ts'
import { parseNameAddr } from '../sip/headers.ts'
import { parseSipUri } from '../sip/uri.ts'
import type { InDialogRequest, UserAgent } from '../sip/user-agent.ts'
import type { IncomingCall, LegIdentity } from './call-control.ts'
import { type Alerting, CallLeg } from './call-leg.ts'
import type { CallRegistry } from './call-registry.ts'
import type { Party } from './party.ts'

/** A transferor that has been told the result gets this long to hang up by itself, ms. */
export const lingerMs = 2_000
/** A transfer that nobody answers is given up after this, ms: phones stop waiting for news then. */
export const transferMs = 180_000

export interface TransferOptions {
  readonly userAgent: UserAgent
  readonly registry: CallRegistry
  /** What a party hears while its new destination rings. */
  readonly ringback: AudioSource
  isOurDomain(host: string): boolean
  /** The call to the target, in the name of the transferor; emergencies have been taken out. */
  present(call: IncomingCall & { readonly leg: CallLeg }, transferor: Extract<LegIdentity, { kind: 'device' }>): void
  nowMs(): number
}

/** What a Refer-To asks for, RFC 3515 §2.1, RFC 3891 §6. */
export interface ReferTarget {
  readonly user: string
  readonly host: string
  readonly replaces?: { readonly sipCallId: string; readonly localTag: string; readonly remoteTag: string }
}

/** Reads a Replaces value: `call-id;to-tag=ours;from-tag=theirs`, RFC 3891 §6.1. */
export function readReplaces(text: string): ReferTarget['replaces'] {
  const [sipCallId = '', ...params] = text.split(';').map((part) => part.trim())
  const tag = (name: string) =>
    params.find((param) => param.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
  const [localTag, remoteTag] = [tag('to-tag'), tag('from-tag')]
  return sipCallId === '' || localTag === undefined || remoteTag === undefined
    ? undefined
    : { sipCallId, localTag, remoteTag }
}

export function readReferTo(header: string | undefined): ReferTarget | undefined {
  const uri = parseSipUri(parseNameAddr(header ?? '')?.uri ?? '')
  if (uri?.user === undefined) return undefined
  const written = /(?:^|&)replaces=([^&]*)/i.exec(uri.headers ?? '')?.[1]
  const replaces = written === undefined ? undefined : readReplaces(safeDecode(written))
  if (written !== undefined && replaces === undefined) return undefined
  return { user: uri.user, host: uri.host, ...(replaces === undefined ? {} : { replaces }) }
}

/** The number of whoever a leg speaks for. */
const numberOf = (leg: CallLeg): string => (leg.direction === 'inbound' ? leg.from : leg.to)

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The implicit subscription of a REFER: news of the new call as message/sipfrag (RFC 3515 §2.4.4), unless it is not wanted (RFC 4488). */
class Progress {
  readonly #party: Party
  readonly #isSilent: boolean
  #isOver = false

  constructor(party: Party, incoming: InDialogRequest) {
    this.#party = party
    this.#isSilent = incoming.request.headers.get('refer-sub')?.trim().toLowerCase() === 'false'
    incoming.respond(202, this.#isSilent ? { headers: [['Refer-Sub', 'false']] } : {})
  }

  /** The last one, 200 or more, ends the subscription and, when the transferor does not, its call. */
  async tell(status: number, reason: string): Promise<void> {
    if (this.#isOver) return
    this.#isOver = status >= 200
    if (!this.#isSilent && !this.#party.isOver)
      await this.#party.dialog.request('NOTIFY', {
        headers: [
          ['Event', 'refer'],
          ['Subscription-State', this.#isOver ? 'terminated;reason=noresource' : 'active;expires=180'],
        ],
        contentType: 'message/sipfrag;version=2.0',
        body: `SIP/2.0 ${status} ${reason}\r\n`,
      })
  }
}

export interface Transfers {
  /** Answers a REFER of the party behind a leg. Only devices may transfer: a trunk could make us call anybody. */
  refer(leg: CallLeg, party: Party, incoming: InDialogRequest): void
}

export function createTransfers(options: TransferOptions): Transfers {
  const { registry, userAgent } = options

  function refer(leg: CallLeg, party: Party, incoming: InDialogRequest): void {
    const target = readReferTo(incoming.request.headers.get('refer-to'))
    const peer = registry.peerOf(leg)
    const { identity } = party
    if (target === undefined) return incoming.respond(400, { reason: 'Malformed Refer-To' })
    if (identity.kind !== 'device' || peer?.party === undefined || !options.isOurDomain(target.host))
      return incoming.respond(603)
    const other = target.replaces === undefined ? undefined : findReplaced(target.replaces, identity)
    const progress = new Progress(party, incoming)
    if (other !== undefined && other !== leg) attended(leg, peer, party, other, progress)
    // A dialog that is gone, or still ringing: the number that was dialled is called again.
    else blind(leg, peer, party, identity, target.user, progress)
  }

  function findReplaced(replaces: NonNullable<ReferTarget['replaces']>, identity: LegIdentity): CallLeg | undefined {
    const dialog = userAgent.findDialog(replaces.sipCallId, replaces.localTag, replaces.remoteTag)
    const leg = dialog === undefined ? undefined : registry.legOf(dialog)
    // Nobody joins calls of another account.
    return leg?.party?.identity.accountId === identity.accountId ? leg : undefined
  }

  /**
   * Takes both legs out of their call; the transferor's far end lingers until it hangs up, its peer goes on. Both are loose before
   * either ends: whoever decides that call hangs one up when the other ends.
   */
  function takeOut(leg: CallLeg, peer: CallLeg): Party | undefined {
    const remaining = peer.loosen()
    leg.loosen()
    for (const each of [leg, peer]) each.finish({ by: 'remote', sipStatus: 0, reason: 'transferred' })
    return remaining
  }

  const letGo = (party: Party) => {
    const timer = setTimeout(() => party.bye('Transferred'), lingerMs)
    party.dialog.onEnd(() => clearTimeout(timer))
  }

  /** The other call stays as it is, but its leg of the transferor now speaks for the party that is handed over. */
  function attended(leg: CallLeg, peer: CallLeg, party: Party, other: CallLeg, progress: Progress): void {
    const remaining = takeOut(leg, peer)
    if (remaining === undefined) return void progress.tell(503, 'Party gone')
    const consulting = registry.handOver(other, remaining)
    void progress.tell(200, 'OK').then(() => {
      consulting?.bye('Transferred')
      letGo(party)
    })
  }

  function blind(
    leg: CallLeg,
    peer: CallLeg,
    party: Party,
    identity: Extract<LegIdentity, { kind: 'device' }>,
    to: string,
    progress: Progress,
  ): void {
    const linked = registry.callIdOf(leg)
    const from = numberOf(leg)
    const back = numberOf(peer)
    const remaining = takeOut(leg, peer)
    if (remaining === undefined) return void progress.tell(503, 'Party gone')
    void progress.tell(100, 'Trying')
    const ring = (number: string, by: string, alerting: TransferAlerting) =>
      call({ remaining, to: number, from: by, identity, linked, alerting })
    const recall = () => {
      const again = transferAlerting(remaining, options.ringback, {
        ringing: () => undefined,
        concluded: () => undefined,
        refused: (reason) => remaining.bye(reason),
      })
      ring(from, back, again)
    }
    const alerting = transferAlerting(remaining, options.ringback, {
      ringing: () => void progress.tell(180, 'Ringing'),
      concluded: (status, reason) => void progress.tell(status, reason).then(() => letGo(party)),
      // Nobody is lost: a party whose new destination does not answer rings back at whoever sent it there.
      refused: recall,
    })
    ring(to, from, alerting)
  }

  /** A call of the party that is handed over, in the name of the transferor. */
  function call(wanted: {
    readonly remaining: Party
    readonly to: string
    readonly from: string
    readonly identity: Extract<LegIdentity, { kind: 'device' }>
    readonly linked: string | undefined
    readonly alerting: TransferAlerting
  }): void {
    const { remaining, identity, alerting, linked } = wanted
    const leg = new CallLeg(
      {
        direction: 'inbound',
        to: wanted.to,
        from: wanted.from,
        identity: { kind: 'system', accountId: identity.accountId, deviceId: identity.deviceId },
        startedAtMs: options.nowMs(),
        signalling: remaining.signalling,
      },
      registry.hooks,
      { alerting },
    )
    registry.add(leg)
    const giveUp = setTimeout(() => leg.refuse(480, 'Transfer took too long'), transferMs)
    // While the target rings nobody else listens to the party: its hanging up ends the new call.
    remaining.listen({ ended: (end) => leg.finish(end) })
    leg.onEnd(() => {
      clearTimeout(giveUp)
      alerting.over()
    })
    options.present({ leg, linkedTransactionId: linked }, identity)
  }

  return { refer }
}

/** What a transfer does when the new call of the party rings, is decided, or comes to nothing. */
interface TransferEvents {
  ringing(): void
  concluded(status: number, reason: string): void
  /** Nobody took it, and the party is still there. */
  refused(reason: string): void
}

type TransferAlerting = Alerting & { over(): void }

/** The transferred party waits, connected already: it hears ringback instead of a 180, and answering only stops that. */
function transferAlerting(remaining: Party, ringback: AudioSource, events: TransferEvents): TransferAlerting {
  let playing: Playing | undefined
  const conclude = (status: number, reason: string) => {
    playing?.stop()
    playing = undefined
    events.concluded(status, reason)
  }
  return {
    ringing() {
      playing ??= remaining.session.play(ringback, { repeat: Number.POSITIVE_INFINITY })
      events.ringing()
    },
    async answer() {
      conclude(200, 'OK')
      if (remaining.isOver) throw new PbxError('leg-ended', { status: 487, message: 'The transferred party hung up.' })
      return remaining
    },
    refuse(sipStatus, reason) {
      conclude(sipStatus, reason)
      if (!remaining.isOver) events.refused(reason)
    },
    over: () => conclude(487, 'Request Terminated'),
  }
}
