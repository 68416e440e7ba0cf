import type { CallEventOf } from '@offhook/shared/callflow/vocabulary.ts'
import { E164 } from '@offhook/shared/model/number.ts'
import { type Participant, participant, type SmaEvent } from '@offhook/shared/sma-contract/events.ts'
import { headerOf } from '@offhook/shared/sma-contract/sip-headers.ts'
import { type XPbxCall, xPbxCall } from '@offhook/shared/sma-contract/x-pbx.ts'
import type { SmaDependencies } from './dependencies.ts'
import { verifyCall } from './trust.ts'

/** A call the PBX takes, or why it does not. */
export type Arrival =
  | { readonly kind: 'accepted'; readonly arrived: CallEventOf<'arrived'> }
  | { readonly kind: 'refused'; readonly reason: string }

const refused = (reason: string): Arrival => ({ kind: 'refused', reason })

/** What carriers put in the place of a number they may not show. */
const withheld = /^(anonymous|unavailable|restricted|unknown|private)$/i

type Parts = Pick<SmaDependencies, 'settings' | 'store' | 'clock'>

/**
 * Whose call this is. Phones and programs are believed only with a fresh `X-Pbx-Call`; a call without one is a carrier's, and the DID it is
 * for decides the account, whatever else it says. `token` is the one an API-created call was started with.
 */
export async function arrivalOf(parts: Parts, event: SmaEvent, at: string, token?: string): Promise<Arrival> {
  const leg = participant(event, 'LEG-A')
  if (leg === undefined) return refused('no first leg')
  const header = token ?? headerOf(leg.SipHeaders, xPbxCall)
  const claims = header === undefined ? undefined : verifyCall(parts.settings.trustKey, header, parts.clock.nowMs())
  if (header !== undefined && claims === undefined) return refused('X-Pbx-Call is not ours or too old')
  if (claims !== undefined && claims.origin.kind !== 'trunk')
    return accept(parts, event, at, claims.account, claims, leg)
  if (claims === undefined && parts.settings.entranceRuleIds.includes(event.CallDetails.SipRuleId ?? ''))
    return refused('X-Pbx-Call is missing')
  const did = await parts.store.numbers.findDid(didOf(claims?.dialled ?? leg.To))
  if (did === undefined) return refused('nobody has this number')
  return accept(parts, event, at, did.accountId, claims, leg)
}

/** Carriers send a DID with or without its plus sign. */
const didOf = (to: string): string => (to.startsWith('+') ? to : `+${to}`)

async function accept(
  parts: Parts,
  event: SmaEvent,
  at: string,
  accountId: string,
  claims: XPbxCall | undefined,
  leg: Participant,
): Promise<Arrival> {
  const head = await parts.store.accounts.head(accountId)
  if (head === undefined || !head.enabled) return refused('the account is switched off')
  const dialled = claims?.dialled ?? leg.To
  const isTrunk = claims === undefined || claims.origin.kind === 'trunk'
  const diversion = headerOf(leg.SipHeaders, 'Diversion')
  return {
    kind: 'accepted',
    arrived: {
      type: 'arrived',
      at,
      callId: event.CallDetails.TransactionId,
      accountId,
      configRevision: head.configRevision,
      origin: claims?.origin ?? { kind: 'trunk', trunkId: 'pstn' },
      dialled: (isTrunk && E164.safeParse(didOf(dialled)).success ? didOf(dialled) : dialled).slice(0, 64),
      caller: callerOf(claims, leg),
      ...(parts.settings.languages === undefined ? {} : { languages: [...parts.settings.languages] }),
      ...(diversion === undefined ? {} : { diversion: diversion.slice(0, 255) }),
      ...(claims?.linked === undefined ? {} : { linkedCallId: claims.linked }),
    },
  }
}

function callerOf(claims: XPbxCall | undefined, leg: Participant): CallEventOf<'arrived'>['caller'] {
  const number = claims === undefined ? leg.From : claims.number
  const anonymous = claims?.anonymous ?? withheld.test(leg.From)
  return {
    ...(number === undefined || number === '' || withheld.test(number) ? {} : { number: number.slice(0, 64) }),
    ...(claims?.name === undefined ? {} : { name: claims.name }),
    anonymous,
  }
}
